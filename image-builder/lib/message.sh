# shellcheck shell=sh
# Parts of the protocol that the keyserver and the preseed service share (protocol/SPEC.md): keys and nonces of a
# request, and the checks that an answer has to pass, in the order of SPEC.md section 5. A function that checks sets
# CHECK to the step that refused.

# message_nonce: sets NONCE, a fresh one for every attempt. Returns 1 with OUTCOME.
message_nonce() {
    NONCE=$(timeout -k 2 60 head -c 32 /dev/random | jose b64 enc -I-) && is_bytes32 "$NONCE" && return 0
    OUTCOME='no random numbers'
    return 1
}

# message_public KEY: sets EPK, the public half of this private JWK, and BOOT, the kernel's id of this boot. Both go
# into requests.
message_public() {
    local kty='' crv='' x='' y=''
    json_list "$1" kty crv x y >"$SEALROOT_SECRETS/list" && lines kty crv x y <"$SEALROOT_SECRETS/list" &&
        jwk_write "$kty" "$crv" "$x" "$y" "$SEALROOT_SECRETS/epk.jwk" || return 1
    IFS= read -r EPK <"$SEALROOT_SECRETS/epk.jwk" || :
    IFS= read -r BOOT <"$SEALROOT_PROC/sys/kernel/random/boot_id" || :
    is_uuid "$BOOT"
}

# message_parts RESPONSE MEMBER: the delegation and the signed message of an answer, each in a file of its own.
message_parts() {
    local text=''
    CHECK=delegation-signature
    json_list "$1" delegation >"$SEALROOT_SECRETS/list" && lines text <"$SEALROOT_SECRETS/list" || return 1
    printf '%s' "$text" >"$SEALROOT_SECRETS/delegation.jws"
    json_list "$1" "$2" >"$SEALROOT_SECRETS/list" && lines text <"$SEALROOT_SECRETS/list" || return 1
    printf '%s' "$text" >"$SEALROOT_SECRETS/message.jws"
}

# message_delegation USE TRUST: KMS vouches, for an hour at most and for this use, for the key that then is in
# delegated.jwk. TRUST is the JWK set that is pinned for that service.
message_delegation() {
    local use='' kty='' crv='' x='' y='' iat='' exp=''
    CHECK=delegation-signature
    jws_verify "$SEALROOT_SECRETS/delegation.jws" sealroot-delegation "$2" "$SEALROOT_SECRETS/delegation" || return 1
    CHECK=delegation-content
    json_list "$SEALROOT_SECRETS/delegation" use jwk/kty jwk/crv jwk/x jwk/y '#iat' '#exp' >"$SEALROOT_SECRETS/list" &&
        lines use kty crv x y iat exp <"$SEALROOT_SECRETS/list" && [ "$use" = "$1" ] &&
        jwk_write "$kty" "$crv" "$x" "$y" "$SEALROOT_SECRETS/delegated.jwk" && is_number "$iat" && is_number "$exp" ||
        return 1
    CHECK=delegation-time
    message_now
    # Five minutes of clock difference are what SigV4 allows as well.
    [ "$exp" -gt "$SECONDS_NOW" ] && [ $((exp - iat)) -le 3600 ] && [ "$iat" -le $((SECONDS_NOW + 300)) ]
}

# message_now: sets SECONDS_NOW, the wall clock.
message_now() {
    SECONDS_NOW=${SEALROOT_NOW:-$(date +%s)}
}

# message_reason: sets REASON, CHECK in words.
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

# message_discard: sets OUTCOME for an answer that failed a check.
message_discard() {
    message_reason
    OUTCOME="answer discarded: $REASON$CLOCK_HINT"
}

# message_code BODY: prints the code of an answer that is neither 200 nor 202. An answer that says more in words is API
# Gateway's: its code counts as none of the service's own.
message_code() {
    is_json_object "$1" && [ -z "$(json_string "$1" message)" ] || return 0
    json_string "$1" code
}

# message_denied BODY: sets OUTCOME for an answer that is neither 200 nor 202. It is not signed, so all it can do is
# choose a line for the console. Its id changes with every attempt, and would make a new line each time.
message_denied() {
    local code='' field=''
    if is_json_object "$1"; then
        code=$(message_code "$1")
        printable "$(json_string "$1" field)"
        field=$PRINTABLE
    fi
    case $HTTP_STATUS:$code in
    403:refused) OUTCOME='refused by the keyserver; the reason is in its audit log' ;;
    403:*)
        # From API Gateway, not from us: policy, signature or clock. Credentials may have to be fetched again.
        CREDENTIALS_MS=0
        OUTCOME='access denied before the keyserver (role, endpoint policy or clock)'
        ;;
    400:malformed) OUTCOME="the keyserver does not understand this request (field $field)" ;;
    429:* | 503:*) OUTCOME="the keyserver is busy (HTTP $HTTP_STATUS)" ;;
    *) OUTCOME="unexpected answer from the keyserver (HTTP $HTTP_STATUS)" ;;
    esac
    OUTCOME="$OUTCOME$CLOCK_HINT"
}
