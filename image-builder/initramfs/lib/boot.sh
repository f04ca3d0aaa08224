#!/bin/sh
# The recipe. Whoever runs it (initramfs-tools' local-top script, a dracut module) has already made sure that nothing
# but the mapped device can become root. Exit status 0: the mapped device is open; anything else: it is not.
set -u
SEALROOT_LIB=${0%/*}
for _part in environment check console json secrets entropy config network imds jws message http release header token \
    base ebs partition device volume copy persistent wait recovery; do
    # shellcheck source=/dev/null
    . "$SEALROOT_LIB/$_part.sh" || exit 1
done

boot_tools() {
    for _tool in curl jose cryptsetup blkid e2image e2fsck resize2fs tune2fs timeout od dd head tr sha256sum ip mount \
        umount grep date stty sleep; do
        command -v "$_tool" >/dev/null && continue
        OUTCOME="$_tool is missing in this initrd"
        return 1
    done
}

# boot_root: returns 0 when the mapped device is open.
boot_root() {
    case $KEY in
    keyserver) boot_persistent ;;
    volatile) boot_volatile ;;
    *) return 1 ;;
    esac
}

boot_persistent() {
    STALE=''
    step device
    retry persistent_device || return 0
    step network
    retry network_up || return 0
    step identity
    retry imds_identity || return 0
    retry message_key || return 0
    # Returns 1 when the recovery key opened the device: that is as good.
    retry persistent_attempt || return 0
}

boot_volatile() {
    MODE=volatile
    retry volatile_attempt
}

volatile_attempt() {
    step_again device
    device_find || return 1
    volume_close
    step format
    volume_volatile "$DEVICE_PATH" || return 1
    step copy
    copy_base "/dev/mapper/$MAPPED" && return 0
    volume_close
    return 1
}

# The first lines must not depend on anything: configuration is read with defaults in place.
WAIT_LIMIT=0 WAIT_ACTION=wait KEY='' MODE=none
mkdir -p "$SEALROOT_RUN" || exit 1
chmod 0755 "$SEALROOT_RUN"
now
STARTED_MS=$NOW_MS
step config
retry boot_tools
retry secrets_open
entropy_local
retry config_load
boot_root
secrets_wipe || exit 1
[ -b "/dev/mapper/$MAPPED" ] || exit 1
report "$MODE"
say "the root is encrypted ($MODE${LUKS:+, volume $LUKS})"
