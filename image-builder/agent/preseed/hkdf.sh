# shellcheck shell=sh
# HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869) from sha256sum and the shell's own printf: `openssl dgst -hmac` and
# `openssl kdf` take the key as an argument, which every process can read. Keys and digests are hex.

# octal BYTE: appends the escape of a byte (0 to 255) to OCTAL, for printf %b.
octal() {
    OCTAL="$OCTAL\\0$(($1 >> 6))$(($1 >> 3 & 7))$(($1 & 7))"
}

# hex_bytes HEX: prints the bytes.
hex_bytes() {
    OCTAL='' _hex=$1
    while [ -n "$_hex" ]; do
        octal "0x${_hex%"${_hex#??}"}"
        _hex=${_hex#??}
    done
    printf %b "$OCTAL"
}

# file_hex FILE: prints the bytes of a file as hex.
file_hex() {
    od -An -v -tx1 <"$1" | tr -d ' \n'
}

# sha256_hex: of stdin.
sha256_hex() {
    _digest=$(sha256sum) && printf %s "${_digest%% *}"
}

# hmac_sha256 KEY: of stdin; prints hex. A key longer than a block is hashed first.
hmac_sha256() {
    _key=$1
    [ "${#_key}" -le 128 ] || _key=$(hex_bytes "$_key" | sha256_hex)
    _inner='' _outer='' _left=64
    while [ "$_left" -gt 0 ]; do
        _byte=0
        if [ -n "$_key" ]; then
            _byte=$((0x${_key%"${_key#??}"}))
            _key=${_key#??}
        fi
        OCTAL=$_inner && octal $((_byte ^ 0x36)) && _inner=$OCTAL
        OCTAL=$_outer && octal $((_byte ^ 0x5c)) && _outer=$OCTAL
        _left=$((_left - 1))
    done
    _digest=$({ printf %b "$_inner" && cat; } | sha256_hex)
    { printf %b "$_outer" && hex_bytes "$_digest"; } | sha256_hex
}

# hkdf SECRET INFO: 32 bytes, with an empty salt (RFC 5869 section 2.2: as many zeros as a digest has). One block is all
# there is to expand.
hkdf() {
    _prk=$(hex_bytes "$1" | hmac_sha256 '')
    [ "${#_prk}" -eq 64 ] || return 1
    printf '%s\001' "$2" | hmac_sha256 "$_prk"
}
