# shellcheck shell=sh
# Signed and sealed messages (RFC 7515, RFC 7516) by latchset/jose. `jose` writes the payload even when verification
# fails: it goes to a file that nobody reads before the exit status is known, and that is removed when it is bad.

# jose_header FILE PARTS MEMBER...: FILE is a compact serialization of so many parts; prints these members of its
# protected header, one a line.
jose_header() {
    local file="$1" wanted="$2" compact='' rest='' parts=1
    IFS= read -r compact <"$file" || [ -n "$compact" ] || return 1
    case $compact in
    *[!A-Za-z0-9_.-]* | .*) return 1 ;;
    esac
    rest=$compact
    while [ "$rest" != "${rest#*.}" ]; do
        rest=${rest#*.} parts=$((parts + 1))
    done
    [ "$parts" -eq "$wanted" ] && [ "$(wc -c <"$file")" -eq "${#compact}" ] || return 1
    printf '%s' "${compact%%.*}" | jose b64 dec -i- -O "$SEALROOT_SECRETS/jose.header" 2>/dev/null || return 1
    # `crit` announces something that has to be understood; we understand none of it. Nor is there need for escapes,
    # which could spell it otherwise.
    ! grep -q -e '"crit"' -e '[\\]' "$SEALROOT_SECRETS/jose.header" || return 1
    shift 2
    json_list "$SEALROOT_SECRETS/jose.header" "$@"
}

# jws_verify JWS TYP KEYS OUT: ES256 by one of KEYS and of this type, or no OUT. Returns 1 for any failure.
jws_verify() {
    rm -f -- "$4"
    [ "$(jose_header "$1" 3 alg typ)" = "ES256$NEWLINE$2" ] || return 1
    timeout -k 2 20 jose jws ver -i "$1" -k "$3" -O "$4.unverified" >/dev/null 2>&1 &&
        mv -- "$4.unverified" "$4" && return 0
    forget "$4.unverified"
    return 1
}

# jwe_decrypt JWE KEY APV OUT: ECDH-ES with A256GCM, bound to APV, or no OUT. Returns 1 for any failure; CHECK is
# `nonce` when it was made for another APV.
jwe_decrypt() {
    local header=''
    rm -f -- "$4"
    CHECK=decrypt
    header=$(jose_header "$1" 5 alg enc apv) || return 1
    [ "${header%"$NEWLINE"*}" = "ECDH-ES${NEWLINE}A256GCM" ] || return 1
    if [ "${header##*"$NEWLINE"}" != "$3" ]; then
        CHECK=nonce
        return 1
    fi
    timeout -k 2 20 jose jwe dec -i "$1" -k "$2" -O "$4.unverified" >/dev/null 2>&1 &&
        mv -- "$4.unverified" "$4" && return 0
    forget "$4.unverified"
    return 1
}

# jwk_write KTY CRV X Y OUT: a P-256 key as its four public members and nothing else.
jwk_write() {
    [ "$1" = EC ] && [ "$2" = P-256 ] && is_bytes32 "$3" && is_bytes32 "$4" || return 1
    printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' "$3" "$4" >"$5"
}
