# shellcheck shell=sh
# Hooks: executable files of firstboot.d and everyboot.d, by their numbers. One that fails does not stop the rest.

# Seconds that one hook may take: a boot that hangs in a hook would hang forever.
: "${SEALROOT_HOOK_LIMIT:=3600}"

HOOK_RESULTS=$SEALROOT_SECRETS/hooks

# hooks_run STAGE: appends a line `STAGE NAME STATUS` for each to HOOK_RESULTS.
hooks_run() {
    local hook='' status=0
    hooks_list "$SEALROOT_INITHOOKS/$1.d" >"$HOOK_RESULTS.list"
    while IFS= read -r hook; do
        status=0
        (
            umask 022
            # TurnKey's hooks find the file of their values by this variable.
            export INITHOOKS_CONF="$SEALROOT_INITHOOKS_CONF"
            exec timeout -k 10 "$SEALROOT_HOOK_LIMIT" "$SEALROOT_INITHOOKS/$1.d/$hook" </dev/null
        ) || status=$?
        printf '%s %s %s\n' "$1" "$hook" "$status" >>"$HOOK_RESULTS"
        [ "$status" -eq 0 ] || say "preseed: hook $hook failed with status $status"
    done <"$HOOK_RESULTS.list"
    rm -f -- "$HOOK_RESULTS.list"
}

# hooks_list DIRECTORY: names in numeric order. A name that a report cannot carry (protocol/report.ts) is passed over,
# as run-parts does: an editor or a package manager left it behind.
hooks_list() {
    local path='' name=''
    for path in "$1"/*; do
        [ -f "$path" ] && [ -x "$path" ] || continue
        name=${path##*/}
        case $name in
        *[!A-Za-z0-9._-]* | [!A-Za-z0-9_]* | *.dpkg-*) continue ;;
        esac
        [ "${#name}" -gt 64 ] || printf '%s\n' "$name"
    done | LC_ALL=C sort -n
}
