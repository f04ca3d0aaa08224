# shellcheck shell=sh
# The release protocol (protocol/SPEC.md): requests, and the checks an answer has to pass, in the order of SPEC.md
# section 5. A function that checks sets CHECK to the step that refused.

# message_key: the ephemeral key pair of this boot; sets EPK (public JWK) and THUMBPRINT.
message_key() {
    CLIENT_KEY=$SEALROOT_SECRETS/client.jwk
    OUTCOME='cannot make a key pair'
    timeout -k 2 60 jose jwk gen -i '{"kty":"EC","crv":"P-256"}' -o "$CLIENT_KEY" &&
        json_list "$CLIENT_KEY" kty crv x y >"$SEALROOT_SECRETS/list" && lines "$SEALROOT_SECRETS/list" &&
        jwk_write "$L1" "$L2" "$L3" "$L4" "$SEALROOT_SECRETS/epk.jwk" &&
        THUMBPRINT=$(jose jwk thp -i "$SEALROOT_SECRETS/epk.jwk") && is_bytes32 "$THUMBPRINT" || return 1
    IFS= read -r EPK <"$SEALROOT_SECRETS/epk.jwk" || :
    IFS= read -r BOOT <"$SEALROOT_PROC/sys/kernel/random/boot_id"
    is_uuid "$BOOT" || return 1
    OUTCOME=''
}

# message_nonce: a fresh NONCE for every attempt.
message_nonce() {
    NONCE=$(timeout -k 2 60 head -c 32 /dev/random | jose b64 enc -I-) && is_bytes32 "$NONCE" && return 0
    OUTCOME='no random numbers'
    return 1
}

# message_release_request OUT: uses VOLUME LUKS SEALED TICKET, which have been checked when they were read.
message_release_request() {
    {
        printf '{"v":1,"volume":"%s","nonce":"%s","boot":"%s"' "$VOLUME" "$NONCE" "$BOOT"
        [ -z "$LUKS" ] || printf ',"luks":"%s"' "$LUKS"
        [ -z "$SEALED" ] || printf ',"sealed":"%s"' "$SEALED"
        [ -z "$TICKET" ] || printf ',"ticket":"%s"' "$TICKET"
        printf ',"epk":%s}' "$EPK"
    } >"$1"
}

# message_ready_request OUT: uses HEADER_DIGEST and the TICKET of the release.
message_ready_request() {
    printf '{"v":1,"volume":"%s","luks":"%s","ticket":"%s","header":"%s","nonce":"%s","boot":"%s"}' \
        "$VOLUME" "$LUKS" "$TICKET" "$HEADER_DIGEST" "$NONCE" "$BOOT" >"$1"
}

# message_request_id: sets REQUEST_ID, the name under which this request waits for approval. Computed here: an id in
# an unsigned answer could lead a custodian to approve somebody else's request.
message_request_id() {
    REQUEST_ID=$(printf 'sealroot/v1/request\n%s\n%s\n%s\n%s\n%s' \
        "$INSTANCE" "$VOLUME" "$LUKS" "$TICKET" "$THUMBPRINT" | sha256sum)
    REQUEST_ID=${REQUEST_ID%"${REQUEST_ID#????????????????}"}
}

# message_open_release RESPONSE OUT: verifies, decrypts, checks; the envelope is in OUT only when all of it holds.
message_open_release() {
    message_parts "$1" envelope && message_delegation release "$SEALROOT_ETC/trust/keyserver.jwks" || return 1
    CHECK=signature
    jws_verify "$SEALROOT_SECRETS/message.jws" sealroot-release "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/envelope.jwe" || return 1
    jwe_decrypt "$SEALROOT_SECRETS/envelope.jwe" "$CLIENT_KEY" "$NONCE" "$2" || return 1
    message_content "$2" && message_compare && return 0
    forget "$2"
    return 1
}

# message_open_receipt RESPONSE: the keyserver has noted HEADER_DIGEST.
message_open_receipt() {
    message_parts "$1" receipt && message_delegation release "$SEALROOT_ETC/trust/keyserver.jwks" || return 1
    CHECK=signature
    jws_verify "$SEALROOT_SECRETS/message.jws" sealroot-ready "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/receipt" || return 1
    CHECK=content
    json_list "$SEALROOT_SECRETS/receipt" nonce instance volume luks '#exp' '#v' header >"$SEALROOT_SECRETS/list" &&
        lines "$SEALROOT_SECRETS/list" && [ "$L6" = 1 ] && [ "$L7" = "$HEADER_DIGEST" ] && message_compare
}

