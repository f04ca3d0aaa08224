# shellcheck shell=sh
# The release protocol (protocol/SPEC.md): requests, and the checks an answer has to pass, in the order of SPEC.md
# section 5. A function that checks sets CHECK to the step that refused.

# message_key: the ephemeral key pair of this boot; sets EPK (public JWK) and THUMBPRINT.
message_key() {
    CLIENT_KEY=$SEALROOT_SECRETS/client.jwk
    OUTCOME='cannot make a key pair'
    timeout -k 2 60 jose jwk gen -i '{"kty":"EC","crv":"P-256"}' -o "$CLIENT_KEY" &&
        jwk_public_of "$CLIENT_KEY" "$SEALROOT_SECRETS/epk.jwk" &&
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
    message_delegation "$1" || return 1
    CHECK=signature
    json_string "$1" envelope | tr -d '\n' >"$SEALROOT_SECRETS/envelope.jws"
    jws_verify "$SEALROOT_SECRETS/envelope.jws" sealroot-release "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/envelope.jwe" || return 1
    CHECK=decrypt
    jwe_decrypt "$SEALROOT_SECRETS/envelope.jwe" "$CLIENT_KEY" "$NONCE" "$2" || return 1
    message_content "$2" && message_compare "$2" && return 0
    forget "$2"
    return 1
}

# message_open_receipt RESPONSE: the keyserver has noted HEADER_DIGEST.
message_open_receipt() {
    message_delegation "$1" || return 1
    CHECK=signature
    json_string "$1" receipt | tr -d '\n' >"$SEALROOT_SECRETS/receipt.jws"
    jws_verify "$SEALROOT_SECRETS/receipt.jws" sealroot-ready "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/receipt" || return 1
    CHECK=content
    is_json_object "$SEALROOT_SECRETS/receipt" && [ "$(json_number "$SEALROOT_SECRETS/receipt" v)" = 1 ] &&
        [ "$(json_string "$SEALROOT_SECRETS/receipt" header)" = "$HEADER_DIGEST" ] || return 1
    message_compare "$SEALROOT_SECRETS/receipt"
}

# message_delegation RESPONSE: KMS vouches, for an hour at most, for the key that then is in delegated.jwk.
message_delegation() {
    _claims=$SEALROOT_SECRETS/delegation
    CHECK=delegation-signature
    is_json_object "$1" || return 1
    json_string "$1" delegation | tr -d '\n' >"$SEALROOT_SECRETS/delegation.jws"
    jws_verify "$SEALROOT_SECRETS/delegation.jws" sealroot-delegation "$SEALROOT_ETC/trust/keyserver.jwks" \
        "$_claims" || return 1
    CHECK=delegation-content
    is_json_object "$_claims" && [ "$(json_string "$_claims" use)" = release ] &&
        jwk_public_of "$_claims" "$SEALROOT_SECRETS/delegated.jwk" jwk || return 1
    _iat=$(json_number "$_claims" iat) && _exp=$(json_number "$_claims" exp) && is_number "$_iat" && is_number "$_exp" ||
        return 1
    CHECK=delegation-time
    message_now
    # Five minutes of clock difference are what SigV4 allows as well.
    [ "$_exp" -gt "$SECONDS_NOW" ] && [ $((_exp - _iat)) -le 3600 ] && [ "$_iat" -le $((SECONDS_NOW + 300)) ]
}

# message_content FILE: every member of the envelope is what it has to be.
message_content() {
    CHECK=content
    is_json_object "$1" && [ "$(json_number "$1" v)" = 1 ] || return 1
    case $(json_string "$1" state) in
    enrolling | active) ;;
    *) return 1 ;;
    esac
    _count=$(jose fmt -j "$1" -g keys -A -l -Io- 2>/dev/null)
    case $_count in
    1 | 2) ;;
    *) return 1 ;;
    esac
    while [ "$_count" -gt 0 ]; do
        _count=$((_count - 1))
        is_bytes64 "$(json_string "$1" keys "$_count")" || return 1
    done
    is_uuid "$(json_string "$1" luks)" && is_instance "$(json_string "$1" instance)" &&
        is_base64url "$(json_string "$1" sealed)" 1400 && is_bytes32 "$(json_string "$1" ticket)" &&
        is_bytes64 "$(json_string "$1" entropy)" || return 1
    if json_has "$1" header; then is_bytes32 "$(json_string "$1" header)" || return 1; fi
    if json_has "$1" recovery; then
        is_passphrase "$(json_string "$1" recovery passphrase | tr -d -)" &&
            is_base64url "$(json_string "$1" recovery sealed)" 1400 || return 1
    fi
}

# message_compare FILE: it answers this request of this instance for this volume, now.
message_compare() {
    CHECK=nonce
    [ "$(json_string "$1" nonce)" = "$NONCE" ] || return 1
    CHECK=instance
    [ "$(json_string "$1" instance)" = "$INSTANCE" ] || return 1
    CHECK=volume
    [ "$(json_string "$1" volume)" = "$VOLUME" ] || return 1
    CHECK=luks
    [ -z "$LUKS" ] || [ "$(json_string "$1" luks)" = "$LUKS" ] || return 1
    CHECK=expired
    _exp=$(json_number "$1" exp) && is_number "$_exp" || return 1
    message_now
    [ "$_exp" -gt "$SECONDS_NOW" ] || return 1
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
    expired) REASON='expired' ;;
    esac
}
