# shellcheck shell=sh
# Exponential backoff with full jitter, and Retry-After.

# backoff TRY: sets DELAY in seconds, with milliseconds. RETRY_AFTER is a minimum; it comes unsigned, so it is at most
# five minutes.
backoff() {
    local most=60000 least=200 delay=0
    [ "$1" -gt 6 ] || most=$((1000 << $1))
    [ "$most" -le 60000 ] || most=60000
    if [ -n "$RETRY_AFTER" ]; then
        [ "$RETRY_AFTER" -le 300 ] || RETRY_AFTER=300
        least=$((RETRY_AFTER * 1000)) most=$((RETRY_AFTER * 250 + 500))
    fi
    random_below "$most"
    delay=$((least + RANDOM_BELOW))
    DELAY=$((delay / 1000)).$(printf '%03d' $((delay % 1000)))
}
