# shellcheck shell=sh
# Our LUKS2 token: what the next boot presents to the keyserver. Whoever writes to the disk can write it, so it is
# read like anything else from outside.

# token_read: from METADATA; sets SEALED TICKET RECOVERY TOKEN_STATE, each empty when absent or malformed.
token_read() {
    SEALED='' TICKET='' TOKEN_STATE=''
    if json_list "$METADATA" tokens/0/type tokens/0/state tokens/0/sealed tokens/0/ticket >"$SEALROOT_SECRETS/list"; then
        lines "$SEALROOT_SECRETS/list"
        [ "$L1" != sealroot ] || TOKEN_STATE=$L2 SEALED=$L3 TICKET=$L4
    fi
    RECOVERY=$(json_string "$METADATA" tokens/0/recovery)
    is_base64url "$SEALED" 1400 || SEALED=
    is_bytes32 "$TICKET" || TICKET=
    is_base64url "$RECOVERY" 1400 || RECOVERY=
    [ "$TOKEN_STATE" = copied ] || [ "$TOKEN_STATE" = copying ] || TOKEN_STATE=
}

# token_write DEVICE STATE: SEALED, TICKET and RECOVERY as they are now. One metadata transaction in cryptsetup:
# it writes one of the two copies after the other, so a power cut leaves the old token or the new one.
token_write() {
    _token=$SEALROOT_SECRETS/token.json
    {
        printf '{"type":"sealroot","keyslots":["0"],"v":"1","volume":"%s","instance":"%s","state":"%s"' \
            "$VOLUME" "$INSTANCE" "$2"
        [ -z "$SEALED" ] || printf ',"sealed":"%s"' "$SEALED"
        [ -z "$TICKET" ] || printf ',"ticket":"%s"' "$TICKET"
        [ -z "$RECOVERY" ] || printf ',"recovery":"%s"' "$RECOVERY"
        printf '}'
    } >"$_token"
    OUTCOME="cannot write the token into the header of $1"
    timeout -k 5 60 cryptsetup token import --token-id 0 --token-replace --json-file "$_token" "$1" >/dev/null 2>&1 &&
        sync || return 1
    OUTCOME=''
}
