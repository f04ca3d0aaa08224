# shellcheck shell=sh
# copy + crypt + keyserver: LUKS2, the key released at every boot.

# persistent_device: the device, and when it carries our header what the header says. Returns 1 with OUTCOME.
persistent_device() {
    LUKS='' SEALED='' TICKET='' RECOVERY='' TOKEN_STATE='' HEADER_UUID=''
    device_find || return 1
    [ "$DEVICE_KIND" = ours ] || return 0
    LUKS=$PROBE_UUID
    # A format cut short can leave a header that cannot be read: still ours, and the keyserver says what to do.
    header_copy "$DEVICE_PATH" || return 0
    LUKS=$HEADER_UUID
    token_read
}

# persistent_attempt: one whole attempt, from the request to an open device. Returns 1 with OUTCOME.
persistent_attempt() {
    MODE=unlock
    step_again release
    # The last attempt may have changed the header, or replaced TICKET by one that never reached the disk.
    [ -z "$STALE" ] || persistent_device || return 1
    release_ask || return 1
    STALE=yes
    release_keys || {
        OUTCOME='the key cannot be used'
        return 1
    }
    case $VOLUME_STATE:$TOKEN_STATE in
    enrolling:copied) persistent_unlock && persistent_acknowledge ;;
    enrolling:*) persistent_provision && persistent_acknowledge ;;
    active:copied) persistent_unlock ;;
    *)
        # Active means that a complete volume was acknowledged: what is here is not it, and is never formatted.
        OUTCOME="the keyserver knows a complete volume $LUKS, but $DEVICE_PATH does not hold it"
        return 1
        ;;
    esac
}

# persistent_provision: may start again at any point, until the token says `copied`.
persistent_provision() {
    MODE=provision
    say "new volume $LUKS on $DEVICE_PATH"
    volume_close
    step format
    volume_format "$DEVICE_PATH" && header_copy "$DEVICE_PATH" && persistent_header && persistent_open || return 1
    step copy
    if ! copy_base "/dev/mapper/$MAPPED"; then
        volume_close
        return 1
    fi
    token_write "$DEVICE_PATH" copied
}

# persistent_header: what is in RAM is checked, and what is in RAM is opened: the disk has no second say.
persistent_header() {
    header_check || return 1
    OUTCOME='the LUKS2 header has another UUID'
    [ "$HEADER_UUID" = "$LUKS" ] && header_digest && OUTCOME=''
}

# persistent_unlock: the header has to be of our form, and the one that was acknowledged.
persistent_unlock() {
    step open
    persistent_header || return 1
    if [ -n "$ACKNOWLEDGED" ] && [ "$ACKNOWLEDGED" != "$HEADER_DIGEST" ]; then
        OUTCOME="the LUKS2 header of $DEVICE_PATH is not the one that was acknowledged"
        return 1
    fi
    volume_close
    persistent_open || return 1
    if ! token_write "$DEVICE_PATH" copied; then
        volume_close
        return 1
    fi
    # A volume without an acknowledged header was recovered: the server learns it again, and this boot need not wait.
    if [ "$VOLUME_STATE" = active ] && [ -z "$ACKNOWLEDGED" ]; then
        ready_ask || say "the header could not be acknowledged: $OUTCOME"
    fi
    return 0
}

persistent_open() {
    for _key in 0 1; do
        [ -s "$SEALROOT_SECRETS/key.$_key" ] && volume_open "$DEVICE_PATH" "$SEALROOT_SECRETS/key.$_key" 0 && return 0
    done
    OUTCOME="the key does not open $DEVICE_PATH"
    return 1
}

# persistent_acknowledge: until the keyserver has the header, every boot would be an enrolment.
persistent_acknowledge() {
    step ready
    retry ready_ask && return 0
    OUTCOME='the enrolment was not acknowledged'
    return 1
}
