# shellcheck shell=sh
# Record of this boot for the running system: the duration of each step.

STEP='' STEPS='' STEP_MS=0 AGAIN_MS='' AGAIN_STEPS=''

# step NAME: the step before ends here, NAME begins. `step end` ends the last one.
step() {
    now
    [ -z "$STEP" ] || STEPS="${STEPS:+$STEPS,}\"$STEP\":$((NOW_MS - STEP_MS))"
    STEP=$1 STEP_MS=$NOW_MS
    [ "$1" != end ] || STEP=
}

# step_again NAME: the first step of what is tried until it succeeds. A new attempt takes the steps of the failed one
# back: NAME then includes all the waiting, and each step occurs once.
step_again() {
    if [ -z "$AGAIN_MS" ]; then
        step "$1"
        AGAIN_MS=$STEP_MS AGAIN_STEPS=$STEPS
    fi
    STEP=$1 STEP_MS=$AGAIN_MS STEPS=$AGAIN_STEPS
}

# report HOW LUKS ATTEMPTS: writes boot.json; nothing in it is secret. HOW the root came to be: unlock, provision,
# recovery or volatile.
report() {
    step end
    printf '{"luks":"%s","instance":"%s","mode":"%s","steps":{%s},"attempts":%d}\n' \
        "$2" "$INSTANCE" "$1" "$STEPS" "$3" >"$SEALROOT_RUN/boot.json"
    chmod 0644 "$SEALROOT_RUN/boot.json"
}
