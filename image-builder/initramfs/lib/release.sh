# shellcheck shell=sh
# One attempt to get the key, and what an answer other than the key means.

# release_ask: on success the envelope is in ENVELOPE, the server's entropy in the pool. Returns 1 with OUTCOME.
release_ask() {
    ENVELOPE=$SEALROOT_SECRETS/envelope.json
    ATTEMPTS=$((ATTEMPTS + 1))
    imds_credentials && message_nonce || return 1
    message_release_request "$SEALROOT_SECRETS/request.json"
    http_post /v1/release "$SEALROOT_SECRETS/request.json" release_answer || return 1
    json_string "$ENVELOPE" entropy >"$SEALROOT_SECRETS/entropy"
    entropy_file "$SEALROOT_SECRETS/entropy"
    forget "$SEALROOT_SECRETS/entropy"
}

# release_answer DIRECTORY: 0 when the envelope is there and good.
release_answer() {
    http_answer "$1"
    case $HTTP_STATUS in
    000) return 1 ;;
    200)
        message_open_release "$1/body" "$ENVELOPE" && return 0
        release_discard
        ;;
    202)
        message_request_id
        OUTCOME="waiting for approval (request $REQUEST_ID): a custodian runs: sealroot keys approve $REQUEST_ID"
        ;;
    *) release_denied "$1/body" ;;
    esac
    return 1
}

release_discard() {
    message_reason
    OUTCOME="answer discarded: $REASON$CLOCK_HINT"
}

# release_denied BODY: the answer is not signed, so all it can do is choose a line for the console.
release_denied() {
    _code='' _id='' _field=''
    if is_json_object "$1"; then
        _code=$(json_string "$1" code)
        printable "$(json_string "$1" request)"
        _id=$PRINTABLE
        printable "$(json_string "$1" field)"
        _field=$PRINTABLE
    fi
    case $HTTP_STATUS:$_code in
    403:refused) OUTCOME='refused by the keyserver; the reason is in its audit log' ;;
    403:*)
        # From API Gateway, not from us: policy, signature or clock. Credentials may have to be fetched again.
        CREDENTIALS_MS=0
        OUTCOME='access denied before the keyserver (role, endpoint policy or clock)'
        ;;
    400:malformed) OUTCOME="the keyserver does not understand this request (field $_field)" ;;
    429:* | 503:*) OUTCOME="the keyserver is busy (HTTP $HTTP_STATUS)" ;;
    *) OUTCOME="unexpected answer from the keyserver (HTTP $HTTP_STATUS)" ;;
    esac
    OUTCOME="$OUTCOME$CLOCK_HINT"
    # The id of a request changes with every attempt; it must not make a new line each time.
    REFUSED_REQUEST=$_id
}

# release_keys: writes the disk keys to key.0 (and key.1), the recovery passphrase to key.recovery, and takes over
# what the header's token has to hold next.
release_keys() {
    rm -f -- "$SEALROOT_SECRETS"/key.*
    for _n in 0 1; do
        json_string "$ENVELOPE" "keys/$_n" >"$SEALROOT_SECRETS/key.b64" &&
            jose b64 dec -i "$SEALROOT_SECRETS/key.b64" -O "$SEALROOT_SECRETS/key.$_n"
        forget "$SEALROOT_SECRETS/key.b64"
    done
    json_list "$ENVELOPE" sealed ticket state luks >"$SEALROOT_SECRETS/list" && lines "$SEALROOT_SECRETS/list" || return 1
    SEALED=$L1 TICKET=$L2 VOLUME_STATE=$L3 LUKS=$L4
    if json_string "$ENVELOPE" recovery/passphrase >"$SEALROOT_SECRETS/list"; then
        tr -d '\n-' <"$SEALROOT_SECRETS/list" >"$SEALROOT_SECRETS/key.recovery"
        RECOVERY=$(json_string "$ENVELOPE" recovery/sealed)
    fi
    ACKNOWLEDGED=$(json_string "$ENVELOPE" header)
    forget "$ENVELOPE" "$SEALROOT_SECRETS/list"
    [ "$(wc -c <"$SEALROOT_SECRETS/key.0")" -eq 64 ]
}

# ready_ask: tells the keyserver that the volume is complete. Returns 0 only with a signed receipt.
ready_ask() {
    imds_credentials && message_nonce || return 1
    message_ready_request "$SEALROOT_SECRETS/request.json"
    http_post /v1/ready "$SEALROOT_SECRETS/request.json" ready_answer
}

ready_answer() {
    http_answer "$1"
    case $HTTP_STATUS in
    000) return 1 ;;
    200)
        message_open_receipt "$1/body" && return 0
        release_discard
        ;;
    *) release_denied "$1/body" ;;
    esac
    return 1
}
