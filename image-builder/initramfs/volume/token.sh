# shellcheck shell=sh
# Our LUKS2 token: what the next boot presents to the keyserver. An attacker who writes to the disk can write it, so it is
# read like anything else from outside.

# token_read VOLUME: from metadata.json; sets the state token_state, sealed, ticket and recovery, each empty when absent
# or malformed.
token_read() {
    local metadata="$VOLUMES/$1/metadata.json" type='' state='' sealed='' ticket='' recovery=''
    if json_list "$metadata" tokens/0/type tokens/0/state tokens/0/sealed tokens/0/ticket >"$SEALROOT_SECRETS/list"; then
        lines type state sealed ticket <"$SEALROOT_SECRETS/list"
        [ "$type" = sealroot ] || state='' sealed='' ticket=''
    fi
    recovery=$(json_string "$metadata" tokens/0/recovery)
    is_base64url "$sealed" 1400 || sealed=
    is_bytes32 "$ticket" || ticket=
    is_base64url "$recovery" 1400 || recovery=
    [ "$state" = copied ] || [ "$state" = copying ] || state=
    volume_set "$1" token_state "$state" sealed "$sealed" ticket "$ticket" recovery "$recovery"
}

# token_write VOLUME STATE: STATE is copying or copied; sealed, ticket and recovery as they are now. One metadata
# transaction in cryptsetup: it writes one of the two copies after the other, so a power cut leaves the old token or the
# new one. Returns 1 with OUTCOME.
token_write() {
    local token="$VOLUMES/$1/token.json" device='' sealed='' ticket='' recovery=''
    volume_get "$1" device sealed ticket recovery
    {
        printf '{"type":"sealroot","keyslots":["0"],"v":"1","volume":"%s","instance":"%s","state":"%s"' \
            "$1" "$INSTANCE" "$2"
        [ -z "$sealed" ] || printf ',"sealed":"%s"' "$sealed"
        [ -z "$ticket" ] || printf ',"ticket":"%s"' "$ticket"
        [ -z "$recovery" ] || printf ',"recovery":"%s"' "$recovery"
        printf '}'
    } >"$token"
    OUTCOME="cannot write the token into the header of $device"
    timeout -k 5 60 cryptsetup token import --token-id 0 --token-replace --json-file "$token" "$device" >/dev/null 2>&1 &&
        sync || return 1
    OUTCOME=''
}
