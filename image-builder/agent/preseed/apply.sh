# shellcheck shell=sh
# For the hooks that are shipped: how they get at messages and values, and say what became of them.
# shellcheck source=/dev/null
. "${SEALROOT_PRESEED:=/usr/lib/sealroot/preseed}/environment.sh"
cd / || exit 1

# each_message TYPE FUNCTION: calls it with the directory of each message that has no outcome yet, and notes that.
# Returns 1 when one failed; the ones after it were tried.
each_message() {
    _failed=0
    for _message in "$MESSAGES"/*; do
        [ -f "$_message/type" ] && [ "$(cat "$_message/type")" = "$1" ] || continue
        SEQ=$(cat "$_message/seq")
        ! outcome_known "$SEQ" || continue
        if "$2" "$_message"; then
            outcome "$SEQ" applied -
        else
            outcome "$SEQ" rejected failed
            _failed=1
        fi
    done
    return "$_failed"
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
    _entry=$(getent passwd "$1") || return 1
    _entry=${_entry%:*}
    HOME_OF=${_entry##*:}
    [ -d "$HOME_OF" ]
}

# as_user USER SCRIPT ARGUMENT...: in his home and with his rights, so that no symbolic link of his can lead root astray.
# What is secret comes on stdin.
as_user() {
    _user=$1 _script=$2
    shift 2
    runuser -u "$_user" -- sh -c "set -eu; umask 077; $_script" sh "$@"
}
