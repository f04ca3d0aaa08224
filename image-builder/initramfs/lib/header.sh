# shellcheck shell=sh
# The LUKS2 header. It is not authenticated, so it is copied to RAM, compared with the only form that we write
# (CVE-2025-59054 and its kin), and the device is opened with that copy as a detached header.

# The data starts at 16 MiB whatever the size of the keyslot area; a small area is a small copy at every boot.
HEADER_DATA_OFFSET=16777216
HEADER_KEYSLOTS_SIZE=4161536

# header_copy DEVICE: the copy is in HEADER, its metadata in METADATA; sets HEADER_UUID.
header_copy() {
    HEADER=$SEALROOT_SECRETS/header METADATA=$SEALROOT_SECRETS/metadata.json
    rm -f -- "$HEADER" "$METADATA"
    OUTCOME="the LUKS2 header on $1 cannot be read"
    timeout -k 2 60 cryptsetup luksHeaderBackup --batch-mode --header-backup-file "$HEADER" "$1" >/dev/null 2>&1 &&
        header_read
}

# header_read: METADATA and HEADER_UUID from the copy.
header_read() {
    timeout -k 2 30 cryptsetup luksDump --dump-json-metadata "$HEADER" >"$METADATA" 2>/dev/null || return 1
    HEADER_UUID=$(timeout -k 2 30 cryptsetup luksUUID "$HEADER" 2>/dev/null) && is_uuid "$HEADER_UUID" || return 1
    OUTCOME=''
}

# header_check: METADATA, but for its tokens, equals what header_expected builds; else OUTCOME names the first field
# that does not. Equality leaves no room for a member that nobody thought of.
header_check() {
    OUTCOME='the LUKS2 header is damaged'
    jose fmt -j "$METADATA" -Od tokens -o "$SEALROOT_SECRETS/metadata.here" 2>/dev/null || return 1
    header_expected >"$SEALROOT_SECRETS/metadata.expected"
    if json_equal "$SEALROOT_SECRETS/metadata.here" "$SEALROOT_SECRETS/metadata.expected"; then
        OUTCOME=''
        return 0
    fi
    header_difference
    OUTCOME="refusing the LUKS2 header: field not allowed: $FIELD"
    return 1
}

# header_expected: prints the metadata of a header as we write it. Only what differs from volume to volume is taken
# from METADATA, and each of those has to be of its form.
header_expected() {
    json_list "$METADATA" '#segments/0/sector_size' '#digests/0/iterations' digests/0/salt digests/0/digest \
        '#keyslots/0/kdf/iterations' keyslots/0/kdf/salt >"$SEALROOT_SECRETS/list" || :
    lines "$SEALROOT_SECRETS/list"
    # A volume that was not given a recovery key has one keyslot.
    _slots='"0"' _second=''
    if json_list "$METADATA" '#keyslots/1/kdf/iterations' keyslots/1/kdf/salt >"$SEALROOT_SECRETS/list"; then
        {
            read -r _iterations
            read -r _salt
        } <"$SEALROOT_SECRETS/list"
        _slots='"0","1"' _second=yes
    fi
    [ "$L1" = 512 ] || L1=4096
    printf '{"keyslots":{"0":'
    header_keyslot 0 "$L5" "$L6"
    [ -z "$_second" ] || {
        printf ',"1":'
        header_keyslot 1 "$_iterations" "$_salt"
    }
    printf '},"segments":{"0":{"type":"crypt","offset":"%s","size":"dynamic","iv_tweak":"0",' "$HEADER_DATA_OFFSET"
    printf '"encryption":"aes-xts-plain64","sector_size":%s}},' "$L1"
    printf '"digests":{"0":{"type":"pbkdf2","keyslots":[%s],"segments":["0"],"hash":"sha256",' "$_slots"
    header_form "$L2" "$L3" "$L4"
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

# header_difference: sets FIELD to the first difference between metadata.here and metadata.expected.
header_difference() {
    FIELD=metadata
    for _field in segments/0/type segments/0/encryption segments/0/offset segments/0/size segments/0/iv_tweak \
        segments/0/sector_size segments/0 segments \
        keyslots/0/type keyslots/0/key_size keyslots/0/af keyslots/0/area/encryption keyslots/0/area keyslots/0/kdf \
        keyslots/0 keyslots/1/type keyslots/1/key_size keyslots/1/af keyslots/1/area/encryption keyslots/1/area \
        keyslots/1/kdf keyslots/1 keyslots digests/0/type digests/0/hash digests/0/iterations digests/0/keyslots \
        digests/0/segments digests/0 digests config/requirements config/flags config/json_size config/keyslots_size \
        config; do
        _path=$(printf '%s' "/$_field" | sed 's:/: -g :g')
        # shellcheck disable=SC2086
        _here=$(jose fmt -j "$SEALROOT_SECRETS/metadata.here" $_path -o- 2>/dev/null)
        # shellcheck disable=SC2086
        _there=$(jose fmt -j "$SEALROOT_SECRETS/metadata.expected" $_path -o- 2>/dev/null)
        [ "$_here" = "$_there" ] && continue
        FIELD=$(printf '%s' "$_field" | tr / .)
        return
    done
}

# header_digest: sets HEADER_DIGEST, SHA-256 of the security-relevant metadata in canonical form (SPEC.md section 7).
header_digest() {
    _hex=$(jose fmt -j "$METADATA" -Od tokens -q "$HEADER_UUID" -s uuid -U -o- 2>/dev/null | sha256sum)
    _hex=${_hex%% *}
    _octal=
    while [ -n "$_hex" ]; do
        _byte=${_hex%"${_hex#??}"} _hex=${_hex#??}
        _byte=$((0x$_byte))
        _octal="$_octal\\0$((_byte / 64))$((_byte / 8 % 8))$((_byte % 8))"
    done
    HEADER_DIGEST=$(printf '%b' "$_octal" | jose b64 enc -I-)
    is_bytes32 "$HEADER_DIGEST"
}
