# shellcheck shell=sh
# Formats, opens and closes. Whether formatting is allowed is decided in keyserver.sh, by a signed answer.

# crypt_format VOLUME: keyslot 0 the disk key, keyslot 1 the recovery passphrase if there is one. The keys have full
# entropy, so the KDF is as cheap as cryptsetup allows; Argon2 would only cost memory that a small instance does not
# have. Returns 1 with OUTCOME.
crypt_format() {
    local key="$VOLUMES/$1/key.0" recovery_key="$VOLUMES/$1/key.recovery" device='' luks=''
    volume_get "$1" device luks
    crypt_sector "$device"
    OUTCOME="cannot format $device"
    timeout -k 5 120 cryptsetup luksFormat --batch-mode --type luks2 --uuid "$luks" --label "sealroot-$1" \
        --subsystem sealroot --cipher aes-xts-plain64 --key-size 512 --hash sha256 --sector-size "$SECTOR" \
        --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-slot 0 --luks2-metadata-size 16384 \
        --luks2-keyslots-size "$HEADER_KEYSLOTS_SIZE" --offset $((HEADER_DATA_OFFSET / 512)) \
        --key-file "$key" "$device" >/dev/null 2>&1 || return 1
    token_write "$1" copying || return 1
    [ -s "$recovery_key" ] || return 0
    OUTCOME="cannot add the recovery key to $device"
    timeout -k 5 60 cryptsetup luksAddKey --batch-mode --key-slot 1 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
        --hash sha256 --key-file "$key" "$device" "$recovery_key" >/dev/null 2>&1
}

# crypt_sector DEVICE: sets SECTOR, the size in bytes that dm-crypt is to encrypt in: 4096 where the device allows it.
crypt_sector() {
    local bytes=0
    SECTOR=512
    bytes=$(blockdev --getsize64 "$1" 2>/dev/null || wc -c <"$1")
    [ $((bytes % 4096)) -ne 0 ] || SECTOR=4096
}

# crypt_open VOLUME KEYFILE SLOT: with the checked copy of the header. A keyslot is named, so that a key cannot be
# tried on one that somebody added. Returns 1 when the key does not open it.
crypt_open() {
    local device=''
    volume_get "$1" device
    timeout -k 5 60 cryptsetup open --type luks2 --header "$VOLUMES/$1/header" --key-slot "$3" --key-file "$2" \
        "$device" "sealroot-$1" >/dev/null 2>&1
}

# crypt_open_volatile VOLUME: plain dm-crypt; cryptsetup itself reads the key from the kernel. The first MiB stays blank:
# random data could look like a signature one day, and the device would be refused. Returns 1 with OUTCOME.
crypt_open_volatile() {
    local device=''
    volume_get "$1" device
    crypt_sector "$device"
    OUTCOME="cannot open $device with a volatile key"
    timeout -k 5 60 cryptsetup open --batch-mode --type plain --cipher aes-xts-plain64 --key-size 512 \
        --sector-size "$SECTOR" --offset 2048 --key-file /dev/random "$device" "sealroot-$1" >/dev/null 2>&1
}

# crypt_is_open VOLUME: its mapping is there.
crypt_is_open() {
    is_block "$SEALROOT_DEV/mapper/sealroot-$1"
}

# crypt_close VOLUME: unmounts and closes it if it is open, so that the next attempt finds nothing in its way.
crypt_close() {
    umount "$SEALROOT_RUN/volumes/$1/mount" 2>/dev/null || :
    [ ! -e "$SEALROOT_DEV/mapper/sealroot-$1" ] || timeout -k 5 30 cryptsetup close "sealroot-$1" >/dev/null 2>&1 || :
}
