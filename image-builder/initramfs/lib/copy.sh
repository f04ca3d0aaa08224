# shellcheck shell=sh
# Copies the base root into the opened device and makes the copy a root of its own.

# copy_base TARGET: blocks in use only. Returns 1 with OUTCOME.
copy_base() {
    base_find && copy_check || return 1
    say "copying the base root ($BASE) into the encrypted device"
    copy_blocks "$1" || return 1
    step finish
    copy_finish "$1" && copy_fstab "$1"
}

copy_check() {
    OUTCOME="the base root $BASE is not ext4: only ext4 can be copied"
    [ "$(blkid -c /dev/null -p -s TYPE -o value "$BASE" 2>/dev/null)" = ext4 ] || return 1
    OUTCOME="the base root $BASE is mounted"
    ! grep -q "^$BASE " "$SEALROOT_PROC/mounts" || return 1
    # e2image goes by the bitmaps on the disk: with a journal that was not replayed they lack what is newest.
    timeout -k 2 60 dumpe2fs -h "$BASE" 2>/dev/null | grep -q '^Filesystem features:.* needs_recovery' || return 0
    OUTCOME="the base root $BASE was not unmounted, and its journal cannot be replayed"
    _status=0
    timeout -k 5 600 e2fsck -p "$BASE" >"$SEALROOT_RUN/e2fsck.log" 2>&1 </dev/null || _status=$?
    [ "$_status" -le 1 ]
}

# copy_blocks TARGET: e2image reports " 123 / 456 blocks (27%) ..." once a second on one line, which it erases each time.
copy_blocks() {
    OUTCOME="copying $BASE failed"
    rm -f -- "$SEALROOT_RUN/copy.failed"
    {
        timeout -k 5 3600 e2image -ra -p "$BASE" "$1" 2>&1 </dev/null || echo "$?" >"$SEALROOT_RUN/copy.failed"
    } | tr '\r\b' '\n' | copy_progress
    [ ! -e "$SEALROOT_RUN/copy.failed" ]
}

# copy_progress: one line on the console about every ten percent.
copy_progress() {
    _next=10
    while IFS= read -r _line; do
        case $_line in
        *' blocks ('*'%)'*)
            _line=${_line#*'('}
            _line=${_line%%'%'*}
            is_number "$_line" && [ "$_line" -ge "$_next" ] || continue
            _next=$((_line - _line % 10 + 10))
            say "copied $_line percent"
            ;;
        esac
    done
}

# copy_finish TARGET: the copy gets its own size, UUID and label, so that nothing takes one for the other.
copy_finish() {
    OUTCOME='the copy has errors that e2fsck cannot repair'
    _status=0
    timeout -k 5 1800 e2fsck -f -y "$1" >"$SEALROOT_RUN/e2fsck.log" 2>&1 </dev/null || _status=$?
    # 1: errors were corrected, such as the journal of a base that was not unmounted cleanly.
    [ "$_status" -le 1 ] || return 1
    OUTCOME='cannot give the copy a UUID of its own'
    timeout -k 5 600 tune2fs -U random -L sealroot "$1" >"$SEALROOT_RUN/tune2fs.log" 2>&1 </dev/null || return 1
    OUTCOME='the copy cannot be resized (is the device smaller than the base root?)'
    timeout -k 5 1800 resize2fs "$1" >"$SEALROOT_RUN/resize2fs.log" 2>&1 </dev/null || return 1
    OUTCOME=''
}

# copy_fstab TARGET: / is the mapped device; /boot, /boot/efi and all other lines stay.
copy_fstab() {
    mkdir -p "$SEALROOT_RUN/copy"
    OUTCOME='cannot mount the copy'
    mount -t ext4 -o nodev,nosuid,noexec "$1" "$SEALROOT_RUN/copy" || return 1
    OUTCOME='cannot write fstab in the copy' _status=1
    if [ -f "$SEALROOT_RUN/copy/etc/fstab" ]; then
        fstab_root <"$SEALROOT_RUN/copy/etc/fstab" >"$SEALROOT_RUN/copy/etc/fstab.sealroot" &&
            mv -- "$SEALROOT_RUN/copy/etc/fstab.sealroot" "$SEALROOT_RUN/copy/etc/fstab" && _status=0
    else
        fstab_root </dev/null >"$SEALROOT_RUN/copy/etc/fstab" && _status=0
    fi
    umount "$SEALROOT_RUN/copy" || _status=1
    sync
    [ "$_status" -eq 0 ] && rmdir "$SEALROOT_RUN/copy" && OUTCOME=''
}

# fstab_root: reads an fstab, prints it with / on the mapped device; the options of / stay.
fstab_root() {
    _found=
    while IFS= read -r _line || [ -n "$_line" ]; do
        # shellcheck disable=SC2086  # an fstab line is fields between white space
        {
            set -f
            set -- $_line
            set +f
        }
        case ${1:-#}:${2:-} in
        '#'*) printf '%s\n' "$_line" ;;
        *:/)
            _found=yes
            printf '/dev/mapper/%s / ext4 %s 0 1\n' "$MAPPED" "${4:-defaults}"
            ;;
        *) printf '%s\n' "$_line" ;;
        esac
    done
    [ -n "$_found" ] || printf '/dev/mapper/%s / ext4 defaults,errors=remount-ro 0 1\n' "$MAPPED"
}
