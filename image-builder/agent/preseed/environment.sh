# shellcheck shell=sh
# Paths of the preseed agent, and the library that it shares with the initramfs. A test replaces a path here and nowhere
# else.

: "${SEALROOT_LIB:=/usr/lib/sealroot}"
: "${SEALROOT_RUN:=/run/sealroot}"
# A ramfs: unlike a tmpfs it is never swapped. Gone when everything is configured.
: "${SEALROOT_SECRETS:=$SEALROOT_RUN/preseed}"
# On the encrypted root, for what has to outlive a power cut: the private key, and numbers.
: "${SEALROOT_STATE:=/var/lib/sealroot}"
: "${SEALROOT_INITHOOKS:=/usr/lib/inithooks}"
: "${SEALROOT_INITHOOKS_CONF:=/etc/inithooks.conf}"
: "${SEALROOT_SSH:=/etc/ssh}"
# Prefix of the paths that `file` messages and hooks name; empty but in tests.
: "${SEALROOT_ROOT:=}"

STORE=$SEALROOT_STATE/preseed
MESSAGES=$SEALROOT_SECRETS/messages
SERVER='' REFUSED='' CONFLICT=''

# shellcheck source=/dev/null
. "$SEALROOT_LIB/lib/load.sh" || exit 1
load agent/preseed hkdf store progress
umask 077
