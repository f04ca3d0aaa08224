# shellcheck shell=sh
# The LUKS2 header. It is not authenticated, so it is copied to RAM, compared with the only form that we write
# (CVE-2025-59054 and its kin), and the device is opened with that copy as a detached header.

# The data starts at 16 MiB whatever the size of the keyslot area; a small area is a small copy at every boot.
HEADER_DATA_OFFSET=16777216
HEADER_KEYSLOTS_SIZE=4161536

# header_copy VOLUME: header and metadata.json of the volume are those on its device; sets the state header_uuid. Returns
# 1 with OUTCOME.
header_copy() {
    local header="$VOLUMES/$1/header" metadata="$VOLUMES/$1/metadata.json" device='' uuid=''
    volume_get "$1" device
    rm -f -- "$header" "$metadata"
    OUTCOME="the LUKS2 header on $device cannot be read"
    timeout -k 2 60 cryptsetup luksHeaderBackup --batch-mode --header-backup-file "$header" "$device" >/dev/null 2>&1 &&
        timeout -k 2 30 cryptsetup luksDump --dump-json-metadata "$header" >"$metadata" 2>/dev/null &&
        uuid=$(timeout -k 2 30 cryptsetup luksUUID "$header" 2>/dev/null) && is_uuid "$uuid" || return 1
    volume_set "$1" header_uuid "$uuid"
    OUTCOME=''
}

# header_check VOLUME: metadata.json, but for its tokens, equals what header_expected builds; else OUTCOME names the first
# field that does not. Equality leaves no room for a member that nobody thought of.
header_check() {
    local here="$VOLUMES/$1/metadata.here" expected="$VOLUMES/$1/metadata.expected"
    OUTCOME='the LUKS2 header is damaged'
    jose fmt -j "$VOLUMES/$1/metadata.json" -Od tokens -o "$here" 2>/dev/null || return 1
    header_expected "$VOLUMES/$1/metadata.json" >"$expected"
    if json_equal "$here" "$expected"; then
        OUTCOME=''
        return 0
    fi
    header_difference "$here" "$expected"
    OUTCOME="refusing the LUKS2 header: field not allowed: $FIELD"
    return 1
}

# header_expected METADATA: prints the metadata of a header as we write it. Only what differs from volume to volume is
# taken from METADATA, and each of those has to be of its form.
header_expected() {
    local sector='' digest_iterations='' digest_salt='' digest='' iterations='' salt='' second_iterations='' second_salt=''
    local slots='"0"' second=''
    json_list "$1" '#segments/0/sector_size' '#digests/0/iterations' digests/0/salt digests/0/digest \
        '#keyslots/0/kdf/iterations' keyslots/0/kdf/salt >"$SEALROOT_SECRETS/list" || :
    lines sector digest_iterations digest_salt digest iterations salt <"$SEALROOT_SECRETS/list"
    # A volume that was not given a recovery key has one keyslot.
    if json_list "$1" '#keyslots/1/kdf/iterations' keyslots/1/kdf/salt >"$SEALROOT_SECRETS/list"; then
        lines second_iterations second_salt <"$SEALROOT_SECRETS/list"
        slots='"0","1"' second=yes
    fi
    [ "$sector" = 512 ] || sector=4096
    printf '{"keyslots":{"0":'
    header_keyslot 0 "$iterations" "$salt"
    [ -z "$second" ] || {
        printf ',"1":'
        header_keyslot 1 "$second_iterations" "$second_salt"
    }
    printf '},"segments":{"0":{"type":"crypt","offset":"%s","size":"dynamic","iv_tweak":"0",' "$HEADER_DATA_OFFSET"
    printf '"encryption":"aes-xts-plain64","sector_size":%s}},' "$sector"
    printf '"digests":{"0":{"type":"pbkdf2","keyslots":[%s],"segments":["0"],"hash":"sha256",' "$slots"
    header_form "$digest_iterations" "$digest_salt" "$digest"
    printf '"iterations":%s,"salt":"%s","digest":"%s"}},' "$ITERATIONS" "$SALT" "$DIGEST"
    printf '"config":{"json_size":"12288","keyslots_size":"%s"}}\n' "$HEADER_KEYSLOTS_SIZE"
}

# header_keyslot N ITERATIONS SALT: areas lie one behind the other after the two copies of the metadata.
header_keyslot() {
    header_form "$2" "$3" ''
    printf '{"type":"luks2","key_size":64,"af":{"type":"luks1","stripes":4000,"hash":"sha256"},'
    printf '"area":{"type":"raw","offset":"%s","size":"258048",' "$((32768 + $1 * 258048))"
    printf '"encryption":"aes-xts-plain64","key_size":64},'
    printf '"kdf":{"type":"pbkdf2","hash":"sha256","iterations":%s,"salt":"%s"}}' "$ITERATIONS" "$SALT"
}

# header_form ITERATIONS SALT DIGEST: sets the same in capitals, or to something that no header contains: 1000 to
# 9,999,999 iterations (fewer than cryptsetup allows, or enough to stop a boot, are no mistake), 32 bytes in base64.
header_form() {
    ITERATIONS=-1 SALT=- DIGEST=-
    ! is_number "$1" || [ "${#1}" -gt 7 ] || [ "$1" -lt 1000 ] || ITERATIONS=$1
    ! header_base64 "$2" || SALT=$2
    ! header_base64 "$3" || DIGEST=$3
}

header_base64() {
    case $1 in
    *[!A-Za-z0-9+/=]*) return 1 ;;
    *=) [ "${#1}" -eq 44 ] ;;
    *) return 1 ;;
    esac
}

# header_difference HERE EXPECTED: sets FIELD to the first difference between these files.
header_difference() {
    local field='' path='' here='' there=''
    FIELD=metadata
    for field in segments/0/type segments/0/encryption segments/0/offset segments/0/size segments/0/iv_tweak \
        segments/0/sector_size segments/0 segments \
        keyslots/0/type keyslots/0/key_size keyslots/0/af keyslots/0/area/encryption keyslots/0/area keyslots/0/kdf \
        keyslots/0 keyslots/1/type keyslots/1/key_size keyslots/1/af keyslots/1/area/encryption keyslots/1/area \
        keyslots/1/kdf keyslots/1 keyslots digests/0/type digests/0/hash digests/0/iterations digests/0/keyslots \
        digests/0/segments digests/0 digests config/requirements config/flags config/json_size config/keyslots_size \
        config; do
        path=$(printf '%s' "/$field" | sed 's:/: -g :g')
        # shellcheck disable=SC2086
        here=$(jose fmt -j "$1" $path -o- 2>/dev/null)
        # shellcheck disable=SC2086
        there=$(jose fmt -j "$2" $path -o- 2>/dev/null)
        [ "$here" = "$there" ] && continue
        FIELD=$(printf '%s' "$field" | tr / .)
        return
    done
}

# header_digest VOLUME: sets the state digest, SHA-256 of the security-relevant metadata in canonical form (SPEC.md
# section 7). Returns 1 when there is none.
header_digest() {
    local header_uuid='' hash=''
    volume_get "$1" header_uuid
    hash=$(jose fmt -j "$VOLUMES/$1/metadata.json" -Od tokens -q "$header_uuid" -s uuid -U -o- 2>/dev/null | sha256sum)
    hash=$(hex_bytes "${hash%% *}" | jose b64 enc -I-)
    is_bytes32 "$hash" && volume_set "$1" digest "$hash"
}
