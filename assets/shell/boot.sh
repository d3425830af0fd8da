# Becomes the user's shell, started so that it reports its prompts and commands to the terminal it runs in.
#
#   /bin/sh -c BOOT e2b NONCE TOKEN SHELL BASH_HOOKS BASH_START ZSHENV FISH_INIT SH_INIT
#
# Runs in any POSIX sh. Nothing is written to disk but, for zsh alone, a file that zsh deletes before it does anything
# else. Every way ends in `exec`, so that process number, signals and exit status are the shell's own. Secrets travel in
# here-documents, which children do not inherit.
nonce=$1 token=$2 shell=$3
# busybox counts itself as one more level of shells and does not take it back on exec.
case $(readlink /proc/$$/exe 2>/dev/null) in
*busybox*)
  SHLVL=$((SHLVL - 1))
  export SHLVL;;
esac
# auto: the user's login shell if it is one for people, else bash, else sh.
case $shell in
auto | '')
  shell= uid=$(id -u 2>/dev/null)
  while IFS=: read -r name pass number group words home login; do
    if [ "$number" = "$uid" ]; then
      shell=$login
      break
    fi
  done 2>/dev/null </etc/passwd
  case ${shell##*/} in
  bash | zsh | fish | ksh | ksh93 | mksh) ;;
  *) shell= ;;
  esac
  [ -x "$shell" ] || shell=$(command -v bash) || shell=/bin/sh
  unset name pass number group words home login uid;;
esac
# Where an open descriptor can be read as a file. Tried in a subshell: where here-documents need a temporary file and
# there is no room for one, the failing exec would end this shell. The folder is asked for, since bash only pretends
# that the descriptors in it are files.
fd=
for dir in /dev/fd /proc/self/fd; do
  if [ -d "$dir" ] && (exec 9<<X
.
X
  ) 2>/dev/null; then
    fd=$dir/9
    break
  fi
done
# What the caller has in ENV is carried past us.
keep_env() {
  if [ "${ENV+x}" ]; then
    E2B_ENV=$ENV
    export E2B_ENV
  fi
  ENV=$fd
  export ENV
}
case ${shell##*/} in
bash)
  # A login shell in POSIX mode reads the file in ENV, and no other: the rest is for that file to do.
  if [ "$fd" ]; then
    keep_env
    exec 9<<X
__e2b_nonce=$nonce __e2b_token=$token
$4
$5
__e2b_install
X
    exec "$shell" --posix -i -l
  fi
  # No descriptors to be read: at the first prompt then, unless the user's own files undo it.
  E2B_RC="__e2b_nonce=$nonce __e2b_token=$token
$4
__e2b_late"
  PROMPT_COMMAND='eval "$E2B_RC"'
  export E2B_RC PROMPT_COMMAND
  exec "$shell" -i -l;;
zsh)
  # zsh reads files only. A system that moves ZDOTDIR would win over us and leave ours behind.
  grep -qs ZDOTDIR /etc/zshenv /etc/zsh/zshenv ||
  for dir in "$XDG_RUNTIME_DIR" /dev/shm "$TMPDIR" /tmp /run /var/tmp "$HOME"; do
    mine=$dir/.e2b-$token
    if [ "$dir" ] && (umask 077; mkdir "$mine" && printf '__e2b_nonce=%s\n%s\n' "$nonce" "$6" >"$mine/.zshenv") 2>/dev/null; then
      if [ "${ZDOTDIR+x}" ]; then
        E2B_ZDOTDIR=$ZDOTDIR
        export E2B_ZDOTDIR
      fi
      ZDOTDIR=$mine
      export ZDOTDIR
      break
    fi
    rm -f "$mine/.zshenv" 2>/dev/null
    rmdir "$mine" 2>/dev/null
  done
  exec "$shell" -i -l;;
fish)
  E2B_RC="set -g __e2b_nonce $nonce
$7"
  export E2B_RC
  exec "$shell" -i -l -C 'eval "$E2B_RC"';;
*)
  if [ "$fd" ]; then
    keep_env
    # A shell that turns out to be bash under another name takes its hooks from 8.
    exec 8<<X 9<<Y
__e2b_nonce=$nonce __e2b_token=$token
$4
__e2b_install
X
__e2b_nonce=$nonce __e2b_token=$token
$8
Y
  fi
  exec "$shell" -i -l;;
esac
