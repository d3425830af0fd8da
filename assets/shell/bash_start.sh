# Makes of a bash in POSIX mode what it would have been: leaves the mode, undoes what it has set, and reads the files of
# a login shell. At top level, since `declare` in a function would make their variables local.
exec 9<&-
set +o posix
shopt -u inherit_errexit 2>/dev/null
if [[ ${E2B_ENV+x} ]]; then
  export ENV=$E2B_ENV
  unset E2B_ENV
else
  unset ENV
fi
if [[ ${HISTFILE-} == ~/.sh_history && ${HISTFILE@a} != *x* ]]; then HISTFILE=~/.bash_history; fi
if [[ ${MAILCHECK-} == 600 && ${MAILCHECK@a} != *x* ]]; then MAILCHECK=60; fi
if [[ -r /etc/profile ]]; then . /etc/profile; fi
if [[ -r ~/.bash_profile ]]; then . ~/.bash_profile
elif [[ -r ~/.bash_login ]]; then . ~/.bash_login
elif [[ -r ~/.profile ]]; then . ~/.profile
fi
