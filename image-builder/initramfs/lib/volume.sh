# shellcheck shell=sh
# Formats and opens. Whether formatting is allowed is decided in persistent.sh, by a signed answer.

# volume_format DEVICE: keyslot 0 the disk key, keyslot 1 the recovery passphrase. The keys have full entropy, so the
# KDF is as cheap as cryptsetup allows; Argon2 would only cost memory that a small instance does not have.
volume_format() {
    _sector=512
    volume_size "$1"
    [ $((VOLUME_BYTES % 4096)) -ne 0 ] || _sector=4096
    OUTCOME="cannot format $1"
    timeout -k 5 120 cryptsetup luksFormat --batch-mode --type luks2 --uuid "$LUKS" --label "sealroot-$VOLUME" \
        --subsystem sealroot --cipher aes-xts-plain64 --key-size 512 --hash sha256 --sector-size "$_sector" \
        --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-slot 0 --luks2-metadata-size 16384 \
        --luks2-keyslots-size "$HEADER_KEYSLOTS_SIZE" --offset $((HEADER_DATA_OFFSET / 512)) \
        --key-file "$SEALROOT_SECRETS/key.0" "$1" >/dev/null 2>&1 || return 1
    token_write "$1" copying || return 1
    [ -s "$SEALROOT_SECRETS/key.recovery" ] || return 0
    OUTCOME="cannot add the recovery key to $1"
    timeout -k 5 60 cryptsetup luksAddKey --batch-mode --key-slot 1 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
        --hash sha256 --key-file "$SEALROOT_SECRETS/key.0" "$1" "$SEALROOT_SECRETS/key.recovery" >/dev/null 2>&1
}

volume_size() {
    VOLUME_BYTES=$(blockdev --getsize64 "$1" 2>/dev/null || wc -c <"$1")
}

# volume_open DEVICE KEYFILE SLOT: with the checked copy of the header. A keyslot is named, so that a key cannot be
# tried on one that somebody added.
volume_open() {
    timeout -k 5 60 cryptsetup open --type luks2 --header "$HEADER" --key-slot "$3" --key-file "$2" "$1" "$MAPPED" \
        >/dev/null 2>&1
}

# volume_close: after a failure nothing stays open that the next attempt would trip over.
volume_close() {
    umount "$SEALROOT_RUN/copy" 2>/dev/null || :
    [ ! -e "/dev/mapper/$MAPPED" ] || timeout -k 5 30 cryptsetup close "$MAPPED" >/dev/null 2>&1 || :
}

# volume_volatile DEVICE: plain dm-crypt; cryptsetup itself reads the key from the kernel. The first MiB stays blank:
# random data could look like a signature one day, and the device would be refused.
volume_volatile() {
    _sector=512
    volume_size "$1"
    [ $((VOLUME_BYTES % 4096)) -ne 0 ] || _sector=4096
    OUTCOME="cannot open $1 with a volatile key"
    timeout -k 5 60 cryptsetup open --batch-mode --type plain --cipher aes-xts-plain64 --key-size 512 \
        --sector-size "$_sector" --offset 2048 --key-file /dev/random "$1" "$MAPPED" >/dev/null 2>&1
}
