# shellcheck shell=sh
# key=keyserver: LUKS2, the key released by the keyserver at every boot.

# keyserver_open VOLUME FILL: until the volume is open, or the recovery key opened it. FILL VOLUME is called when it is
# new, and returns 1 with OUTCOME when it has to be filled anew.
keyserver_open() {
    step device
    retry_volume "$1" keyserver_device "$1" && keyserver_identity "$1" || return 0
    retry_volume "$1" keyserver_attempt "$1" "$2" || return 0
}

# keyserver_device VOLUME: the device, and when it carries our header what the header says. Returns 1 with OUTCOME.
keyserver_device() {
    local kind='' uuid='' header_uuid=''
    volume_set "$1" luks '' sealed '' ticket '' recovery '' token_state '' header_uuid ''
    device_find "$1" 'ours blank' || return 1
    volume_get "$1" kind uuid
    [ "$kind" = ours ] || return 0
    volume_set "$1" luks "$uuid"
    # A format cut short can leave a header that cannot be read: still ours, and the keyserver says what to do.
    header_copy "$1" || return 0
    volume_get "$1" header_uuid
    volume_set "$1" luks "$header_uuid"
    token_read "$1"
}

# keyserver_identity VOLUME: network, instance and key pair, once for all volumes of this boot. Returns 1 when the
# recovery key opened the volume meanwhile.
keyserver_identity() {
    [ -z "${THUMBPRINT:-}" ] || return 0
    step network
    retry_volume "$1" network_up || return 1
    step identity
    retry_volume "$1" imds_identity && retry_volume "$1" message_key
}

# keyserver_attempt VOLUME FILL: one whole attempt, from the request to an open volume. Returns 1 with OUTCOME.
keyserver_attempt() {
    local stale='' server_state='' token_state='' luks='' device=''
    step_again release
    # The last attempt may have changed the header, or replaced the ticket by one that never reached the disk.
    volume_get "$1" stale
    [ -z "$stale" ] || keyserver_device "$1" || return 1
    volume_set "$1" how unlock
    release_ask "$1" || return 1
    volume_set "$1" stale yes
    release_keys "$1" || {
        OUTCOME='the key cannot be used'
        return 1
    }
    volume_get "$1" server_state token_state luks device
    case $server_state:$token_state in
    enrolling:copied) keyserver_unlock "$1" && keyserver_acknowledge "$1" ;;
    enrolling:*) keyserver_provision "$1" "$2" && keyserver_acknowledge "$1" ;;
    active:copied) keyserver_unlock "$1" ;;
    *)
        # Active means that a complete volume was acknowledged: what is here is not it, and is never formatted.
        OUTCOME="the keyserver knows a complete volume $luks, but $device does not hold it"
        return 1
        ;;
    esac
}

# keyserver_provision VOLUME FILL: may start again at any point, until the token says `copied`. Returns 1 with OUTCOME.
keyserver_provision() {
    local luks='' device=''
    volume_get "$1" luks device
    volume_set "$1" how provision
    say "new volume $luks on $device"
    crypt_close "$1"
    step format
    crypt_format "$1" && header_copy "$1" && keyserver_header "$1" && keyserver_keys "$1" || return 1
    step copy
    if ! "$2" "$1"; then
        crypt_close "$1"
        return 1
    fi
    token_write "$1" copied
}

# keyserver_header VOLUME: checks the copy of the header in RAM, which is also the one that is used to open the device: a
# change on the disk between the two has no effect. Returns 1 with OUTCOME.
keyserver_header() {
    local luks='' header_uuid=''
    header_check "$1" || return 1
    volume_get "$1" luks header_uuid
    OUTCOME='the LUKS2 header has another UUID'
    [ "$header_uuid" = "$luks" ] && header_digest "$1" && OUTCOME=''
}

# keyserver_unlock VOLUME: the header has to be of our form, and the one that was acknowledged. Returns 1 with OUTCOME.
keyserver_unlock() {
    local acknowledged='' digest='' device='' server_state=''
    step open
    keyserver_header "$1" || return 1
    volume_get "$1" acknowledged digest device server_state
    if [ -n "$acknowledged" ] && [ "$acknowledged" != "$digest" ]; then
        OUTCOME="the LUKS2 header of $device is not the one that was acknowledged"
        return 1
    fi
    crypt_close "$1"
    keyserver_keys "$1" || return 1
    if ! token_write "$1" copied; then
        crypt_close "$1"
        return 1
    fi
    # A volume without an acknowledged header was recovered: the server learns it again, and this boot need not wait.
    if [ "$server_state" = active ] && [ -z "$acknowledged" ]; then
        ready_ask "$1" || say "the header could not be acknowledged: $OUTCOME"
    fi
    return 0
}

# keyserver_keys VOLUME: opens it with the key that was released, or with the one before. Returns 1 with OUTCOME.
keyserver_keys() {
    local key='' device=''
    for key in "$VOLUMES/$1/key.0" "$VOLUMES/$1/key.1"; do
        [ -s "$key" ] && crypt_open "$1" "$key" 0 && return 0
    done
    volume_get "$1" device
    OUTCOME="the key does not open $device"
    return 1
}

# keyserver_acknowledge VOLUME: until the keyserver has the header, every boot would be an enrolment. Returns 1 with
# OUTCOME.
keyserver_acknowledge() {
    step ready
    retry_volume "$1" ready_ask "$1" && return 0
    OUTCOME='the enrolment was not acknowledged'
    return 1
}
