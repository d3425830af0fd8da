# How fish reports: it has an event for everything. No prompt is changed.
set -e E2B_RC
set -g __e2b_seq 0
function __e2b_prompt --on-event fish_prompt --on-event fish_cancel --on-event fish_posterror
    set -g __e2b_seq (math $__e2b_seq + 1)
    printf '\e]7274;A;%s;%s;%s\a' $__e2b_nonce $__e2b_seq (string escape --style=url -- $PWD)
end
function __e2b_begin --on-event fish_preexec
    set -l flag s
    set -l text $argv[1]
    if set -q fish_private_mode; and test -n "$fish_private_mode"
        set flag x
        set text ''
    else if string match -qr '^\s' -- $text
        set flag i
        set text ''
    end
    set -l length (string length -- $text)
    if test $length -gt 131072
        set flag t
        set text (string sub -l 131072 -- $text | string collect)
    end
    printf '\e]7274;C;%s;%s;0;;;%s;%s;;%s\a' $__e2b_nonce $__e2b_seq $flag $length (string escape --style=url -- $text)
end
function __e2b_end --on-event fish_postexec
    set -l ended $status
    printf '\e]7274;D;%s;%s;%s;;%s\a' $__e2b_nonce $__e2b_seq $ended $CMD_DURATION
end
printf '\e]7274;R;%s;1;full;fish %s;%s;%s\a' $__e2b_nonce $version $fish_pid $USER
