# shellcheck shell=sh
# How far this instance is: a line on the console, and a file for sealroot-status.

# progress STATE [TEXT]: none, waiting, refused, registered, configuring, finished or ended. Anybody may read it.
progress() {
    [ -z "${2:-}" ] || state "preseed: $2"
    _line=$(printf '{"server":"%s","state":"%s"}' "$SERVER" "$1")
    _old=
    [ ! -r "$SEALROOT_STATE/preseed.json" ] || IFS= read -r _old <"$SEALROOT_STATE/preseed.json" || :
    [ "$_line" != "$_old" ] || return 0
    printf '%s\n' "$_line" >"$SEALROOT_STATE/preseed.json.new" && chmod 0644 "$SEALROOT_STATE/preseed.json.new" &&
        mv -- "$SEALROOT_STATE/preseed.json.new" "$SEALROOT_STATE/preseed.json"
}

# persist FUNCTION: calls it until it returns 0, with exponential backoff and full jitter, never before Retry-After.
# The whole wait ends in limit_reached when preseed_wait_limit is not 0.
persist() {
    _tries=0
    until RETRY_AFTER='' REFUSED='' && "$1"; do
        pause "$OUTCOME"
    done
}

# pause TEXT: says why, and sleeps. A refusal was alarmed: asking often does not help.
pause() {
    state "preseed: $1"
    [ -z "$REFUSED" ] || progress refused
    _tries=$((_tries + 1))
    limit_check
    [ -z "$REFUSED" ] || [ -n "$RETRY_AFTER" ] || RETRY_AFTER=30
    wait_delay "$_tries"
    sleep "$DELAY"
}

# limit_check: counts from the agent's first start in this boot, however often it was restarted.
limit_check() {
    [ "$PRESEED_WAIT_LIMIT" -gt 0 ] || return 0
    now
    [ $((NOW_MS - STARTED_MS)) -lt $((PRESEED_WAIT_LIMIT * 1000)) ] || limit_reached
}
