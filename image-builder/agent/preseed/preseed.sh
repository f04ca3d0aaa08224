#!/bin/sh
# The recipe: registers, takes the messages, runs the hooks, reports, forgets. Every step can be repeated: whenever this
# is killed, or power fails, the next run goes on where it makes no difference. Exit status 0: it is over for this boot.
#
#   memory (SEALROOT_SECRETS)  registration, messages, inithooks.conf; lost with power, and then asked for again
#   disk (STORE)               key.jwk, server, registered (when), settled (numbers and results), started (scripts),
#                              hooks (results of hooks and messages: no hook ever runs again), done
#
# Not set -e, like boot.sh: what may fail is tried, and tried again.
set -u
SEALROOT_LIB=${0%/agent/*}
# shellcheck source=/dev/null
. "$SEALROOT_LIB/agent/preseed/load.sh" || exit 1

PRESEED_WAIT_LIMIT=0
mkdir -p "$SEALROOT_RUN" && chmod 0755 "$SEALROOT_RUN" || exit 1
started
persist store_open
! store_has 'done' || exit 0
persist memory_open
look_for_server
persist settings_load
if ! store_has hooks; then
    registered || progress waiting "registering as $SERVER"
    persist trust_check
    persist register_ask
    progress registered "registered as $SERVER"
    collect
    configure || exit 1
fi
tell || exit 1
finish "configured as $SERVER"
