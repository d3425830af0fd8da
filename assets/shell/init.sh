# How shells report that have no hooks (dash, busybox, ksh): by marks in their prompts. What was run is then read from
# the screen. Read as the file in ENV, after the profile.
if [ "${E2B_ENV+x}" ]; then
  ENV=$E2B_ENV
  export ENV
  unset E2B_ENV
else
  unset ENV
fi
if [ "${BASH_VERSION-}" ]; then
  unset __e2b_nonce __e2b_token
  if [ -d /dev/fd ]; then . /dev/fd/8; else . /proc/self/fd/8; fi
  exec 8<&- 9<&-
else
  exec 8<&- 9<&-
  if [ -r "${ENV-}" ]; then . "$ENV"; fi
  __e2b_seq=0 __e2b_open= __e2b_close= __e2b_name=sh
  # What prints nothing must be marked as such for shells that count columns, each in its own way.
  case ${KSH_VERSION-} in
  *MIRBSD*)
    __e2b_open=$(printf '\001.')
    __e2b_open=${__e2b_open%.} __e2b_close=$__e2b_open __e2b_name=$KSH_VERSION PS1=$PS1;;
  ?*) __e2b_name=$KSH_VERSION;;
  *)
    case ${BB_ASH_VERSION+b}$(readlink "/proc/$$/exe" 2>/dev/null) in
    b* | *busybox*) __e2b_open='\[' __e2b_close='\]' __e2b_name=busybox;;
    esac;;
  esac
  # A folder with control characters in its name is not told.
  PS1=$(printf '%s\033]7274;Q;%s;$?;$((__e2b_seq=__e2b_seq+1));${PWD##*[[:cntrl:]]*}\007%s%s%s\033]7274;B;%s\007%s' "$__e2b_open" "$__e2b_nonce" "$__e2b_close" "$PS1" "$__e2b_open" "$__e2b_token" "$__e2b_close")
  case ${KSH_VERSION-} in
  *MIRBSD*) PS1=$(printf '\001\r')$PS1;;
  esac
  PS2=$(printf '%s\033]7274;P;%s\007%s%s%s\033]7274;B;%s\007%s' "$__e2b_open" "$__e2b_token" "$__e2b_close" "$PS2" "$__e2b_open" "$__e2b_token" "$__e2b_close")
  printf '\033]7274;R;%s;1;sh;%s;%s;%s\007' "$__e2b_nonce" "$__e2b_name" "$$" "$(id -un 2>/dev/null)"
  unset __e2b_open __e2b_close __e2b_nonce __e2b_token __e2b_name
fi
