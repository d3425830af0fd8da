# How zsh reports. Read as .zshenv out of a folder of its own, which is gone before anything else happens; then the
# user's files are read from where they belong. Words are quoted against the user's aliases. No prompt is changed.
'builtin' 'typeset' '-g' +x __e2b_nonce __e2b_file=$ZDOTDIR
'command' 'rm' '-f' "$__e2b_file/.zshenv" && 'command' 'rmdir' "$__e2b_file"
if [[ -n ${E2B_ZDOTDIR+x} ]]; then
  'builtin' 'export' ZDOTDIR=$E2B_ZDOTDIR
  'builtin' 'unset' E2B_ZDOTDIR
else
  'builtin' 'unset' ZDOTDIR
fi
if [[ -o 'interactive' ]]; then
  __e2b_send() {
    { builtin print -rn -- $'\e]7274;'$1$'\a' >/dev/tty } 2>/dev/null || builtin print -rn -- $'\e]7274;'$1$'\a'
  }
  # Leaves in __e2b_out the microseconds since 1970. EPOCHREALTIME has not always as many decimals.
  __e2b_clock() {
    builtin local -a now
    now=($epochtime)
    __e2b_out=${now[1]}${${(l:9::0:)now[2]}[1,6]}
  }
  # Leaves in __e2b_out the text with %, ; and control characters escaped.
  __e2b_encode() {
    builtin emulate -L zsh
    builtin setopt no_multibyte
    builtin local LC_ALL=C char
    builtin local -i code
    __e2b_out=${${1//\%/%25}//;/%3B}
    [[ $__e2b_out == *[[:cntrl:]]* ]] || builtin return 0
    for code in {1..31} 127; do
      char=${(#)code}
      [[ $__e2b_out == *$char* ]] && __e2b_out=${__e2b_out//$char/%${(l:2::0:)$(([##16]code))}}
    done
    builtin return 0
  }
  # A command begins. Its text comes as an argument, also of lines that are kept out of history.
  __e2b_begin() {
    {
      builtin emulate -L zsh
      builtin setopt no_xtrace no_multibyte
      builtin local LC_ALL=C text=$1 flag=s
      builtin local -i length
      [[ -n $text ]] || text=$3
      if [[ $text == [[:space:]]* ]]; then flag=i text=; fi
      length=${#text}
      if (( length > 131072 )); then text=${text[1,131072]} flag=t; fi
      __e2b_encode "$text"
      text=$__e2b_out
      __e2b_clock
      __e2b_runs=1
      __e2b_send "C;$__e2b_nonce;$__e2b_seq;0;;$__e2b_out;$flag;$length;;$text"
      __e2b_out=
    } 2>/dev/null
  }
  # The command before has ended, and a prompt begins. Called for a redrawn line too, where only the first holds.
  __e2b_prompt() {
    {
      builtin local ended=$?
      builtin emulate -L zsh
      builtin setopt no_xtrace
      if [[ $__e2b_runs == 1 ]]; then
        __e2b_runs=0
        __e2b_clock
        __e2b_send "D;$__e2b_nonce;$__e2b_seq;$ended;$__e2b_out;"
      fi
      builtin zle && builtin return $ended
      __e2b_seq=$(( __e2b_seq + 1 ))
      __e2b_encode "$PWD"
      __e2b_send "A;$__e2b_nonce;$__e2b_seq;$__e2b_out"
      __e2b_out=
      builtin return $ended
    } 2>/dev/null
  }
  # Once, at the first prompt: ours goes in front of the user's, and the one before a command behind them.
  __e2b_install() {
    {
      builtin emulate -L zsh
      builtin setopt no_xtrace no_all_export
      builtin zmodload zsh/datetime
      builtin typeset -g __e2b_out=
      builtin typeset -g __e2b_runs=0 __e2b_seq=0
      builtin typeset -ga precmd_functions preexec_functions zshaddhistory_functions
      precmd_functions=(__e2b_prompt ${precmd_functions:#__e2b_install})
      preexec_functions+=(__e2b_begin)
      zshaddhistory_functions=(${zshaddhistory_functions:#__e2b_install})
      __e2b_send "R;$__e2b_nonce;1;full;zsh $ZSH_VERSION;$$;${(%):-%n}"
      __e2b_prompt
      builtin unfunction __e2b_install
    } 2>/dev/null
    builtin return 0
  }
  # In two lists: files that set the first one anew are common.
  builtin typeset -ga precmd_functions zshaddhistory_functions
  precmd_functions+=(__e2b_install)
  zshaddhistory_functions+=(__e2b_install)
fi
__e2b_file=${ZDOTDIR-$HOME}/.zshenv
if [[ -r $__e2b_file ]]; then 'builtin' '.' "$__e2b_file"; fi
'builtin' 'unset' __e2b_file
