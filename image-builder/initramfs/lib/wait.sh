# shellcheck shell=sh
# Waiting: exponential backoff with full jitter, Retry-After, an end when one is configured, and a console on which
# somebody can type the recovery key meanwhile.

# retry FUNCTION: calls it until it returns 0. Returns 1 when the recovery key opened the device in between.
retry() {
    _try=0
    until RETRY_AFTER='' && "$1"; do
        state "$OUTCOME"
        _try=$((_try + 1))
        wait_end
        wait_delay "$_try"
        recovery_listen "$DELAY" && return 1
    done
    return 0
}

# wait_delay TRY: sets DELAY in seconds, with milliseconds. A Retry-After is a minimum; it comes unsigned, so it is
# at most five minutes.
wait_delay() {
    _most=60000
    [ "$1" -gt 6 ] || _most=$((1000 << $1))
    [ "$_most" -le 60000 ] || _most=60000
    _least=200
    if [ -n "$RETRY_AFTER" ]; then
        [ "$RETRY_AFTER" -le 300 ] || RETRY_AFTER=300
        _least=$((RETRY_AFTER * 1000)) _most=$((RETRY_AFTER * 250 + 500))
    fi
    random_below "$_most"
    _delay=$((_least + RANDOM_BELOW))
    DELAY=$((_delay / 1000)).$(printf '%03d' $((_delay % 1000)))
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
