# shellcheck shell=sh
# Paths of the preseed agent, and the library that it shares with the initramfs. Everything that a test has to replace
# is replaceable here and only here.

: "${SEALROOT_LIB:=/usr/lib/sealroot}"
: "${SEALROOT_PRESEED:=$SEALROOT_LIB/preseed}"
: "${SEALROOT_RUN:=/run/sealroot}"
# A ramfs: unlike a tmpfs it is never swapped. Gone when everything is configured.
: "${SEALROOT_SECRETS:=$SEALROOT_RUN/preseed}"
# On the encrypted root, for what has to outlive a power cut: the private key, and numbers.
: "${SEALROOT_STATE:=/var/lib/sealroot}"
: "${SEALROOT_INITHOOKS:=/usr/lib/inithooks}"
: "${SEALROOT_INITHOOKS_CONF:=/etc/inithooks.conf}"
: "${SEALROOT_SSH:=/etc/ssh}"
# In front of the paths that `file` messages and hooks name; empty but in tests.
: "${SEALROOT_ROOT:=}"

STORE=$SEALROOT_STATE/preseed
MESSAGES=$SEALROOT_SECRETS/messages
SERVER='' REFUSED='' CONFLICT=''

for _part in environment check console json secrets entropy config imds jws message http release wait; do
    # shellcheck source=/dev/null
    . "$SEALROOT_LIB/$_part.sh" || exit 1
done
for _part in hkdf store progress; do
    # shellcheck source=/dev/null
    . "$SEALROOT_PRESEED/$_part.sh" || exit 1
done
umask 077
