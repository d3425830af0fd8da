# How bash reports. Read before the user's own files, so that their aliases cannot change what stands here.
#
# Hooks run with the user's shell options switched off and back on by hand: `local -` would turn history on again in
# old versions. Values are quoted everywhere, because IFS may hold anything.

# Sends one report to the terminal; to standard output where there is no /dev/tty.
__e2b_send() {
  { builtin printf '\e]7274;%s\a' "$1" >/dev/tty; } 2>/dev/null || builtin printf '\e]7274;%s\a' "$1"
}

# Leaves in __e2b_out the text with %, ; and control characters escaped. One pass for each different character: 128 KiB
# take 50 ms.
__e2b_encode() {
  builtin local LC_ALL=C char code
  __e2b_out=${1//%/%25}
  __e2b_out=${__e2b_out//;/%3B}
  while [[ $__e2b_out == *[[:cntrl:]]* ]]; do
    char=${__e2b_out#"${__e2b_out%%[[:cntrl:]]*}"}
    char=${char:0:1}
    builtin printf -v code '%%%02X' "'$char"
    __e2b_out=${__e2b_out//"$char"/"$code"}
  done
}

# Leaves in __e2b_out the number of the last line of history. HISTCMD is of no use in hooks before 5.1.
__e2b_last() {
  if [[ $__e2b_version -ge 501 ]]; then
    __e2b_out=$HISTCMD
  else
    __e2b_out=$(HISTTIMEFORMAT= \builtin history 1)
    __e2b_out=${__e2b_out#"${__e2b_out%%[0-9]*}"}
    __e2b_out=${__e2b_out%%[!0-9]*}
  fi
}

# A command begins. Runs in a subshell out of PS0. Whether the line went to history at all is seen from the numbers; if
# not, the text is that of the line before, and is marked as unsure.
__e2b_begin() {
  builtin set +aefuvx
  builtin local LC_ALL=C text flag=s number added=0 where=
  # The dot keeps line feeds at the end.
  text=$(HISTTIMEFORMAT= \builtin history 1; \builtin printf .)
  text=${text%?}
  text=${text%$'\n'}
  text=${text#"${text%%[0-9]*}"}
  number=${text%%[!0-9]*}
  text=${text#"$number"}
  text=${text:2}
  if [[ ! -o history || -z $number ]]; then
    flag=x text=
  else
    if [[ $__e2b_version -ge 501 ]]; then
      added=$((HISTCMD - __e2b_known))
    else
      added=$((number - __e2b_known))
    fi
    if [[ $added -lt 1 ]]; then
      flag=q
    elif [[ $added -gt 1 ]] && ! builtin shopt -q cmdhist; then
      flag=m
      text=$(HISTTIMEFORMAT= \builtin history "$added")
    fi
    # What begins with a blank is not even sent.
    if [[ $text == [[:space:]]* && $flag != m ]]; then
      flag=i text=
    fi
  fi
  number=${#text}
  if [[ $number -gt 131072 ]]; then
    text=${text:0:131072}
    if [[ $flag == s ]]; then flag=t; fi
  fi
  if [[ $__e2b_runs -gt 0 || $__e2b_seq == 0 ]]; then
    __e2b_encode "$PWD"
    where=$__e2b_out
  fi
  __e2b_encode "$text"
  __e2b_send "C;$__e2b_nonce;$__e2b_seq;$__e2b_runs;$1;${EPOCHREALTIME//[!0-9]};$flag;$number;$where;$__e2b_out"
}

# A command ended: the first thing at the next prompt. Keeps $? for those that come after. With a second argument it
# is called out of a string and must not fail under `set -e`.
__e2b_end() {
  builtin local status="${1-$?}" options="$-"
  builtin set +aefuvx
  if [[ $__e2b_runs -gt 0 ]]; then
    __e2b_runs=0
    __e2b_send "D;$__e2b_nonce;$__e2b_seq;$status;${EPOCHREALTIME//[!0-9]};"
  fi
  if [[ -z ${2-} || $options == *e* ]]; then status=0; fi
  options=${options//[!aefuvx]}
  if [[ $options ]]; then builtin set -"$options"; fi
  return "$status"
}

# A prompt begins: the last thing before it.
__e2b_prompt() {
  builtin local status="$?" options="$-"
  builtin set +aefuvx
  __e2b_end "$status"
  ((++__e2b_seq))
  if [[ $PWD == *[\;%[:cntrl:]]* ]]; then
    __e2b_out=$(__e2b_encode "$PWD"; \builtin printf %s "$__e2b_out")
  else
    __e2b_out=$PWD
  fi
  __e2b_send "A;$__e2b_nonce;$__e2b_seq;$__e2b_out"
  __e2b_last
  __e2b_known=$__e2b_out
  __e2b_out=
  __e2b_arm
  options=${options//[!aefuvx]}
  if [[ $options ]]; then builtin set -"$options"; fi
  return 0
}

# Puts our pieces into the prompts where the user's files have removed them. PS0 is printed as it stands without
# promptvars, so it is left alone then.
__e2b_arm() {
  if builtin shopt -q promptvars; then
    [[ ${PS0-} == *__e2b_begin* ]] || PS0=${PS0-}$__e2b_ps0
  else
    PS0=${PS0/"$__e2b_ps0"}
  fi
  [[ ${PS1-} == *']7274;B;'* ]] || PS1=${PS1-}'\[\e]7274;B;'$__e2b_token'\a\]'
  [[ ${PS2-} == *']7274;P;'* ]] || PS2='\[\e]7274;P;'$__e2b_token'\a\]'${PS2-}'\[\e]7274;B;'$__e2b_token'\a\]'
}

# Once, after the user's files. The part of PS0 behind the command substitution prints nothing: it is arithmetic that
# is done in the shell itself, where a substitution could not leave anything.
__e2b_install() {
  builtin local tier=full options="$-"
  [[ -z ${__e2b_seq-} ]] || return 0
  builtin set +aefuvx
  __e2b_version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))
  if [[ $__e2b_version -ge 404 ]]; then
    __e2b_seq=0 __e2b_runs=0 __e2b_empty= __e2b_known=0
    __e2b_ps0='$({ __e2b_begin "$?"; } 2>/dev/null)${__e2b_empty:(__e2b_runs+=1,__e2b_known=__e2b_version<501?__e2b_known:HISTCMD):0}'
    if [[ ${bash_preexec_imported-}${__bp_imported-} ]]; then
      # Its own list: an element behind its last one in PROMPT_COMMAND would disarm it.
      precmd_functions+=(__e2b_prompt)
    elif [[ ${PROMPT_COMMAND@a} == *r* ]]; then
      __e2b_known=999999999
      __e2b_arm
      tier=ps0
    elif [[ $__e2b_version -ge 501 ]]; then
      PROMPT_COMMAND=('{ __e2b_end; } 2>/dev/null' "${PROMPT_COMMAND[@]}" '{ __e2b_prompt; } 2>/dev/null')
    else
      PROMPT_COMMAND='{ __e2b_end "$?" 1; } 2>/dev/null'$'\n'${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}'{ __e2b_prompt; } 2>/dev/null'
    fi
    __e2b_out='\u'
    __e2b_send "R;$__e2b_nonce;1;$tier;bash $BASH_VERSION;$$;${__e2b_out@P}"
    __e2b_out=
  fi
  options=${options//[!aefuvx]}
  if [[ $options ]]; then builtin set -"$options"; fi
}

# At the first prompt, where there was no earlier way in.
__e2b_late() {
  builtin unset E2B_RC PROMPT_COMMAND
  __e2b_install
  __e2b_prompt
}
