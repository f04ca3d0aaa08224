#!/bin/sh
# The recipe. Its caller (initramfs-tools' local-top script, a dracut module) has already made sure that nothing but the
# mapped device can become root. Exit status 0: the root is ready, and $SEALROOT_RUN/root names the device to mount;
# anything else: it is not.
set -u
SEALROOT_LIB=${0%/initramfs/*}
# shellcheck source=/dev/null
. "$SEALROOT_LIB/initramfs/load.sh" || exit 1

# boot_tools: programs that every mode needs are in this initrd. Returns 1 with OUTCOME.
boot_tools() {
    local tool=''
    for tool in curl jose cryptsetup blkid e2image e2fsck resize2fs tune2fs timeout od dd head tr sha256sum ip mount \
        umount grep date stty sleep; do
        command -v "$tool" >/dev/null && continue
        OUTCOME="$tool is missing in this initrd"
        return 1
    done
}

# boot_configuration: the settings, and the mode that they ask for. Returns 1 with OUTCOME.
boot_configuration() {
    config_load && mode_select
}

# boot_end: wipes the secrets, then tells the caller and the running system what came of it.
boot_end() {
    local how='' luks='' attempts=''
    mode_root root || return 1
    volume_get root how luks attempts
    secrets_wipe || return 1
    printf '%s\n' "$MODE" >"$SEALROOT_RUN/mode" && printf '%s\n' "$ROOT_DEVICE" >"$SEALROOT_RUN/root" || return 1
    report "$how" "$luks" "${attempts:-0}"
    say "$SUMMARY"
}

# The first lines must not depend on anything: configuration is read with defaults in place.
config_defaults
mkdir -p "$SEALROOT_RUN" || exit 1
chmod 0755 "$SEALROOT_RUN"
rm -f -- "$SEALROOT_RUN/mode" "$SEALROOT_RUN/root"
now
STARTED_MS=$NOW_MS
step config
retry boot_tools
retry secrets_open
entropy_local
retry boot_configuration
volume_begin root "$DEVICE" && mode_open root && boot_end
