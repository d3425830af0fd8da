# What e2b-tui runs in a sandbox whose processes, sockets or load somebody looks at. It needs this shell and /proc; `cat`,
# `head`, `ls` and `gzip` make it quicker and its answers shorter, and each may be missing. It writes no file.
#
# It reads one request a line and answers each with one block, so it does nothing unless it is asked:
#
#     request:  MARK VERB WORDS…
#     answer:   MARK gz|raw, a newline, the packed content, a newline, MARK., a newline
#
# MARK is a random word that no other program of the sandbox knows, so none can fake the end of an answer. WORDS are paths
# (patterns such as /proc/[0-9]*/stat are expanded here) or what the verb says. The line `MARK q` ends it. When nobody asks
# any more, envd ends it after the time that it was started with.

LC_ALL=C
export LC_ALL
# What changes how `ls` writes.
unset TIME_STYLE QUOTING_STYLE
exec 2>/dev/null

has() { command -v "$1" >/dev/null; }

# Without `cat`, files are read with what the shell has.
has cat || cat() {
    for file; do
        while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$file"
    done
}
# With `head`, which reads many small files quicker than `cat`, whole files have a limit that none reaches. Without it no
# beginnings are sent: a shell cannot keep the NULs of a command line, and at full length it may be megabytes.
if has head; then
    whole() { head -q -c 1000000000 "$@"; }
else
    whole() { cat "$@"; }
    head() { :; }
fi
# Names of files hold anything. POSIX knows -q for that; busybox has no -q and does it unasked.
names=
ls -q / >/dev/null && names=q
pack=raw
has gzip && pack=gz

# The moment at which process $1 began, in ticks since boot, to tell it from a later one with the same number; and its priority
# before anything is done to it. Its name, in parentheses, may hold blanks, newlines and parentheses: what counts stands behind
# the last one.
began() {
    stat=
    while IFS= read -r line || [ -n "$line" ]; do stat="$stat$line "; done <"/proc/$1/stat"
    set -- ${stat##*) }
    began=${20}
    before=${17}
}

# Does $2… ("pid,ticks" each) with the process if it still is the one that was meant, and says how that went.
each() {
    what=$1
    shift
    for process; do
        pid=${process%,*}
        began=
        began "$pid"
        if [ -z "$began" ]; then
            outcome=gone
        elif [ "$began" != "${process#*,}" ]; then
            outcome=other
        elif $what "$pid"; then
            outcome=done
        elif [ -d "/proc/$pid" ]; then
            outcome=refused
        else
            outcome=gone
        fi
        printf '%s %s\n' "$process" "$outcome"
    done
}
signal() { kill -s "$signal" "$1"; }
# Almost everywhere renice takes the new priority; that of toybox takes the way from the old one.
nice() {
    case $(renice --help 2>&1) in
    *'-n INCREMENT'*) renice -n $((priority - before)) -p "$1" >/dev/null ;;
    *) renice "$priority" -p "$1" >/dev/null ;;
    esac
}

answer() {
    verb=$1
    shift
    case $verb in
    c) whole "$@" ;;                                    # whole files, one after the other
    t)                                                  # the first $1 bytes of each file
        most=$1
        shift
        head -q -c "$most" "$@"
        ;;
    l) ls -ln$names "$@" ;;                             # where links lead
    k)                                                  # send signal $1
        signal=$1
        shift
        each signal "$@"
        ;;
    n)                                                  # set the priority to $1
        priority=$1
        shift
        if has renice; then each nice "$@"; else printf 'missing\n'; fi
        ;;
    esac
}

while read -r mark words; do
    # The patterns are expanded here.
    set -- $words
    [ "$1" = q ] && exit
    case $1 in [kn]) how=raw ;; *) how=$pack ;; esac
    printf '%s %s\n' "$mark" "$how"
    if [ $how = gz ]; then answer "$@" | gzip -1; else answer "$@"; fi
    printf '\n%s.\n' "$mark"
done
