# shellcheck shell=sh
# HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869) from sha256sum and the shell's own printf: `openssl dgst -hmac` and
# `openssl kdf` take the key as an argument, which every process can read. Keys and digests are hex.

# sha256_hex: of stdin.
sha256_hex() {
    local digest=''
    digest=$(sha256sum) && printf %s "${digest%% *}"
}

# hmac_sha256 KEY: of stdin; prints hex. A key longer than a block is hashed first.
hmac_sha256() {
    local key="$1" inner='' outer='' left=64 byte=0 digest=''
    [ "${#key}" -le 128 ] || key=$(hex_bytes "$key" | sha256_hex)
    while [ "$left" -gt 0 ]; do
        byte=0
        if [ -n "$key" ]; then
            byte=$((0x${key%"${key#??}"}))
            key=${key#??}
        fi
        OCTAL=$inner && octal $((byte ^ 0x36)) && inner=$OCTAL
        OCTAL=$outer && octal $((byte ^ 0x5c)) && outer=$OCTAL
        left=$((left - 1))
    done
    digest=$({ printf %b "$inner" && cat; } | sha256_hex)
    { printf %b "$outer" && hex_bytes "$digest"; } | sha256_hex
}

# hkdf SECRET INFO: 32 bytes, with an empty salt (RFC 5869 section 2.2: as many zeros as a digest has). One block is all
# there is to expand.
hkdf() {
    local prk=''
    prk=$(hex_bytes "$1" | hmac_sha256 '')
    [ "${#prk}" -eq 64 ] || return 1
    printf '%s\001' "$2" | hmac_sha256 "$prk"
}
