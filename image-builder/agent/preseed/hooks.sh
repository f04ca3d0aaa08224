# shellcheck shell=sh
# Hooks: executable files of firstboot.d and everyboot.d, by their numbers. One that fails does not stop the rest.

# Seconds that one hook may take: a boot that hangs in a hook would hang for ever.
: "${SEALROOT_HOOK_LIMIT:=3600}"

HOOK_RESULTS=$SEALROOT_SECRETS/hooks

# hooks_run STAGE: appends a line `STAGE NAME STATUS` for each to HOOK_RESULTS.
hooks_run() {
    hooks_list "$SEALROOT_INITHOOKS/$1.d" >"$HOOK_RESULTS.list"
    while IFS= read -r _hook; do
        _status=0
        (
            umask 022
            # TurnKey's hooks look for their values where this variable says.
            export INITHOOKS_CONF="$SEALROOT_INITHOOKS_CONF"
            exec timeout -k 10 "$SEALROOT_HOOK_LIMIT" "$SEALROOT_INITHOOKS/$1.d/$_hook" </dev/null
        ) || _status=$?
        printf '%s %s %s\n' "$1" "$_hook" "$_status" >>"$HOOK_RESULTS"
        [ "$_status" -eq 0 ] || say "preseed: hook $_hook failed with status $_status"
    done <"$HOOK_RESULTS.list"
    rm -f -- "$HOOK_RESULTS.list"
}

# hooks_list DIRECTORY: names in numeric order. A name that a report cannot carry (protocol/report.ts) is passed over,
# as run-parts does: it is what an editor or a package manager left behind.
hooks_list() {
    for _path in "$1"/*; do
        [ -f "$_path" ] && [ -x "$_path" ] || continue
        case ${_path##*/} in
        *[!A-Za-z0-9._-]* | [!A-Za-z0-9_]* | *.dpkg-*) continue ;;
        esac
        _name=${_path##*/}
        [ "${#_name}" -gt 64 ] || printf '%s\n' "$_name"
    done | LC_ALL=C sort -n
}
