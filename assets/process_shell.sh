# Opens a shell where another process is: in its directory and with its variables, which the shell's own profile may change
# again. $1 is the number of the process, the rest is the shell. Variables need `xargs` and `env`; without them, or where they
# may not be read, the shell has the sandbox's own.

pid=$1
shift
if ! cd -P "/proc/$pid/cwd"; then
    echo "the directory of process $pid cannot be entered: it has ended, or it belongs to another user"
    exit 1
fi
if [ -r "/proc/$pid/environ" ] && command -v xargs >/dev/null && command -v env >/dev/null; then
    # Its standard input is the list of variables, each ended by NUL: the shell gets the terminal back, which 3 has kept.
    exec xargs -0 sh -c '
        words=$1
        shift
        rest=$#
        place=0
        for word; do
            place=$((place + 1))
            [ "$place" -le "$words" ] && continue
            case $word in [A-Za-z_]*=*) set -- "$@" "$word" ;; esac
        done
        set -- "$@" TERM=xterm-256color COLORTERM=truecolor
        while [ "$words" -gt 0 ]; do
            set -- "$@" "$1"
            shift
            words=$((words - 1))
            rest=$((rest - 1))
        done
        shift "$rest"
        exec env -i "$@" <&3 3<&-
    ' sh "$#" "$@" 3<&0 <"/proc/$pid/environ"
fi
echo "the variables of process $pid cannot be read: this shell has the sandbox's own"
exec "$@"
