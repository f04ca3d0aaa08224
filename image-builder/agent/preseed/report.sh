# shellcheck shell=sh
# The report to the operator: status of the hooks and fingerprints of the host keys, under the report key.

# host_keys: makes SSH host keys if there are none: those that sshd is configured for, or else one of each kind.
host_keys() {
    local key='' kind=''
    for key in "$SEALROOT_SSH"/ssh_host_*_key; do
        [ ! -s "$key" ] || return 0
    done
    entropy_local
    cat "$SEALROOT_SSH"/sshd_config "$SEALROOT_SSH"/sshd_config.d/*.conf 2>/dev/null |
        sed -n 's/^[[:space:]]*[Hh][Oo][Ss][Tt][Kk][Ee][Yy][[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p' \
            >"$SEALROOT_SECRETS/host-keys"
    if [ ! -s "$SEALROOT_SECRETS/host-keys" ]; then
        timeout -k 2 300 ssh-keygen -A >/dev/null 2>&1 || say 'preseed: no SSH host keys could be made'
        return 0
    fi
    while IFS= read -r key; do
        case $key in
        */ssh_host_ed25519_key) kind=ed25519 ;;
        */ssh_host_ecdsa_key) kind=ecdsa ;;
        */ssh_host_rsa_key) kind=rsa ;;
        *) continue ;;
        esac
        timeout -k 2 120 ssh-keygen -q -t "$kind" -N '' -f "$key" </dev/null >/dev/null 2>&1 ||
            say "preseed: no $kind host key could be made"
    done <"$SEALROOT_SECRETS/host-keys"
}

# report_json STATUS: hooks from HOOK_RESULTS, host keys from their public halves.
report_json() {
    local comma='' key='' kind='' print=''
    printf '{"status":"%s","hooks":[' "$1"
    [ ! -s "$HOOK_RESULTS" ] || report_hooks <"$HOOK_RESULTS"
    printf '],"hostKeys":['
    for key in "$SEALROOT_SSH"/ssh_host_*_key.pub; do
        [ -s "$key" ] && read -r kind _ <"$key" && print=$(ssh-keygen -l -E sha256 -f "$key" 2>/dev/null) || continue
        print=${print#* }
        printf '%s{"type":"%s","fingerprint":"%s"}' "$comma" "$kind" "${print%% *}"
        comma=,
    done
    printf ']}'
}

# report_hooks: lines of HOOK_RESULTS as JSON; the service takes at most 200.
report_hooks() {
    local comma='' stage='' name='' status=''
    grep -v '^message ' | head -n 200 | while read -r stage name status; do
        printf '%s{"stage":"%s","name":"%s","status":%s}' "$comma" "$stage" "$name" "$status"
        comma=,
    done
}

# report_send STATUS: one attempt.
report_send() {
    local status=0 report=''
    report_json "$1" >"$SEALROOT_SECRETS/report.json"
    OUTCOME='the report cannot be sealed'
    key_write "$SECRET" "sealroot/v1/preseed/report$NEWLINE$SERVER" "$SEALROOT_SECRETS/report.jwk" &&
        jose jwe enc -I "$SEALROOT_SECRETS/report.json" -k "$SEALROOT_SECRETS/report.jwk" \
            -i '{"protected":{"alg":"dir","enc":"A256GCM","typ":"sealroot-report"}}' -c \
            -o "$SEALROOT_SECRETS/report.jwe" || status=1
    forget "$SEALROOT_SECRETS/report.jwk" "$SEALROOT_SECRETS/report.json"
    [ "$status" -eq 0 ] || return 1
    IFS= read -r report <"$SEALROOT_SECRETS/report.jwe" || [ -n "$report" ] || return 1
    { credentials_json && printf ',"report":"%s"}' "$report"; } >"$SEALROOT_SECRETS/request.json"
    exchange /v1/preseed/report report_taken
}

report_taken() {
    [ "$(json_list "$1" '#v')" = 1 ]
}
