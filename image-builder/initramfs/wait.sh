# shellcheck shell=sh
# Waiting: what fails is tried again, with backoff, until a configured end if there is one.

# retry FUNCTION [ARGUMENT...]: calls it until it returns 0. For what is tried for a volume, see retry_volume.
retry() {
    local try=0
    until RETRY_AFTER='' && "$@"; do
        try=$((try + 1))
        wait_before "$try"
        sleep "$DELAY"
    done
    return 0
}

# wait_before TRY: says why that try failed, ends the wait if it is over, else sets DELAY.
wait_before() {
    state "$OUTCOME"
    wait_end
    backoff "$1"
}

# wait_end: the whole wait has an end when wait_limit is not 0.
wait_end() {
    [ "$WAIT_LIMIT" -gt 0 ] || return 0
    now
    [ $((NOW_MS - STARTED_MS)) -ge $((WAIT_LIMIT * 1000)) ] || return 0
    case $WAIT_ACTION in
    reboot)
        say "no key after $WAIT_LIMIT seconds: rebooting"
        wait_stop reboot b
        ;;
    halt)
        say "no key after $WAIT_LIMIT seconds: halting"
        wait_stop poweroff o
        ;;
    esac
}

# wait_stop COMMAND SYSRQ: nothing comes back from here, whatever is missing in this initrd.
wait_stop() {
    secrets_wipe
    network_down
    sync
    "$1" -f
    echo "$2" >"$SEALROOT_PROC/sysrq-trigger"
    while :; do sleep 3600; done
}
