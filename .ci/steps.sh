# For the jobs of .ci/run: `step COMMAND...` runs a command, says how long it took, and goes on when it fails or takes
# more than 45 minutes (status 124): a run that is stopped from outside says nothing of the other steps. The job ends
# with `exit "$failed"`: how many did.
failed=0

step() {
    printf '\n==> %s\n' "$*"
    begun=$(date +%s)
    # A process group of its own, which a Ctrl-C at the terminal does not reach.
    timeout --kill-after=30 2700 "$@" &
    running=$!
    trap 'kill "$running"; exit 130' INT TERM HUP
    wait "$running"
    status=$?
    [ "$status" = 0 ] || failed=$((failed + 1))
    printf '==> %s: status %s after %s s\n' "$*" "$status" "$(($(date +%s) - begun))"
}
