#!/bin/sh
# The last look before the root is handed over, whatever way led here: what is mounted is what the mode promises, no
# secret is left, and the running system finds the network as if nobody had used it.
#
#   handover.sh MOUNTPOINT
#
# Exit status 0: it may be handed over. Otherwise a line on stdout says why not.
set -u
SEALROOT_LIB=${0%/initramfs/*}
# shellcheck source=/dev/null
. "$SEALROOT_LIB/initramfs/load.sh" || exit 1

# handover_root MOUNTPOINT: asks the mode that opened the root. Returns 1 with OUTCOME.
handover_root() {
    local mode=''
    [ ! -r "$SEALROOT_RUN/mode" ] || lines mode <"$SEALROOT_RUN/mode"
    if ! mode_load "$mode"; then
        mounted_from "$1"
        OUTCOME="the root is ${MOUNTED_FROM:-not mounted}, not the encrypted device"
        return 1
    fi
    mode_assemble root "$1" && mode_verify root "$1"
}

if ! handover_root "$1"; then
    echo "sealroot: $OUTCOME: not booting it"
    exit 1
fi
network_down
# The recipe has done this already; a second time costs nothing, and a secret that stays would cost everything.
if ! secrets_wipe; then
    echo 'sealroot: secrets are left in memory: not going on'
    exit 1
fi
rm -f -- "$SEALROOT_RUN/state" "$SEALROOT_RUN/mode" "$SEALROOT_RUN/root" "$SEALROOT_RUN/volume.conf"
