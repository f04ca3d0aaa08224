# For the jobs of .ci/run: `step COMMAND...` runs a command, says how long it took, and goes on when it fails or takes
# more than 45 minutes (status 124): a run that is stopped from outside says nothing of the other steps. The job ends
# with `exit "$failed"`: how many did.
failed=0

step() {
    printf '\n==> %s\n' "$*"
    begun=$(date +%s)
    timeout --kill-after=30 2700 "$@"
    status=$?
    [ "$status" = 0 ] || failed=$((failed + 1))
    printf '==> %s: status %s after %s s\n' "$*" "$status" "$(($(date +%s) - begun))"
}
