# shellcheck shell=sh
# Messages about one volume: requests, and the checks that an answer has to pass (SPEC.md sections 3 to 6), in their
# order. A function that checks sets CHECK to the step that refused.

# message_key: the ephemeral key pair of this boot, one for all volumes; sets CLIENT_KEY (a file), EPK, THUMBPRINT and
# BOOT. Returns 1 with OUTCOME.
message_key() {
    CLIENT_KEY=$SEALROOT_SECRETS/client.jwk
    OUTCOME='cannot make a key pair'
    timeout -k 2 60 jose jwk gen -i '{"kty":"EC","crv":"P-256"}' -o "$CLIENT_KEY" && message_public "$CLIENT_KEY" &&
        THUMBPRINT=$(jose jwk thp -i "$SEALROOT_SECRETS/epk.jwk") && is_bytes32 "$THUMBPRINT" || return 1
    OUTCOME=''
}

# message_release_request VOLUME OUT: uses luks, sealed and ticket, which have been checked when they were read.
message_release_request() {
    local nonce='' luks='' sealed='' ticket=''
    volume_get "$1" nonce luks sealed ticket
    {
        printf '{"v":1,"volume":"%s","nonce":"%s","boot":"%s"' "$1" "$nonce" "$BOOT"
        [ -z "$luks" ] || printf ',"luks":"%s"' "$luks"
        [ -z "$sealed" ] || printf ',"sealed":"%s"' "$sealed"
        [ -z "$ticket" ] || printf ',"ticket":"%s"' "$ticket"
        printf ',"epk":%s}' "$EPK"
    } >"$2"
}

# message_ready_request VOLUME OUT: uses the digest of the header, and the ticket of the release.
message_ready_request() {
    local nonce='' luks='' ticket='' digest=''
    volume_get "$1" nonce luks ticket digest
    printf '{"v":1,"volume":"%s","luks":"%s","ticket":"%s","header":"%s","nonce":"%s","boot":"%s"}' \
        "$1" "$luks" "$ticket" "$digest" "$nonce" "$BOOT" >"$2"
}

# message_request_id VOLUME: sets REQUEST_ID, the name under which this request waits for approval. Computed here: an id
# in an unsigned answer could lead a custodian to approve somebody else's request.
message_request_id() {
    local luks='' ticket=''
    volume_get "$1" luks ticket
    REQUEST_ID=$(printf 'sealroot/v1/request\n%s\n%s\n%s\n%s\n%s' \
        "$INSTANCE" "$1" "$luks" "$ticket" "$THUMBPRINT" | sha256sum)
    REQUEST_ID=${REQUEST_ID%"${REQUEST_ID#????????????????}"}
}

# message_open_release VOLUME RESPONSE OUT: verifies, decrypts, checks; the envelope is in OUT only when all of it holds.
message_open_release() {
    local nonce=''
    volume_get "$1" nonce
    message_parts "$2" envelope && message_delegation release "$SEALROOT_ETC/trust/keyserver.jwks" || return 1
    CHECK=signature
    jws_verify "$SEALROOT_SECRETS/message.jws" sealroot-release "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/envelope.jwe" || return 1
    jwe_decrypt "$SEALROOT_SECRETS/envelope.jwe" "$CLIENT_KEY" "$nonce" "$3" || return 1
    message_content "$1" "$3" && return 0
    forget "$3"
    return 1
}

# message_open_receipt VOLUME RESPONSE: the keyserver has noted the digest of the volume's header.
message_open_receipt() {
    local digest='' nonce='' instance='' volume='' luks='' exp='' version='' header=''
    message_parts "$2" receipt && message_delegation release "$SEALROOT_ETC/trust/keyserver.jwks" || return 1
    CHECK=signature
    jws_verify "$SEALROOT_SECRETS/message.jws" sealroot-ready "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/receipt" || return 1
    CHECK=content
    volume_get "$1" digest
    json_list "$SEALROOT_SECRETS/receipt" nonce instance volume luks '#exp' '#v' header >"$SEALROOT_SECRETS/list" &&
        lines nonce instance volume luks exp version header <"$SEALROOT_SECRETS/list" &&
        [ "$version" = 1 ] && [ "$header" = "$digest" ] &&
        message_compare "$1" "$nonce" "$instance" "$volume" "$luks" "$exp"
}

# message_content VOLUME FILE: every member of the envelope is what it has to be, and answers our request.
message_content() {
    local nonce='' instance='' volume='' luks='' exp='' version='' state='' sealed='' ticket='' entropy='' keys='' key=''
    CHECK=content
    json_list "$2" nonce instance volume luks '#exp' '#v' state sealed ticket entropy @keys keys/0 \
        >"$SEALROOT_SECRETS/list" || return 1
    lines nonce instance volume luks exp version state sealed ticket entropy keys key <"$SEALROOT_SECRETS/list"
    forget "$SEALROOT_SECRETS/list"
    [ "$version" = 1 ] && is_uuid "$luks" && is_instance "$instance" && is_base64url "$sealed" 1400 &&
        is_bytes32 "$ticket" && is_bytes64 "$entropy" && is_bytes64 "$key" || return 1
    case $state in
    enrolling | active) ;;
    *) return 1 ;;
    esac
    case $keys in
    1) ;;
    2) is_bytes64 "$(json_string "$2" keys/1)" || return 1 ;;
    *) return 1 ;;
    esac
    message_optional "$2" && message_compare "$1" "$nonce" "$instance" "$volume" "$luks" "$exp"
}

# message_optional FILE: members that may be absent are what they have to be when they are there.
message_optional() {
    if json_has "$1" header; then is_bytes32 "$(json_string "$1" header)" || return 1; fi
    json_has "$1" recovery || return 0
    is_passphrase "$(json_string "$1" recovery/passphrase | tr -d -)" &&
        is_base64url "$(json_string "$1" recovery/sealed)" 1400
}

# message_compare VOLUME NONCE INSTANCE NAME LUKS EXP: these members of an answer are for this request of this instance
# for this volume, now.
message_compare() {
    local nonce='' luks=''
    volume_get "$1" nonce luks
    CHECK=nonce
    [ "$2" = "$nonce" ] || return 1
    CHECK=instance
    [ "$3" = "$INSTANCE" ] || return 1
    CHECK=volume
    [ "$4" = "$1" ] || return 1
    CHECK=luks
    [ -z "$luks" ] || [ "$5" = "$luks" ] || return 1
    CHECK=expired
    is_number "$6" || return 1
    message_now
    [ "$6" -gt "$SECONDS_NOW" ] || return 1
    CHECK=ok
}
