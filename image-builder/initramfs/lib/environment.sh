# shellcheck shell=sh
# shellcheck disable=SC2034  # read by the other files
# Paths and the variables the library shares. Everything a test has to replace is replaceable here and only here.

: "${SEALROOT_CONSOLE:=/dev/console}"
: "${SEALROOT_PROC:=/proc}"
: "${SEALROOT_SYS:=/sys}"
: "${SEALROOT_DEV:=/dev}"
: "${SEALROOT_ETC:=/etc/sealroot}"
# /run outlives switch_root: state, timings.
: "${SEALROOT_RUN:=/run/sealroot}"
# Secrets: a ramfs of its own (never swapped), gone before the root is handed over.
: "${SEALROOT_SECRETS:=$SEALROOT_RUN/secrets}"
: "${SEALROOT_IMDS:=http://169.254.169.254}"
: "${SEALROOT_RESOLV_CONF:=/etc/resolv.conf}"

MAPPED=sealroot-root
VOLUME=root
NEWLINE='
'

# Why the last function that returned 1 did so: a line for the console.
OUTCOME=
# Seconds the server asked to wait; empty: our own backoff.
RETRY_AFTER=
# Bytes that an answer may have.
HTTP_MOST=65536
ATTEMPTS=0
STEP='' STEPS='' STEP_MS=0
INSTANCE='' REGION='' LUKS=''
