#!/usr/bin/env bats
# The whole recipe against a service on this machine: what it configures, what it leaves, and what stops it.
load support
load preseed

setup() {
    preseed_scratch
}

teardown() {
    service_stop
}

# everything: one message of each type, one that was tampered with, one that has expired and one of no known type.
everything() {
    cat <<E
{"user_data": "#cloud-config\n# sealroot-server: $SERVER_ID\nhostname: x\n",
 "messages": [
  {"type": "inithooks", "values": {"ROOT_PASS": "correct horse", "HOSTNAME": "web1.example.com"}},
  {"type": "inithooks", "values": {"APP_PASS": "s3cret-of-the-tampered"}, "spoil": true},
  {"type": "inithooks", "values": {"APP_PASS": "s3cret-of-the-expired"}, "exp": 1},
  {"type": "shell", "command": "reboot"},
  {"type": "file", "path": "/srv/app/app.conf", "mode": "0640", "owner": "$(id -un)", "content": "$(printf 'key=\0\377\n' | jose b64 enc -I-)"},
  {"type": "authorized-key", "user": "admin", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGoB5g7Y6rW0V6nqyV7o6b4tGz0sK0pG2o9m2xk5l9aB admin@example.com"},
  {"type": "totp", "user": "admin", "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
  {"type": "script", "content": "$(printf '#!/bin/sh -e\necho run >>"%s/ran"\n: s3cret-of-the-script\n' "$SEALROOT_ROOT" | jose b64 enc -I-)"}
 ]}
E
}

@test "what was sent is configured, told and forgotten" {
    shipped_hooks
    service "$(everything)"
    boot
    [ "$(cat "$SEALROOT_ROOT/chpasswd")" = 'root:correct horse' ]
    [ "$(cat "$SEALROOT_ROOT/hostname.now" "$SEALROOT_ROOT/etc/hostname")" = $'web1.example.com\nweb1.example.com' ]
    grep -qx '127.0.1.1 web1.example.com web1' "$SEALROOT_ROOT/etc/hosts"
    cmp "$SEALROOT_ROOT/srv/app/app.conf" <(printf 'key=\0\377\n')
    [ "$(stat -c %a "$SEALROOT_ROOT/srv/app/app.conf")" = 640 ]
    grep -q admin@example.com "$SEALROOT_ROOT/home/admin/.ssh/authorized_keys"
    [ "$(head -n 1 "$SEALROOT_ROOT/home/admin/.google_authenticator")" = JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP ]
    [ "$(stat -c %a "$SEALROOT_ROOT/home/admin/.google_authenticator")" = 400 ]
    [ "$(cat "$SEALROOT_ROOT/ran")" = run ]
    # What the operator sees.
    run logged 'log.filter((x) => x.results).at(-1).results'
    [ "$output" = '{"1":{"result":"applied"},"2":{"result":"rejected","reason":"decrypt"},"3":{"result":"rejected","reason":"expired"},"4":{"result":"rejected","reason":"unknown-type"},"5":{"result":"applied"},"6":{"result":"applied"},"7":{"result":"applied"},"8":{"result":"applied"}}' ]
    run logged 'log.findLast((x) => x.report).report.hooks.map((x) => `${x.name} ${x.status}`).join()'
    [ "$output" = '10-hostname 0,20-root-password 0,30-authorized-keys 0,40-files 0,50-totp 0,90-scripts 0' ]
    run logged 'log.findLast((x) => x.report).report.hostKeys[0].fingerprint'
    [ "$output" = "$(ssh-keygen -l -f "$SEALROOT_SSH/ssh_host_ed25519_key.pub" | cut -d' ' -f2)" ]
    [ "$(logged 'log.at(-1).state')" = finished ]
    # What a person sees.
    [ "$(cat "$SEALROOT_CONSOLE")" = "sealroot: preseed: registering as $SERVER_ID
sealroot: preseed: message 2 is rejected: decrypt
sealroot: preseed: message 3 is rejected: expired
sealroot: preseed: message 4 is rejected: unknown-type
sealroot: preseed: all messages are here, configuring
sealroot: preseed: configured as $SERVER_ID" ]
    [ "$(cat "$SEALROOT_STATE/preseed.json")" = "{\"server\":\"$SERVER_ID\",\"state\":\"finished\"}" ]
    # What is left.
    [ ! -e "$SEALROOT_SECRETS" ] && [ ! -L "$SEALROOT_INITHOOKS_CONF" ]
    [ "$(ls "$SEALROOT_STATE/preseed")" = $'booted\ndone\nserver\nsettled' ]
    run grep -rlE "s3cret|correct horse|$(paste -sd'|' "$SERVICE/secrets")" "$SEALROOT_STATE" "$SEALROOT_RUN" "$SEALROOT_CONSOLE"
    [ -z "$output" ]
    grep -qx 'start sealroot-imds.service' "$SERVICE/systemctl"
}

# small: what the tests of interruptions send, with ACTIONS of the service.
small() {
    printf '{"user_data": "# sealroot-server: %s\\n", "actions": %s, "messages": [%s, %s, %s]}' "$SERVER_ID" "${1:-{\}}" \
        '{"type": "inithooks", "values": {"APP_PASS": "s3cret"}}' \
        '{"type": "inithooks", "values": {"APP_PASS": "spoilt"}, "spoil": true}' \
        "{\"type\": \"script\", \"content\": \"$(printf '#!/bin/sh\necho run >>"%s/ran"\n' "$SEALROOT_ROOT" | jose b64 enc -I-)\"}"
}

# one_hook: notes what it was given.
one_hook() {
    hook 10-app <<'E'
(. "$INITHOOKS_CONF" && echo "$APP_PASS" >>"$SEALROOT_ROOT/app")
E
    printf '#!/bin/sh\nexec %s %s\n' "${SEALROOT_TEST_SH:-dash}" \
        "$ROOT/image-builder/agent/inithooks/firstboot.d/90-scripts" | sed 1d | hook 90-scripts
}

# configured_once: however it got there.
configured_once() {
    [ -e "$SEALROOT_STATE/preseed/done" ]
    [ "$(sort -u "$SEALROOT_ROOT/app")" = s3cret ]
    [ "$(cat "$SEALROOT_ROOT/ran")" = run ]
    [ "$(logged 'log.findLast((x) => x.results).results[1].result')" = applied ]
    [ "$(logged 'log.findLast((x) => x.results).results[2].reason')" = decrypt ]
    [ "$(logged 'log.at(-1).state + log.some((x) => x.alarm)')" = finishedfalse ]
    [ ! -e "$SEALROOT_SECRETS" ] && [ ! -L "$SEALROOT_INITHOOKS_CONF" ] && [ ! -e "$SEALROOT_STATE/preseed/key.jwk" ]
}

# interrupted POINT HOW: kills the agent at this call of curl or sync, and goes on until it is over.
interrupted() {
    rm -rf "${SERVICE:-$BATS_TEST_TMPDIR/none}" "$SEALROOT_RUN" "$SEALROOT_STATE" "$SEALROOT_ROOT"
    preseed_scratch
    one_hook
    service "$(small)"
    : >"$SEALROOT_PROC/mounts"
    KILL_AT=$1 boot 2>/dev/null && [ "$1" -le "$(cat "$SERVICE/points")" ] && return 1
    [ "$2" != power ] || power_cut
    boot
    service_stop
    configured_once || {
        echo "$2 at point $1"
        return 1
    }
}

# All of them, with each kind, on demand: SEALROOT_TEST_POINTS="$(seq 28)". Between them the two shells come to a third.
@test "a run that is killed is gone on with, and one that power ended is repeated, wherever it was" {
    if [ -n "${SEALROOT_TEST_POINTS:-}" ]; then
        for point in $SEALROOT_TEST_POINTS; do
            interrupted "$point" kill
            interrupted "$point" power
        done
        return
    fi
    [ "${SEALROOT_TEST_SH:-dash}" = dash ] && first=1 || first=4
    how=kill
    for ((point = first; point <= 28; point += 6)); do
        interrupted "$point" "$how"
        [ "$how" = kill ] && how=power || how=kill
    done
}
