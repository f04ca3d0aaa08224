# shellcheck shell=sh
# /etc/sealroot/sealroot.conf for the running system.

# settings_load: endpoint and region as the initramfs takes them, and what is for the running system. Returns 1 with
# OUTCOME.
settings_load() {
    config_load || return 1
    [ -n "$ENDPOINT" ] && return 0
    OUTCOME='configuration: no endpoint in this image'
    return 1
}

# trust_check: the image pins a key of the service. Without one an instance that is to be preseeded waits: it never starts
# unconfigured. Returns 1 with OUTCOME.
trust_check() {
    [ ! -s "$SEALROOT_ETC/trust/preseed.jwks" ] || return 0
    OUTCOME='this image pins no key of the preseed service'
    return 1
}

# started: the clock of preseed_wait_limit starts once in a boot, however often the agent does.
started() {
    now
    STARTED_MS=$NOW_MS
    if [ -r "$SEALROOT_RUN/preseed.started" ]; then
        IFS= read -r STARTED_MS <"$SEALROOT_RUN/preseed.started" || :
        is_number "$STARTED_MS" || STARTED_MS=$NOW_MS
    fi
    printf '%s\n' "$STARTED_MS" >"$SEALROOT_RUN/preseed.started"
}
