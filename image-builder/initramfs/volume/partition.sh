# shellcheck shell=sh
# device=free: a new partition in the free space of the boot disk.

# device_free VOLUME KINDS: the partition named sealroot-VOLUME, made when it is not there yet. A power cut after it was
# made and before it was formatted leaves it blank: the next boot takes it by its name. Returns 1 with OUTCOME.
device_free() {
    OUTCOME='no sfdisk in this image'
    command -v sfdisk >/dev/null || return 1
    base_find || return 1
    partition_named "$1" || { partition_make "$1" && partition_named "$1"; } || return 1
    device_judge "$1" "$2" "$PARTITION"
}

# partition_disk: sets DISK, the whole disk that holds the base root. Returns 1 with OUTCOME.
partition_disk() {
    local entry=''
    OUTCOME="the base root $BASE is not on a partition"
    entry=$(readlink -f "$SEALROOT_SYS/class/block/${BASE##*/}") || return 1
    [ -e "$entry/partition" ] || return 1
    entry=${entry%/*}
    DISK=$SEALROOT_DEV/${entry##*/}
}

# partition_named VOLUME: sets PARTITION to the volume's partition of the boot disk. Returns 1 with OUTCOME.
partition_named() {
    local entry=''
    partition_disk || return 1
    for entry in "$SEALROOT_SYS/class/block/${DISK##*/}"/*/uevent; do
        grep -qx "PARTNAME=sealroot-$1" "$entry" 2>/dev/null || continue
        entry=${entry%/uevent}
        PARTITION=$SEALROOT_DEV/${entry##*/}
        return 0
    done
    OUTCOME="no free space on $DISK"
    return 1
}

# partition_make VOLUME: GPT only. At least 1 GiB, or it would not hold a root. Returns 1 with OUTCOME.
partition_make() {
    local volume="$1" free=''
    partition_disk || return 1
    # A disk that has grown keeps its backup table in the middle until it is moved.
    timeout -k 2 20 sfdisk --quiet --relocate gpt-bak-std "$DISK" >/dev/null 2>&1 || :
    OUTCOME="no free space on $DISK"
    printf 'size=+, name="sealroot-%s"\n' "$volume" |
        timeout -k 2 20 sfdisk --quiet --append --no-reread --no-tell-kernel --dry-run "$DISK" >/dev/null 2>&1 || return 1
    free=$(timeout -k 2 20 sfdisk --quiet --bytes --list-free "$DISK" 2>/dev/null | tail -n 1)
    # "Start End Sectors Size" of the last gap.
    # shellcheck disable=SC2086
    set -- $free
    is_number "${4:-}" && [ "$4" -ge 1073741824 ] || return 1
    printf 'start=%s, size=%s, name="sealroot-%s"\n' "$1" "$3" "$volume" |
        timeout -k 2 20 sfdisk --quiet --append --wipe never "$DISK" >/dev/null 2>&1 || return 1
    command -v udevadm >/dev/null && udevadm settle --timeout=10
    return 0
}
