# shellcheck shell=sh
# The one place for secrets: files on a ramfs. Never an argument, an environment variable or a line on the console.

# secrets_open: mounts the ramfs, or empties the one that an earlier run left behind. Returns 1 with OUTCOME.
secrets_open() {
    umask 077
    secrets_wipe
    mkdir -p "$SEALROOT_SECRETS" || return 1
    mount -t ramfs -o mode=0700,nodev,nosuid,noexec ramfs "$SEALROOT_SECRETS" && return 0
    OUTCOME='cannot mount a ramfs for the keys'
    return 1
}

# forget PATH...: overwrites and removes files, and directories with all that is in them. A ramfs overwrites in place.
forget() {
    local path='' bytes=0
    for path in "$@"; do
        if [ -d "$path" ] && [ ! -L "$path" ]; then
            forget "$path"/*
        elif [ -f "$path" ] && [ ! -L "$path" ]; then
            # The first page without another program: most files have no second one.
            printf '%4096s' '' 1<>"$path"
            bytes=$(wc -c <"$path")
            [ "$bytes" -le 4096 ] ||
                dd if=/dev/zero of="$path" bs=4096 count=$(((bytes + 4095) / 4096)) conv=notrunc 2>/dev/null
        fi
    done
    rm -rf -- "$@"
}

# secrets_wipe: overwrites and removes all of the ramfs, then unmounts it. Harmless when there is none. Returns 1 when it
# cannot be unmounted.
secrets_wipe() {
    [ -d "${SEALROOT_SECRETS:?}" ] || return 0
    forget "$SEALROOT_SECRETS"/*
    while grep -q " $SEALROOT_SECRETS ramfs " "$SEALROOT_PROC/mounts" 2>/dev/null; do
        umount "$SEALROOT_SECRETS" || return 1
    done
    rmdir "$SEALROOT_SECRETS" 2>/dev/null || :
}
