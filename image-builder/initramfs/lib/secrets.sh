# shellcheck shell=sh
# The one place for secrets: files on a ramfs. Never an argument, an environment variable or a line on the console.

# secrets_open: mounts the ramfs, or empties the one that an earlier run left behind.
secrets_open() {
    umask 077
    secrets_wipe
    mkdir -p "$SEALROOT_SECRETS" || return 1
    mount -t ramfs -o mode=0700,nodev,nosuid,noexec ramfs "$SEALROOT_SECRETS" && return 0
    OUTCOME='cannot mount a ramfs for the keys'
    return 1
}

# forget FILE...: overwrites and removes. A ramfs overwrites in place.
forget() {
    for _file in "$@"; do
        [ -f "$_file" ] || continue
        _bytes=$(wc -c <"$_file")
        dd if=/dev/zero of="$_file" bs=4096 count=$(((_bytes + 4095) / 4096)) conv=notrunc 2>/dev/null
        rm -f -- "$_file"
    done
}

# secrets_wipe: nothing is left in memory files. Harmless when there is nothing.
secrets_wipe() {
    [ -d "$SEALROOT_SECRETS" ] || return 0
    forget "$SEALROOT_SECRETS"/* "$SEALROOT_SECRETS"/*/*
    rm -rf -- "${SEALROOT_SECRETS:?}"/*
    while grep -q " $SEALROOT_SECRETS ramfs " "$SEALROOT_PROC/mounts" 2>/dev/null; do
        umount "$SEALROOT_SECRETS" || return 1
    done
    rmdir "$SEALROOT_SECRETS" 2>/dev/null || :
}
