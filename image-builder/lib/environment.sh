# shellcheck shell=sh
# Paths, and variables that several files share. A test replaces a path here and nowhere else.
#
# Names in capitals are settings, or results that the comment of a function names: they hold until the next call of that
# function. All other variables are local to the function that declares them, so that functions can call each other, and
# themselves.

: "${SEALROOT_CONSOLE:=/dev/console}"
: "${SEALROOT_PROC:=/proc}"
: "${SEALROOT_SYS:=/sys}"
: "${SEALROOT_DEV:=/dev}"
: "${SEALROOT_ETC:=/etc/sealroot}"
# State and timings: /run outlives switch_root.
: "${SEALROOT_RUN:=/run/sealroot}"
# Secrets: a ramfs of its own, which is never swapped and is gone before the root is handed over.
: "${SEALROOT_SECRETS:=$SEALROOT_RUN/secrets}"
: "${SEALROOT_IMDS:=http://169.254.169.254}"
: "${SEALROOT_RESOLV_CONF:=/etc/resolv.conf}"

NEWLINE='
'

# Reason why the last function that returned 1 did so: a line for the console.
OUTCOME=
# Seconds that the server asked to wait; empty where our own backoff counts.
RETRY_AFTER=
# Bytes that an answer may have.
HTTP_MOST=65536
# Instance, as its metadata names it, and region, unless the configuration names one.
INSTANCE='' REGION=''
