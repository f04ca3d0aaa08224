# shellcheck shell=sh
# Functions for the hooks that are shipped: messages and values for them, and outcomes from them.
: "${SEALROOT_LIB:=/usr/lib/sealroot}"
# shellcheck source=/dev/null
. "$SEALROOT_LIB/agent/preseed/environment.sh"
cd / || exit 1

# each_message TYPE FUNCTION: calls it with the directory of each message that has no outcome yet, and notes that.
# SEQ is the number of that message. Returns 1 when one failed; the ones after it were tried.
each_message() {
    local failed=0 message=''
    for message in "$MESSAGES"/*; do
        [ -f "$message/type" ] && [ "$(cat "$message/type")" = "$1" ] || continue
        SEQ=$(cat "$message/seq")
        ! outcome_known "$SEQ" || continue
        if "$2" "$message"; then
            outcome "$SEQ" applied -
        else
            outcome "$SEQ" rejected failed
            failed=1
        fi
    done
    return "$failed"
}

# value NAME: sets VALUE. Returns 1 when it was not sent. The file exports its values: it is sourced where no program
# is started.
value() {
    VALUE=$(
        unset "$1"
        # shellcheck source=/dev/null
        . "${INITHOOKS_CONF:-$SEALROOT_INITHOOKS_CONF}" || exit 1
        eval "[ -n \"\${$1+set}\" ] && printf '%sx' \"\$$1\""
    ) || return 1
    VALUE=${VALUE%x}
}

# home_of USER: sets HOME_OF. Returns 1 for a user who does not exist.
home_of() {
    local entry=''
    entry=$(getent passwd "$1") || return 1
    entry=${entry%:*}
    HOME_OF=${entry##*:}
    [ -d "$HOME_OF" ]
}

# as_user USER SCRIPT ARGUMENT...: in that user's home and with that user's rights, so that no symbolic link there can
# lead root astray. Secrets come on stdin.
as_user() {
    local user="$1" script="$2"
    shift 2
    runuser -u "$user" -- sh -c "set -eu; umask 077; $script" sh "$@"
}
