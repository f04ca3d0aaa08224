# shellcheck shell=sh
# Lines on the console, and the clock by which waits are measured.

# say TEXT: one line on the console. Values inside TEXT have been checked before: no control characters.
say() {
    { printf 'sealroot: %s\n' "$1" >>"$SEALROOT_CONSOLE"; } 2>/dev/null || printf 'sealroot: %s\n' "$1"
}

# state TEXT: says TEXT when it is not what was said last. Kept in a file: subshells and a restarted script share it.
state() {
    local last=''
    [ ! -r "$SEALROOT_RUN/state" ] || IFS= read -r last <"$SEALROOT_RUN/state" || :
    [ "$1" != "$last" ] || return 0
    say "$1"
    printf '%s\n' "$1" >"$SEALROOT_RUN/state"
}

# printable TEXT: sets PRINTABLE to at most 100 harmless characters of it; for words that came from outside.
printable() {
    PRINTABLE=$(printf '%s' "$1" | tr -cd 'A-Za-z0-9 .,:;=_/()-' | head -c 100)
}

# now: sets NOW_MS, milliseconds since the kernel started (10 ms steps). The wall clock may jump, this one does not.
now() {
    local uptime=''
    read -r uptime _ <"$SEALROOT_PROC/uptime"
    NOW_MS=$((${uptime%.*} * 1000 + (1${uptime#*.} - 100) * 10))
}
