# shellcheck shell=sh
# The recovery key on the console. A line is tried as a key and as nothing else: a console
# that opens a shell after some failures would be a way around encryption (CVE-2016-4484).

# retry_volume VOLUME FUNCTION [ARGUMENT...]: calls it until it returns 0, and meanwhile takes the recovery key of VOLUME
# on the console. Returns 1 when that opened the volume.
retry_volume() {
    local volume="$1" try=0
    shift
    until RETRY_AFTER='' && "$@"; do
        try=$((try + 1))
        wait_before "$try"
        recovery_listen "$volume" "$DELAY" && return 1
    done
    return 0
}

# recovery_listen VOLUME SECONDS: waits so long for a line on the console. Returns 0 when it opened the volume.
recovery_listen() {
    local typed="$VOLUMES/$1/typed" said='' began=0 status=1
    if ! recovery_possible "$1"; then
        sleep "$2"
        return 1
    fi
    volume_get "$1" said
    [ -n "$said" ] || say 'or type the recovery key here and press Enter (it is not shown)'
    volume_set "$1" said yes
    stty -echo <"$SEALROOT_CONSOLE" 2>/dev/null || :
    # The terminal keeps a line that is half typed until the next turn.
    now
    began=$NOW_MS
    timeout "$2" head -n 1 <"$SEALROOT_CONSOLE" >"$typed" 2>/dev/null || :
    if [ -s "$typed" ]; then
        recovery_try "$1" && status=0
    else
        # A console that is closed answers at once: without this, the wait would be a busy loop.
        now
        [ $((NOW_MS - began)) -ge 100 ] || sleep "$2"
    fi
    forget "$typed" "$VOLUMES/$1/key.typed"
    return "$status"
}

# recovery_possible VOLUME: there is a complete volume to open.
recovery_possible() {
    local kind='' token_state=''
    volume_get "$1" kind token_state
    [ "$kind" = ours ] && [ "$token_state" = copied ] && [ -s "$VOLUMES/$1/header" ] &&
        [ ! -e "$SEALROOT_DEV/mapper/sealroot-$1" ]
}

# recovery_try VOLUME: the header is checked as ever; a person may read o for 0 and l for 1.
recovery_try() {
    local key="$VOLUMES/$1/key.typed"
    tr -cd 'A-Za-z0-9' <"$VOLUMES/$1/typed" | tr ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz |
        tr oil 011 >"$key"
    if [ "$(wc -c <"$key")" -ne 32 ]; then
        say 'that is not a recovery key (32 letters and digits)'
        return 1
    fi
    if ! header_check "$1"; then
        say "$OUTCOME"
        return 1
    fi
    if crypt_open "$1" "$key" 1; then
        volume_set "$1" how recovery
        return 0
    fi
    say 'the recovery key does not open the device'
    return 1
}
