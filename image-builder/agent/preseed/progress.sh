# shellcheck shell=sh
# Progress of this instance: a line on the console, and a file for sealroot-status.

# progress STATE [TEXT]: none, waiting, refused, registered, configuring, finished or ended. Anybody may read it.
progress() {
    local line="{\"server\":\"$SERVER\",\"state\":\"$1\"}" old=''
    [ -z "${2:-}" ] || state "preseed: $2"
    [ ! -r "$SEALROOT_STATE/preseed.json" ] || IFS= read -r old <"$SEALROOT_STATE/preseed.json" || :
    [ "$line" != "$old" ] || return 0
    printf '%s\n' "$line" >"$SEALROOT_STATE/preseed.json.new" && chmod 0644 "$SEALROOT_STATE/preseed.json.new" &&
        mv -- "$SEALROOT_STATE/preseed.json.new" "$SEALROOT_STATE/preseed.json"
}

# persist FUNCTION: calls it until it returns 0, with exponential backoff and full jitter, never before Retry-After.
# The whole wait ends in limit_reached when preseed_wait_limit is not 0.
persist() {
    local try=0
    until RETRY_AFTER='' REFUSED='' && "$1"; do
        try=$((try + 1))
        pause "$try" "$OUTCOME"
    done
}

# pause TRY TEXT: says why, and sleeps, the longer the more tries there were. A refusal was alarmed: asking often does not
# help.
pause() {
    state "preseed: $2"
    [ -z "$REFUSED" ] || progress refused
    limit_check
    [ -z "$REFUSED" ] || [ -n "$RETRY_AFTER" ] || RETRY_AFTER=30
    backoff "$1"
    sleep "$DELAY"
}

# limit_check: counts from the agent's first start in this boot, however often it was restarted.
limit_check() {
    [ "$PRESEED_WAIT_LIMIT" -gt 0 ] || return 0
    now
    [ $((NOW_MS - STARTED_MS)) -lt $((PRESEED_WAIT_LIMIT * 1000)) ] || limit_reached
}
