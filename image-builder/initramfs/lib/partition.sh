# shellcheck shell=sh
# device=free: a new partition in the free space of the boot disk.

# device_free: the partition named sealroot-VOLUME, made when it is not there yet. A power cut after it was made and
# before it was formatted leaves it blank: the next boot takes it by its name.
device_free() {
    OUTCOME='no sfdisk in this image'
    command -v sfdisk >/dev/null || return 1
    base_find || return 1
    partition_named || { partition_make && partition_named; } || return 1
    device_probe "$DEVICE_PATH"
    device_acceptable && return 0
    OUTCOME="refusing $DEVICE_PATH: $PROBE"
    return 1
}

# partition_disk: sets DISK, the whole disk that holds BASE.
partition_disk() {
    _entry=$(readlink -f "$SEALROOT_SYS/class/block/${BASE##*/}") || return 1
    OUTCOME="the base root $BASE is not on a partition"
    [ -e "$_entry/partition" ] || return 1
    _entry=${_entry%/*}
    DISK=$SEALROOT_DEV/${_entry##*/}
}

# partition_named: sets DEVICE_PATH to our partition of DISK.
partition_named() {
    partition_disk || return 1
    for _entry in "$SEALROOT_SYS/class/block/${DISK##*/}"/*/uevent; do
        grep -qx "PARTNAME=sealroot-$VOLUME" "$_entry" 2>/dev/null || continue
        _entry=${_entry%/uevent}
        DEVICE_PATH=$SEALROOT_DEV/${_entry##*/}
        return 0
    done
    OUTCOME="no free space on $DISK"
    return 1
}

# partition_make: GPT only. At least 1 GiB, or it would not hold a root.
partition_make() {
    partition_disk || return 1
    # A disk that has grown keeps its backup table in the middle until it is moved.
    timeout -k 2 20 sfdisk --quiet --relocate gpt-bak-std "$DISK" >/dev/null 2>&1 || :
    OUTCOME="no free space on $DISK"
    printf 'size=+, name="sealroot-%s"\n' "$VOLUME" |
        timeout -k 2 20 sfdisk --quiet --append --no-reread --no-tell-kernel --dry-run "$DISK" >/dev/null 2>&1 || return 1
    _free=$(timeout -k 2 20 sfdisk --quiet --bytes --list-free "$DISK" 2>/dev/null | tail -n 1)
    # "Start End Sectors Size" of the last gap.
    # shellcheck disable=SC2086
    set -- $_free
    is_number "${4:-}" && [ "$4" -ge 1073741824 ] || return 1
    printf 'start=%s, size=%s, name="sealroot-%s"\n' "$1" "$3" "$VOLUME" |
        timeout -k 2 20 sfdisk --quiet --append --wipe never "$DISK" >/dev/null 2>&1 || return 1
    command -v udevadm >/dev/null && udevadm settle --timeout=10
    return 0
}
