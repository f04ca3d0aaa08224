# shellcheck shell=sh
# The mailbox: `POST /v1/preseed/receive` and `ack`. A message that is wrong never stops the ones after it.

# mailbox_collect: returns 0 when at least one message is staged and there are no more.
mailbox_collect() {
    local round=0
    while :; do
        persist mailbox_receive
        persist mailbox_ack
        progress registered
        [ "$MORE" = yes ] && [ -n "$PROGRESS" ] && continue
        [ "$MORE" = no ] && mailbox_staged && return 0
        # Every 8 s on average: somebody may be sending just now.
        [ "$round" -ge 3 ] || round=$((round + 1))
        pause $((round + 1)) "registered as $SERVER, waiting for messages"
    done
}

# mailbox_staged: there is something to configure.
mailbox_staged() {
    local directory=''
    for directory in "$MESSAGES"/*; do
        [ ! -d "$directory" ] || return 0
    done
    return 1
}

# mailbox_receive: one call, for what comes after the highest number taken in this boot.
mailbox_receive() {
    local status=0
    AFTER=0
    [ ! -r "$SEALROOT_SECRETS/after" ] || IFS= read -r AFTER <"$SEALROOT_SECRETS/after" || :
    { credentials_json && printf ',"after":%s}' "$AFTER"; } >"$SEALROOT_SECRETS/request.json"
    HTTP_MOST=524288
    exchange /v1/preseed/receive mailbox_take || status=1
    HTTP_MOST=65536
    return "$status"
}

# mailbox_take BODY: sets MORE and PROGRESS.
mailbox_take() {
    local message=''
    MORE='' PROGRESS=''
    if jose fmt -j "$1" -Og more -T 2>/dev/null; then
        MORE=yes
    elif jose fmt -j "$1" -Og more -F 2>/dev/null; then
        MORE=no
    fi
    [ -n "$MORE" ] && jose fmt -j "$1" -Og messages -Af "$SEALROOT_SECRETS/batch" 2>/dev/null || return 1
    while IFS= read -r message; do
        message=${message#\"}
        printf %s "${message%\"}" >"$SEALROOT_SECRETS/message.jwe"
        mailbox_message || break
    done <"$SEALROOT_SECRETS/batch"
    forget "$SEALROOT_SECRETS/batch" "$SEALROOT_SECRETS/message.jwe"
    return 0
}

# mailbox_message: stages message.jwe, or settles it as rejected. Returns 1 when it has to be asked for again.
mailbox_message() {
    if open_message "$SEALROOT_SECRETS/message.jwe" "$AFTER" "$SEALROOT_SECRETS/message.json"; then
        if ! stage_message "$SEQ" "$SEALROOT_SECRETS/message.json"; then
            say "preseed: message $SEQ could not be kept; it is asked for again"
            return 1
        fi
    elif [ -z "$SEQ" ]; then
        state 'preseed: dropped a message without a number'
        return 0
    elif [ "$REASON" != repeat ]; then
        # Given again although it was told: once said is enough.
        ! grep -qx "$SEQ rejected $REASON named" "$STORE/settled" 2>/dev/null || return 0
        say "preseed: message $SEQ is rejected: $REASON"
        # Only a number that is authentic counts as taken: another one could shut out all that come after.
        if [ -z "$VERIFIED" ]; then
            settle "$SEQ" rejected "$REASON" named
            return
        fi
        settle "$SEQ" rejected "$REASON" || return 1
    fi
    PROGRESS=yes
    [ "$SEQ" -le "$AFTER" ] || AFTER=$SEQ
    printf '%s\n' "$AFTER" >"$SEALROOT_SECRETS/after"
}

# mailbox_ack: tells what is settled, until all of it has been told once.
mailbox_ack() {
    local from=1
    [ -s "$STORE/settled" ] || return 0
    ! cmp -s "$STORE/settled" "$SEALROOT_SECRETS/acknowledged" || return 0
    cp -- "$STORE/settled" "$SEALROOT_SECRETS/acknowledging"
    # A hundred at once is what the service takes.
    while [ "$from" -le "$(wc -l <"$SEALROOT_SECRETS/acknowledging")" ]; do
        {
            credentials_json && printf ',"results":['
            tail -n "+$from" "$SEALROOT_SECRETS/acknowledging" | head -n 100 | mailbox_results
            printf ']}'
        } >"$SEALROOT_SECRETS/request.json"
        exchange /v1/preseed/ack mailbox_acknowledged || return 1
        from=$((from + 100))
    done
    mv -- "$SEALROOT_SECRETS/acknowledging" "$SEALROOT_SECRETS/acknowledged"
}

# mailbox_results: lines of `settled` as JSON.
mailbox_results() {
    local comma='' seq='' result='' reason=''
    while read -r seq result reason _; do
        printf '%s{"seq":%s,"result":"%s"' "$comma" "$seq" "$result"
        [ "$result" = applied ] || printf ',"reason":"%s"' "$reason"
        printf '}'
        comma=,
    done
}

mailbox_acknowledged() {
    [ "$(json_list "$1" '#v')" = 1 ]
}
