# shellcheck shell=sh
# Sources all that the initramfs needs but the root mode, which the configuration chooses (mode.sh).
# shellcheck source=/dev/null
. "$SEALROOT_LIB/lib/load.sh" || exit 1

load initramfs report wait network base copy mode
load initramfs/volume state probe ebs device partition header token crypt message release recovery keyserver volatile
