# shellcheck shell=sh
# One attempt to get the keys of a volume, and what an answer other than the keys means.

# release_ask VOLUME: on success the envelope is in envelope.json, the server's entropy in the pool. Returns 1 with
# OUTCOME.
release_ask() {
    local envelope="$VOLUMES/$1/envelope.json" attempts=''
    volume_get "$1" attempts
    volume_set "$1" attempts $((${attempts:-0} + 1))
    imds_credentials && message_nonce || return 1
    volume_set "$1" nonce "$NONCE"
    message_release_request "$1" "$VOLUMES/$1/request.json"
    http_post /v1/release "$VOLUMES/$1/request.json" release_answer "$1" || return 1
    json_string "$envelope" entropy >"$SEALROOT_SECRETS/entropy"
    entropy_file "$SEALROOT_SECRETS/entropy"
    forget "$SEALROOT_SECRETS/entropy"
}

# release_answer DIRECTORY VOLUME: 0 when the envelope is there and good.
release_answer() {
    http_answer "$1"
    case $HTTP_STATUS in
    000) return 1 ;;
    200)
        message_open_release "$2" "$1/body" "$VOLUMES/$2/envelope.json" && return 0
        message_discard
        ;;
    202)
        message_request_id "$2"
        OUTCOME="waiting for approval (request $REQUEST_ID): a custodian runs: sealroot keys approve $REQUEST_ID"
        ;;
    *) message_denied "$1/body" ;;
    esac
    return 1
}

# release_keys VOLUME: takes the envelope apart: disk keys into key.0 (and key.1), the recovery passphrase into
# key.recovery, and what the header's token has to hold next. Returns 1 when there is no key.
release_keys() {
    local own="$VOLUMES/$1" n='' sealed='' ticket='' state='' luks='' recovery=''
    local envelope="$own/envelope.json" list="$own/list"
    forget "$own"/key.*
    for n in 0 1; do
        json_string "$envelope" "keys/$n" >"$own/key.b64" && jose b64 dec -i "$own/key.b64" -O "$own/key.$n"
        forget "$own/key.b64"
    done
    json_list "$envelope" sealed ticket state luks >"$list" && lines sealed ticket state luks <"$list" || return 1
    volume_set "$1" sealed "$sealed" ticket "$ticket" server_state "$state" luks "$luks" \
        acknowledged "$(json_string "$envelope" header)"
    if json_string "$envelope" recovery/passphrase >"$list"; then
        tr -d '\n-' <"$list" >"$own/key.recovery"
        recovery=$(json_string "$envelope" recovery/sealed)
        volume_set "$1" recovery "$recovery"
    fi
    forget "$envelope" "$list"
    [ "$(wc -c <"$own/key.0")" -eq 64 ]
}

# ready_ask VOLUME: tells the keyserver that the volume is complete. Returns 0 only with a signed receipt, else 1 with
# OUTCOME.
ready_ask() {
    imds_credentials && message_nonce || return 1
    volume_set "$1" nonce "$NONCE"
    message_ready_request "$1" "$VOLUMES/$1/request.json"
    http_post /v1/ready "$VOLUMES/$1/request.json" ready_answer "$1"
}

# ready_answer DIRECTORY VOLUME: 0 when it is the receipt.
ready_answer() {
    http_answer "$1"
    case $HTTP_STATUS in
    000) return 1 ;;
    200)
        message_open_receipt "$2" "$1/body" && return 0
        message_discard
        ;;
    *) message_denied "$1/body" ;;
    esac
    return 1
}
