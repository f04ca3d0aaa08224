# shellcheck shell=sh
# What a person sees on the console, and how long each step took.

# say TEXT: one line on the console. Values inside TEXT have been checked before: no control characters.
say() {
    { printf 'sealroot: %s\n' "$1" >>"$SEALROOT_CONSOLE"; } 2>/dev/null || printf 'sealroot: %s\n' "$1"
}

# state TEXT: says TEXT when it is not what was said last. Kept in a file: subshells and a restarted script share it.
state() {
    _last=
    [ ! -r "$SEALROOT_RUN/state" ] || IFS= read -r _last <"$SEALROOT_RUN/state" || :
    [ "$1" != "$_last" ] || return 0
    say "$1"
    printf '%s\n' "$1" >"$SEALROOT_RUN/state"
}

# printable TEXT: sets PRINTABLE to at most 100 harmless characters of it; for words that came from outside.
printable() {
    PRINTABLE=$(printf '%s' "$1" | tr -cd 'A-Za-z0-9 .,:;=_/()-' | head -c 100)
}

# now: sets NOW_MS, milliseconds since the kernel started (10 ms steps). The wall clock may jump, this one does not.
now() {
    read -r _uptime _ <"$SEALROOT_PROC/uptime"
    NOW_MS=$((${_uptime%.*} * 1000 + (1${_uptime#*.} - 100) * 10))
}

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
    if [ -z "${AGAIN_MS:-}" ]; then
        step "$1"
        AGAIN_MS=$STEP_MS AGAIN_STEPS=$STEPS
    fi
    STEP=$1 STEP_MS=$AGAIN_MS STEPS=$AGAIN_STEPS
}

# report MODE: writes boot.json for the running system; nothing in it is secret.
report() {
    step end
    printf '{"luks":"%s","instance":"%s","mode":"%s","steps":{%s},"attempts":%d}\n' \
        "$LUKS" "$INSTANCE" "$1" "$STEPS" "$ATTEMPTS" >"$SEALROOT_RUN/boot.json"
    chmod 0644 "$SEALROOT_RUN/boot.json"
}
