# shellcheck shell=sh
# The layout `copy`: the base root is copied into a volume, and the copy becomes the root.

# copy_base VOLUME: fills an opened volume, with the blocks of the base that are in use only. Returns 1 with OUTCOME.
copy_base() {
    base_find && copy_check "$1" || return 1
    say "copying the base root ($BASE) into the encrypted device"
    copy_blocks "$1" || return 1
    step finish
    copy_finish "$1" && copy_fstab "$1"
}

# copy_root VOLUME: sets ROOT_DEVICE and SUMMARY, as mode_root does for the modes of this layout.
copy_root() {
    local how='' luks=''
    volume_get "$1" how luks
    ROOT_DEVICE=/dev/mapper/sealroot-$1
    SUMMARY="the root is encrypted ($how${luks:+, volume $luks})"
    crypt_is_open "$1" && return 0
    OUTCOME="$ROOT_DEVICE is not open"
    return 1
}

# copy_verify VOLUME MOUNTPOINT: what is mounted there is the opened volume. Returns 1 with OUTCOME.
copy_verify() {
    mounted_from "$2"
    [ "$MOUNTED_FROM" != "/dev/mapper/sealroot-$1" ] || return 0
    OUTCOME="the root is ${MOUNTED_FROM:-not mounted}, not the encrypted device"
    return 1
}

# copy_check VOLUME: the base is what can be copied, and at rest. Returns 1 with OUTCOME.
copy_check() {
    local status=0
    OUTCOME="the base root $BASE is not ext4: only ext4 can be copied"
    [ "$(blkid -c /dev/null -p -s TYPE -o value "$BASE" 2>/dev/null)" = ext4 ] || return 1
    OUTCOME="the base root $BASE is mounted"
    ! grep -q "^$BASE " "$SEALROOT_PROC/mounts" || return 1
    # e2image goes by the bitmaps on the disk: with a journal that was not replayed they lack what is newest.
    timeout -k 2 60 dumpe2fs -h "$BASE" 2>/dev/null | grep -q '^Filesystem features:.* needs_recovery' || return 0
    OUTCOME="the base root $BASE was not unmounted, and its journal cannot be replayed"
    timeout -k 5 600 e2fsck -p "$BASE" >"$SEALROOT_RUN/volumes/$1/e2fsck.log" 2>&1 </dev/null || status=$?
    [ "$status" -le 1 ]
}

# copy_blocks VOLUME: e2image reports " 123 / 456 blocks (27%) ..." once a second on one line, which it erases each time.
copy_blocks() {
    local failed="$SEALROOT_RUN/volumes/$1/copy.failed"
    OUTCOME="copying $BASE failed"
    rm -f -- "$failed"
    {
        timeout -k 5 3600 e2image -ra -p "$BASE" "$SEALROOT_DEV/mapper/sealroot-$1" 2>&1 </dev/null || echo "$?" >"$failed"
    } | tr '\r\b' '\n' | copy_progress
    [ ! -e "$failed" ]
}

# copy_progress: one line on the console about every ten percent.
copy_progress() {
    local next=10 line=''
    while IFS= read -r line; do
        case $line in
        *' blocks ('*'%)'*)
            line=${line#*'('}
            line=${line%%'%'*}
            is_number "$line" && [ "$line" -ge "$next" ] || continue
            next=$((line - line % 10 + 10))
            say "copied $line percent"
            ;;
        esac
    done
}

# copy_finish VOLUME: the copy gets its own size, UUID and label, so that nothing takes one for the other.
copy_finish() {
    local target="$SEALROOT_DEV/mapper/sealroot-$1" logs="$SEALROOT_RUN/volumes/$1" status=0
    OUTCOME='the copy has errors that e2fsck cannot repair'
    timeout -k 5 1800 e2fsck -f -y "$target" >"$logs/e2fsck.log" 2>&1 </dev/null || status=$?
    # 1: errors were corrected, such as the journal of a base that was not unmounted cleanly.
    [ "$status" -le 1 ] || return 1
    OUTCOME='cannot give the copy a UUID of its own'
    timeout -k 5 600 tune2fs -U random -L sealroot "$target" >"$logs/tune2fs.log" 2>&1 </dev/null || return 1
    OUTCOME='the copy cannot be resized (is the device smaller than the base root?)'
    timeout -k 5 1800 resize2fs "$target" >"$logs/resize2fs.log" 2>&1 </dev/null || return 1
    OUTCOME=''
}

# copy_fstab VOLUME: / is the mapped device; /boot, /boot/efi and all other lines stay.
copy_fstab() {
    local mountpoint="$SEALROOT_RUN/volumes/$1/mount" status=1
    mkdir -p "$mountpoint"
    OUTCOME='cannot mount the copy'
    mount -t ext4 -o nodev,nosuid,noexec "$SEALROOT_DEV/mapper/sealroot-$1" "$mountpoint" || return 1
    OUTCOME='cannot write fstab in the copy'
    if [ -f "$mountpoint/etc/fstab" ]; then
        fstab_root "$1" <"$mountpoint/etc/fstab" >"$mountpoint/etc/fstab.sealroot" &&
            mv -- "$mountpoint/etc/fstab.sealroot" "$mountpoint/etc/fstab" && status=0
    else
        fstab_root "$1" </dev/null >"$mountpoint/etc/fstab" && status=0
    fi
    umount "$mountpoint" || status=1
    sync
    [ "$status" -eq 0 ] && rmdir "$mountpoint" && OUTCOME=''
}

# fstab_root VOLUME: reads an fstab, prints it with / on the mapped device; the options of / stay.
fstab_root() {
    local volume="$1" found='' line=''
    while IFS= read -r line || [ -n "$line" ]; do
        # shellcheck disable=SC2086  # an fstab line is fields between white space
        {
            set -f
            set -- $line
            set +f
        }
        case ${1:-#}:${2:-} in
        '#'*) printf '%s\n' "$line" ;;
        *:/)
            found=yes
            printf '/dev/mapper/sealroot-%s / ext4 %s 0 1\n' "$volume" "${4:-defaults}"
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
    [ -n "$found" ] || printf '/dev/mapper/sealroot-%s / ext4 defaults,errors=remount-ro 0 1\n' "$volume"
}
