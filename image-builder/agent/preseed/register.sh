# shellcheck shell=sh
# Registering, once: `POST /v1/preseed/register` (SPEC.md part 2). The answer is verified and opened like a key release,
# with checks in the same order and by the same names.

# register_key: sets CLIENT_KEY (a file), EPK and BOOT. The key is on the disk before it is used: after a power cut the
# same one asks again. Returns 1 with OUTCOME.
register_key() {
    CLIENT_KEY=$STORE/key.jwk
    if ! json_has "$CLIENT_KEY" d; then
        OUTCOME='cannot make a key pair'
        timeout -k 2 60 jose jwk gen -i '{"kty":"EC","crv":"P-256"}' -o "$SEALROOT_SECRETS/key.jwk" &&
            store_write key.jwk <"$SEALROOT_SECRETS/key.jwk" || return 1
        forget "$SEALROOT_SECRETS/key.jwk"
    fi
    OUTCOME="unusable key pair in $STORE"
    message_public "$CLIENT_KEY" || return 1
    OUTCOME=''
}

# registered: sets SUBKEY (base64url) and SECRET (hex), which an earlier run in this boot may have left.
registered() {
    SUBKEY='' SECRET=''
    [ -d "$SEALROOT_SECRETS/registration" ] || return 1
    IFS= read -r SUBKEY <"$SEALROOT_SECRETS/registration/subkey" || :
    SECRET=$(file_hex "$SEALROOT_SECRETS/registration/secret")
    is_bytes32 "$SUBKEY" && [ "${#SECRET}" -eq 64 ]
}

# register_ask: one attempt. Returns 1 with OUTCOME.
register_ask() {
    registered && return 0
    register_key && message_nonce || return 1
    printf '{"v":1,"server":"%s","nonce":"%s","epk":%s,"boot":"%s"}' "$SERVER" "$NONCE" "$EPK" "$BOOT" \
        >"$SEALROOT_SECRETS/request.json"
    exchange /v1/preseed/register register_open && registered
}

# register_open RESPONSE: verifies, decrypts, checks, keeps. CHECK names the step that refused.
register_open() {
    local plain="$SEALROOT_SECRETS/registration.json" status=0
    message_parts "$1" envelope && message_delegation preseed "$SEALROOT_ETC/trust/preseed.jwks" || return 1
    CHECK=signature
    jws_verify "$SEALROOT_SECRETS/message.jws" sealroot-preseed "$SEALROOT_SECRETS/delegated.jwk" \
        "$SEALROOT_SECRETS/envelope.jwe" || return 1
    jwe_decrypt "$SEALROOT_SECRETS/envelope.jwe" "$CLIENT_KEY" "$NONCE" "$plain" || return 1
    register_content "$plain" && register_keep "$plain" || status=1
    forget "$plain"
    return "$status"
}

# register_content FILE: every member is what it has to be, and answers our request.
register_content() {
    local nonce='' instance='' server='' exp='' version='' subkey='' secret=''
    CHECK=content
    json_list "$1" nonce instance server '#exp' '#v' subkey secret >"$SEALROOT_SECRETS/list" || return 1
    lines nonce instance server exp version subkey secret <"$SEALROOT_SECRETS/list"
    forget "$SEALROOT_SECRETS/list"
    is_bytes32 "$nonce" && is_instance "$instance" && is_server "$server" && is_number "$exp" && [ "$version" = 1 ] &&
        is_bytes32 "$subkey" && is_bytes32 "$secret" || return 1
    CHECK=nonce
    [ "$nonce" = "$NONCE" ] || return 1
    CHECK=instance
    [ "$instance" = "$INSTANCE" ] || return 1
    CHECK=server
    [ "$server" = "$SERVER" ] || return 1
    CHECK=expired
    message_now
    [ "$exp" -gt "$SECONDS_NOW" ] || return 1
    CHECK=ok
}

# register_keep FILE: subkey and secret in memory, both or none. The time of it is on the disk: the service repeats its
# answer for a while.
register_keep() {
    local new="$SEALROOT_SECRETS/registration.new"
    forget "$new"
    mkdir "$new" && json_string "$1" subkey >"$new/subkey" &&
        json_string "$1" secret | jose b64 dec -i- -O "$new/secret" || return 1
    [ "$(wc -c <"$new/secret")" -eq 32 ] || return 1
    message_now
    printf '%s\n' "$SECONDS_NOW" | store_write registered && mv -- "$new" "$SEALROOT_SECRETS/registration"
}