# message_parts RESPONSE MEMBER: the delegation and the signed message of an answer, each in a file of its own.
message_parts() {
    CHECK=delegation-signature
    json_list "$1" delegation >"$SEALROOT_SECRETS/list" && lines "$SEALROOT_SECRETS/list" || return 1
    printf '%s' "$L1" >"$SEALROOT_SECRETS/delegation.jws"
    json_list "$1" "$2" >"$SEALROOT_SECRETS/list" && lines "$SEALROOT_SECRETS/list" || return 1
    printf '%s' "$L1" >"$SEALROOT_SECRETS/message.jws"
}

# message_delegation USE TRUST: KMS vouches, for an hour at most and for this use, for the key that then is in
# delegated.jwk. TRUST is the JWK set that is pinned for that service.
message_delegation() {
    CHECK=delegation-signature
    jws_verify "$SEALROOT_SECRETS/delegation.jws" sealroot-delegation "$2" "$SEALROOT_SECRETS/delegation" || return 1
    CHECK=delegation-content
    json_list "$SEALROOT_SECRETS/delegation" use jwk/kty jwk/crv jwk/x jwk/y '#iat' '#exp' >"$SEALROOT_SECRETS/list" &&
        lines "$SEALROOT_SECRETS/list" && [ "$L1" = "$1" ] &&
        jwk_write "$L2" "$L3" "$L4" "$L5" "$SEALROOT_SECRETS/delegated.jwk" && is_number "$L6" && is_number "$L7" ||
        return 1
    CHECK=delegation-time
    message_now
    # Five minutes of clock difference are what SigV4 allows as well.
    [ "$L7" -gt "$SECONDS_NOW" ] && [ $((L7 - L6)) -le 3600 ] && [ "$L6" -le $((SECONDS_NOW + 300)) ]
}

# message_content FILE: every member of the envelope is what it has to be. Leaves the first five for message_compare.
message_content() {
    CHECK=content
    json_list "$1" nonce instance volume luks '#exp' '#v' state sealed ticket entropy @keys keys/0 \
        >"$SEALROOT_SECRETS/list" || return 1
    lines "$SEALROOT_SECRETS/list"
    forget "$SEALROOT_SECRETS/list"
    [ "$L6" = 1 ] && is_uuid "$L4" && is_instance "$L2" && is_base64url "$L8" 1400 && is_bytes32 "$L9" &&
        is_bytes64 "$L10" && is_bytes64 "$L12" || return 1
    case $L7 in
    enrolling | active) ;;
    *) return 1 ;;
    esac
    case $L11 in
    1) ;;
    2) is_bytes64 "$(json_string "$1" keys/1)" || return 1 ;;
    *) return 1 ;;
    esac
    message_optional "$1"
}

# message_optional FILE: absent, or what it has to be.
message_optional() {
    if json_has "$1" header; then is_bytes32 "$(json_string "$1" header)" || return 1; fi
    json_has "$1" recovery || return 0
    is_passphrase "$(json_string "$1" recovery/passphrase | tr -d -)" &&
        is_base64url "$(json_string "$1" recovery/sealed)" 1400
}

# message_compare: L1 to L5 answer this request of this instance for this volume, now.
message_compare() {
    CHECK=nonce
    [ "$L1" = "$NONCE" ] || return 1
    CHECK=instance
    [ "$L2" = "$INSTANCE" ] || return 1
    CHECK=volume
    [ "$L3" = "$VOLUME" ] || return 1
    CHECK=luks
    [ -z "$LUKS" ] || [ "$L4" = "$LUKS" ] || return 1
    CHECK=expired
    is_number "$L5" || return 1
    message_now
    [ "$L5" -gt "$SECONDS_NOW" ] || return 1
    CHECK=ok
}

message_now() {
    SECONDS_NOW=${SEALROOT_NOW:-$(date +%s)}
}

# message_reason: CHECK in words.
message_reason() {
    case $CHECK in
    delegation-signature) REASON='signature of the delegation does not verify' ;;
    delegation-content) REASON='delegation is for something else' ;;
    delegation-time) REASON='delegation is not valid at this time' ;;
    signature) REASON='signature does not verify' ;;
    decrypt) REASON='cannot be decrypted with the key of this boot' ;;
    content) REASON='content is not what the protocol allows' ;;
    nonce) REASON='nonce is not ours' ;;
    instance) REASON='for another instance' ;;
    volume) REASON='for another volume' ;;
    luks) REASON='for another LUKS header' ;;
    server) REASON='for another server' ;;
    expired) REASON='expired' ;;
    esac
}
