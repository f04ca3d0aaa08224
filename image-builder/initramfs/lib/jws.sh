# shellcheck shell=sh
# Signed and sealed messages (RFC 7515, RFC 7516) by latchset/jose. `jose` writes the payload even when verification
# fails: it goes to a file that nobody reads before the exit status is known, and that is removed when it is bad.

# jose_header FILE PARTS OUT: FILE is a compact serialization of so many parts; its protected header goes to OUT.
jose_header() {
    IFS= read -r _compact <"$1" || [ -n "$_compact" ] || return 1
    case $_compact in
    *[!A-Za-z0-9_.-]* | .*) return 1 ;;
    esac
    _dots=$(printf '%s' "$_compact" | tr -cd .)
    [ "${#_dots}" -eq $(($2 - 1)) ] && [ "$(wc -c <"$1")" -eq "${#_compact}" ] || return 1
    printf '%s' "${_compact%%.*}" | jose b64 dec -i- -O "$3" 2>/dev/null && is_json_object "$3" || return 1
    # `crit` announces something that has to be understood; we understand none of it.
    ! json_has "$3" crit
}

# jws_verify JWS TYP KEYS OUT: ES256 by one of KEYS and of this type, or no OUT. Returns 1 for any failure.
jws_verify() {
    rm -f -- "$4"
    jose_header "$1" 3 "$SEALROOT_SECRETS/jws.header" || return 1
    [ "$(json_string "$SEALROOT_SECRETS/jws.header" alg)" = ES256 ] &&
        [ "$(json_string "$SEALROOT_SECRETS/jws.header" typ)" = "$2" ] || return 1
    timeout -k 2 20 jose jws ver -i "$1" -k "$3" -O "$4.unverified" >/dev/null 2>&1 &&
        mv -- "$4.unverified" "$4" && return 0
    forget "$4.unverified"
    return 1
}

# jwe_decrypt JWE KEY APV OUT: ECDH-ES with A256GCM, bound to APV, or no OUT. Returns 1 for any failure.
jwe_decrypt() {
    rm -f -- "$4"
    jose_header "$1" 5 "$SEALROOT_SECRETS/jwe.header" || return 1
    [ "$(json_string "$SEALROOT_SECRETS/jwe.header" alg)" = ECDH-ES ] &&
        [ "$(json_string "$SEALROOT_SECRETS/jwe.header" enc)" = A256GCM ] &&
        [ "$(json_string "$SEALROOT_SECRETS/jwe.header" apv)" = "$3" ] || return 1
    timeout -k 2 20 jose jwe dec -i "$1" -k "$2" -O "$4.unverified" >/dev/null 2>&1 &&
        mv -- "$4.unverified" "$4" && return 0
    forget "$4.unverified"
    return 1
}

# jwk_public_of JWK OUT [MEMBER]: rewrites a P-256 key as its four public members and nothing else.
jwk_public_of() {
    [ "$(json_string "$1" ${3+"$3"} kty)" = EC ] && [ "$(json_string "$1" ${3+"$3"} crv)" = P-256 ] || return 1
    _x=$(json_string "$1" ${3+"$3"} x) && _y=$(json_string "$1" ${3+"$3"} y) || return 1
    is_bytes32 "$_x" && is_bytes32 "$_y" || return 1
    printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' "$_x" "$_y" >"$2"
}
