# shellcheck shell=sh
# Memory for secrets, and its end.

# memory_open: mounts the ramfs, or keeps the one of an earlier run in this boot, whose work this one continues.
memory_open() {
    grep -q " $SEALROOT_SECRETS ramfs " "$SEALROOT_PROC/mounts" || secrets_open
}

# contents_forget: the messages and what was made of them; the registration stays until it has ended.
contents_forget() {
    rm -f -- "$SEALROOT_INITHOOKS_CONF.new"
    [ ! -L "$SEALROOT_INITHOOKS_CONF" ] || rm -f -- "$SEALROOT_INITHOOKS_CONF"
    forget "$SEALROOT_SECRETS/inithooks.conf" "$SEALROOT_SECRETS/inithooks.conf.new"
    forget "$MESSAGES" "$SEALROOT_SECRETS/incoming"
}

# memory_forget: everything, and the ramfs with it.
memory_forget() {
    contents_forget
    forget "$SEALROOT_SECRETS/registration" "$SEALROOT_SECRETS/registration.new"
    SUBKEY='' SECRET=''
    secrets_wipe
}

# not_again: disables the unit, so that SSH does not wait in later boots for the network that this unit waits for.
not_again() {
    ! command -v systemctl >/dev/null || timeout -k 2 60 systemctl -q --no-reload disable sealroot-preseed.service || :
}

# first_boot_over: from here on only root and the users of imds_users reach the metadata service (sealroot-imds.service).
first_boot_over() {
    : | store_write booted
    ! command -v systemctl >/dev/null || timeout -k 2 60 systemctl start sealroot-imds.service || :
}
