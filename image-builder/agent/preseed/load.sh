# shellcheck shell=sh
# Sources all that the recipe needs.
# shellcheck source=/dev/null
. "$SEALROOT_LIB/agent/preseed/environment.sh" || exit 1

load agent/preseed server exchange register open content stage mailbox hooks report forget settings steps
