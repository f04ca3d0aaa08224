# shellcheck shell=sh
# The recovery key on the console. There is no shell to fall into (CVE-2016-4484): a line is a key or it is nothing.

# recovery_listen SECONDS: waits so long for a line on the console. Returns 0 when it opened the device.
recovery_listen() {
    if ! recovery_possible; then
        sleep "$1"
        return 1
    fi
    if [ -z "${RECOVERY_SAID:-}" ]; then
        say 'or type the recovery key here and press Enter (it is not shown)'
        RECOVERY_SAID=yes
    fi
    stty -echo <"$SEALROOT_CONSOLE" 2>/dev/null || :
    # The terminal keeps a line that is half typed until the next turn.
    now
    _began=$NOW_MS
    timeout "$1" head -n 1 <"$SEALROOT_CONSOLE" >"$SEALROOT_SECRETS/typed" 2>/dev/null || :
    _status=1
    if [ -s "$SEALROOT_SECRETS/typed" ]; then
        recovery_try && _status=0
    else
        # A console that is closed answers at once: without this, the wait would be a busy loop.
        now
        [ $((NOW_MS - _began)) -ge 100 ] || sleep "$1"
    fi
    forget "$SEALROOT_SECRETS/typed" "$SEALROOT_SECRETS/key.typed"
    return "$_status"
}

# recovery_possible: there is a complete volume to open.
recovery_possible() {
    [ "$KEY" = keyserver ] && [ "${DEVICE_KIND:-}" = ours ] && [ "${TOKEN_STATE:-}" = copied ] && [ -s "${HEADER:-}" ] &&
        [ ! -e "/dev/mapper/$MAPPED" ]
}

# recovery_try: the header is checked as ever; a person may read o for 0 and l for 1.
recovery_try() {
    tr -cd 'A-Za-z0-9' <"$SEALROOT_SECRETS/typed" | tr ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz |
        tr oil 011 >"$SEALROOT_SECRETS/key.typed"
    if [ "$(wc -c <"$SEALROOT_SECRETS/key.typed")" -ne 32 ]; then
        say 'that is not a recovery key (32 letters and digits)'
        return 1
    fi
    if ! header_check; then
        say "$OUTCOME"
        return 1
    fi
    if volume_open "$DEVICE_PATH" "$SEALROOT_SECRETS/key.typed" 1; then
        MODE=recovery
        return 0
    fi
    say 'the recovery key does not open the device'
    return 1
}
