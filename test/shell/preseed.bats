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
    # The operator's view.
    run logged 'log.filter((x) => x.results).at(-1).results'
    [ "$output" = '{"1":{"result":"applied"},"2":{"result":"rejected","reason":"decrypt"},"3":{"result":"rejected","reason":"expired"},"4":{"result":"rejected","reason":"unknown-type"},"5":{"result":"applied"},"6":{"result":"applied"},"7":{"result":"applied"},"8":{"result":"applied"}}' ]
    run logged 'log.findLast((x) => x.report).report.hooks.map((x) => `${x.name} ${x.status}`).join()'
    [ "$output" = '10-hostname 0,20-root-password 0,30-authorized-keys 0,40-files 0,50-totp 0,90-scripts 0' ]
    run logged 'log.findLast((x) => x.report).report.hostKeys[0].fingerprint'
    [ "$output" = "$(ssh-keygen -l -f "$SEALROOT_SSH/ssh_host_ed25519_key.pub" | cut -d' ' -f2)" ]
    [ "$(logged 'log.at(-1).state')" = finished ]
    # The view of a person.
    [ "$(cat "$SEALROOT_CONSOLE")" = "sealroot: preseed: registering as $SERVER_ID
sealroot: preseed: registered as $SERVER_ID
sealroot: preseed: message 2 is rejected: decrypt
sealroot: preseed: message 3 is rejected: expired
sealroot: preseed: message 4 is rejected: unknown-type
sealroot: preseed: all messages are here, configuring
sealroot: preseed: configured as $SERVER_ID" ]
    [ "$(cat "$SEALROOT_STATE/preseed.json")" = "{\"server\":\"$SERVER_ID\",\"state\":\"finished\"}" ]
    # The files that are left.
    [ ! -e "$SEALROOT_SECRETS" ]
    [ ! -L "$SEALROOT_INITHOOKS_CONF" ]
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

# configured_once [KILLED]: however it got there. A script that was begun by a run that was killed is told as failed, and
# not begun again.
configured_once() {
    [ -e "$SEALROOT_STATE/preseed/done" ]
    [ "$(sort -u "$SEALROOT_ROOT/app")" = s3cret ]
    # One word for each message, the state that the service ended in, and whether anything was alarming.
    results=$(logged 'Object.values(log.findLast((x) => x.results).results).map((x) => x.reason ?? x.result).join() +
        ` ${log.findLast((x) => x.state).state} ${log.some((x) => x.alarm)}`')
    if [ -n "${1:-}" ] && [ "$results" = 'applied,decrypt,failed finished false' ]; then
        [ "$(cat "$SEALROOT_ROOT/ran" 2>/dev/null || echo run)" = run ]
    else
        [ "$results" = 'applied,decrypt,applied finished false' ]
        [ "$(cat "$SEALROOT_ROOT/ran")" = run ]
    fi
    [ ! -e "$SEALROOT_SECRETS" ]
    [ ! -L "$SEALROOT_INITHOOKS_CONF" ]
    [ ! -e "$SEALROOT_STATE/preseed/key.jwk" ]
}

# interrupted POINT HOW: kills the agent at this call of curl or sync, and goes on until it is over.
interrupted() {
    rm -rf "${SERVICE:-$BATS_TEST_TMPDIR/none}" "$SEALROOT_RUN" "$SEALROOT_STATE" "$SEALROOT_ROOT"
    preseed_scratch
    one_hook
    service "$(small)"
    : >"$SEALROOT_PROC/mounts"
    KILL_AT=$1 boot 2>/dev/null && [ "$1" -le "$(cat "$SERVICE/points")" ] && {
        echo "$2 at point $1: not killed"
        return 1
    }
    [ "$2" != power ] || power_cut
    echo "$2 at point $1"
    boot || {
        cat "$SEALROOT_CONSOLE" "$SERVICE/log"
        return 1
    }
    service_stop
    configured_once killed
}

# All of them, with each kind, on demand: SEALROOT_TEST_POINTS="$(seq 32)". Between them the two shells come to a quarter.
@test "a run that is killed is gone on with, and one that power ended is repeated, wherever it was" {
    if [ -n "${SEALROOT_TEST_POINTS:-}" ]; then
        for point in $SEALROOT_TEST_POINTS; do
            interrupted "$point" kill
            interrupted "$point" power
        done
        return
    fi
    [ "${SEALROOT_TEST_SH:-dash}" = dash ] && first=1 || first=5
    how='kill'
    for ((point = first; point <= 32; point += 8)); do
        interrupted "$point" "$how"
        [ "$how" = kill ] && how=power || how='kill'
    done
}

@test "a lost answer costs a repeat of each call, and nothing else" {
    one_hook
    service "$(small '{"register": ["lost"], "receive": ["lost"], "ack": ["lost", "ok", "lost"], "report": ["lost", "ok", "lost"]}')"
    boot
    configured_once
    # A message that came twice was applied once, by a hook that ran once.
    [ "$(cat "$SEALROOT_ROOT/app")" = s3cret ]
}

@test "a service that is away is waited for, with one line for each change" {
    one_hook
    service "$(small '{"register": ["down", "down", 503, 503, 429], "receive": ["down"], "report": ["down", 503], "ack": ["down", 503]}')"
    boot
    configured_once
    run grep -c 'no answer\|keyserver unreachable: curl error' "$SEALROOT_CONSOLE"
    [ "$output" -le 4 ]
    [ "$(grep -c 'the keyserver is busy (HTTP 503)' "$SEALROOT_CONSOLE")" -ge 1 ]
}

@test "a refusal is said with what to do, asked about no more than twice a minute, and waited out" {
    one_hook
    service "$(small '{"register": [403, 403]}')"
    boot
    configured_once
    [ "$(sed -n 2p "$SEALROOT_CONSOLE")" = "sealroot: preseed: refused (server $SERVER_ID contested or not for this instance); see: sealroot preseed status $SERVER_ID" ]
    [ "$(grep -c refused "$SEALROOT_CONSOLE")" -eq 1 ]
    (($(head -n 1 "$SERVICE/sleeps" | cut -d. -f1) >= 30))
}

@test "a message that is sent while the agent waits or closes the mailbox is not left out" {
    one_hook
    service "$(small | sed 's/"user_data"/"late": 3, "user_data"/')"
    boot
    configured_once
    [ "$(logged 'log.filter((x) => x.route === "report").map((x) => x.status).join()')" = 409,200,200 ]
}

@test "an instance without a server id is done at once, quietly, and never asks again" {
    for user_data in '' '#cloud-config\n# sealroot-servers: no\n' '\u001f\u008b\u0008# sealroot-server: '$SERVER_ID; do
        rm -rf "$SEALROOT_STATE"
        service "$(printf '{"user_data": "%s", "messages": []}' "$user_data")"
        boot
        [ ! -s "$SEALROOT_CONSOLE" ]
        [ -e "$SEALROOT_STATE/preseed/done" ]
        [ ! -e "$SEALROOT_SECRETS" ]
        grep -qx 'start sealroot-imds.service' "$SERVICE/systemctl"
        service_stop
        # The service is gone now: a second run would have to wait for it.
        boot
        rm -rf "$SERVICE"
    done
}

@test "user-data that names two servers, or none that can be, is said and waited about" {
    for line in "# sealroot-server: $SERVER_ID\n# sealroot-server: srv-zzzzzzzzzzzzzzzzzzzzzzzzzz" '# sealroot-server: srv-$(reboot)'; do
        service "$(printf '{"user_data": "%s", "messages": []}' "$line")"
        SEALROOT_IMDS_LIMIT=0 boot
        [ "$(sed -n 1p "$SEALROOT_CONSOLE")" = 'sealroot: preseed: the user-data does not name one server; the boot goes on without' ]
        [ ! -e "$SEALROOT_STATE/preseed/done" ]
        service_stop
        rm -rf "$SERVICE" "$SEALROOT_RUN"
        preseed_scratch
    done
}

@test "when the wait has an end, the boot goes on without, says so, and the next one tries again" {
    one_hook
    service "$(printf '{"user_data": "# sealroot-server: %s\\r\\n", "messages": []}' "$SERVER_ID")"
    echo 'preseed_wait_limit=60' >>"$SEALROOT_ETC/sealroot.conf"
    fake sleep <<<'echo 200.00 1.00 >"$SEALROOT_PROC/uptime"'
    boot
    [[ $(tail -n 1 "$SEALROOT_CONSOLE") == 'sealroot: preseed: not configured after 60 seconds; the boot goes on without' ]]
    [ ! -e "$SEALROOT_ROOT/app" ]
    [ ! -e "$SEALROOT_STATE/preseed/done" ]
    [ ! -e "$SEALROOT_SECRETS" ]
    [ "$(cat "$SEALROOT_STATE/preseed.json")" = "{\"server\":\"$SERVER_ID\",\"state\":\"ended\"}" ]
    grep -qx 'start sealroot-imds.service' "$SERVICE/systemctl"
}

@test "an image that pins no key of the service waits, and takes nobody for it" {
    service "$(small)"
    echo 'preseed_wait_limit=60' >>"$SEALROOT_ETC/sealroot.conf"
    rm "$SEALROOT_ETC/trust/preseed.jwks"
    fake sleep <<<'echo 200.00 1.00 >"$SEALROOT_PROC/uptime"'
    boot
    grep -qx 'sealroot: preseed: this image pins no key of the preseed service' "$SEALROOT_CONSOLE"
    [ ! -s "$SERVICE/log" ]
}

@test "after the first boot nothing is asked and no hook runs again" {
    one_hook
    service "$(small)"
    boot
    configured_once
    cp "$SERVICE/log" "$BATS_TEST_TMPDIR/before"
    : >"$SERVICE/arguments"
    power_cut
    boot
    cmp "$SERVICE/log" "$BATS_TEST_TMPDIR/before"
    [ ! -s "$SERVICE/arguments" ]
    [ "$(cat "$SEALROOT_ROOT/app")" = s3cret ]
}

@test "hooks run by number, a failing one stops none, and what is not a hook is passed over" {
    for name in 9-nine 10-ten 100-hundred; do hook "$name" <<<'echo "${0##*/}" >>"$SEALROOT_ROOT/order"'; done
    hook 20-fails <<<'echo "${0##*/}" >>"$SEALROOT_ROOT/order"; exit 7'
    hook 30-old.dpkg-old <<<'echo "${0##*/}" >>"$SEALROOT_ROOT/order"'
    echo 'echo no >>"$SEALROOT_ROOT/order"' >"$SEALROOT_INITHOOKS/firstboot.d/40-not-executable"
    hook 1-every everyboot <<'E'
(. "$INITHOOKS_CONF" && echo "every $APP_PASS" >>"$SEALROOT_ROOT/order")
stat -c %a "$SEALROOT_SECRETS/inithooks.conf" >>"$SEALROOT_ROOT/order"
E
    service "$(printf '{"user_data": "# sealroot-server: %s\\n", "messages": [{"type": "inithooks", "values": {"APP_PASS": "x"}}]}' "$SERVER_ID")"
    boot
    [ "$(cat "$SEALROOT_ROOT/order")" = $'9-nine\n10-ten\n20-fails\n100-hundred\nevery x\n600' ]
    [ "$(logged 'log.findLast((x) => x.report).report.hooks.map((x) => `${x.stage} ${x.name} ${x.status}`).join()')" = \
        'firstboot 9-nine 0,firstboot 10-ten 0,firstboot 20-fails 7,firstboot 100-hundred 0,everyboot 1-every 0' ]
    grep -qx 'sealroot: preseed: hook 20-fails failed with status 7' "$SEALROOT_CONSOLE"
}

@test "a later boot runs the hooks of every boot once, without values" {
    hook 1-every everyboot <<<'[ ! -e "$INITHOOKS_CONF" ] && echo every >>"$SEALROOT_ROOT/order"'
    mkdir -p "$SEALROOT_ROOT"
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" ${SEALROOT_TEST_SH:-dash} "$PRESEED/everyboot"
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" ${SEALROOT_TEST_SH:-dash} "$PRESEED/everyboot"
    [ "$(cat "$SEALROOT_ROOT/order")" = every ]
}

@test "no secret is in an argument or in the environment of any program" {
    shipped_hooks
    service "$(everything)"
    mkdir "$BATS_TEST_TMPDIR/seen"
    # Each program that is not the shell's own writes down what others could read of it.
    for program in base64 cat chpasswd chmod chown cmp cp curl date dd find getent grep head hostname id jose ln mkdir mv \
        od readlink rm runuser sed setpriv sha256sum sort ssh-keygen stat sync tail timeout touch tr wc; do
        real=$(PATH="$BATS_TEST_TMPDIR/bin:$PATH" command -v "$program") || continue
        mkdir -p "$BATS_TEST_TMPDIR/watched"
        {
            # A file for each process: what curl may write is limited.
            printf '#!/bin/bash\n{ printf "%%s\\n" "$0" "$@"; printf "%%s\\n" "$(</proc/$$/environ)"; } >"%s/$$" 2>/dev/null\n' \
                "$BATS_TEST_TMPDIR/seen"
            printf 'exec %s "$@"\n' "$real"
        } >"$BATS_TEST_TMPDIR/watched/$program"
        chmod +x "$BATS_TEST_TMPDIR/watched/$program"
    done
    # shellcheck disable=SC2086 # "busybox sh" is two words
    PATH="$BATS_TEST_TMPDIR/watched:$BATS_TEST_TMPDIR/bin:$PATH" setsid -w \
        timeout 150 ${SEALROOT_TEST_SH:-dash} "$PRESEED/preseed.sh" 3>&- </dev/null
    [ "$(logged 'log.at(-1).state')" = finished ]
    # The control: what was watched, and that it is where a secret would be found.
    [ "$(cat "$BATS_TEST_TMPDIR"/seen/* | grep -c '/watched/jose$')" -gt 20 ]
    grep -q '/watched/chpasswd$' "$BATS_TEST_TMPDIR"/seen/*
    {
        cat "$SERVICE/secrets"
        printf '%s\n' 'correct horse' s3cret JBSWY3DPEHPK3PXP very/secret/credential session-token-of-the-role \
            "$(printf ': s3cret-of-the-script' | jose b64 enc -I- | cut -c 4-20)"
        jose fmt -j "$SEALROOT_STATE/preseed/key.jwk" -g d -u- 2>/dev/null || :
    } | sed '/^$/d' >"$BATS_TEST_TMPDIR/words"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/words")" -ge 8 ]
    run grep -r -F -f "$BATS_TEST_TMPDIR/words" "$BATS_TEST_TMPDIR/seen"
    [ -z "$output" ]
}

@test "no value can execute, and every byte of it arrives, in each shell that may source the file" {
    values=$SEALROOT_SECRETS/messages/000001/values
    mkdir -p "$values"
    shells=(dash 'busybox sh')
    ! command -v bash >/dev/null || shells+=(bash)
    # shellcheck disable=SC1003
    pieces=("'" '"' "''" "'\\''" '\' '\\' '`touch executed`' '$(touch executed)' '${HOME}' '$HOME' $'\n' $'\n\n' $'\r\n' $'\t' ';' '&' '|' '!' '#'
        '*' '~' '%s' '%' '\0' '\c' $'\x01' $'\x7f' $'\x81' $'\x88' $'\xff' $'\xc3\xbc' $'\xf0\x9f\x94\x91' ' ' '  ' x '-n' "\$'a'" '=' 'export A=1' '\x27' "'; touch executed; '")
    cd "$BATS_TEST_TMPDIR"
    # Each piece by itself, twice, inside and at both ends, and sixty draws of up to eight: RANDOM's seed is fixed.
    RANDOM=4711
    cases=('')
    for piece in "${pieces[@]}"; do cases+=("$piece" "$piece$piece" "a${piece}b" "$piece-$piece"); done
    for ((i = 0; i < 60; i++)); do
        drawn=
        for ((j = RANDOM % 8; j >= 0; j--)); do drawn+=${pieces[RANDOM % ${#pieces[@]}]}; done
        cases+=("$drawn")
    done
    for i in "${!cases[@]}"; do printf %s "${cases[i]}" >"$values/V$i"; done
    agent stage_conf
    for shell in "${shells[@]}"; do
        rm -rf out
        mkdir out
        $shell -c '. "$1"; i=0; while [ "$i" -le "$2" ]; do eval "printf %s \"\$V$i\"" >"out/V$i"; i=$((i + 1)); done' sh \
            "$SEALROOT_INITHOOKS_CONF" $((${#cases[@]} - 1))
        diff -r out "$values"
    done
    [ ! -e executed ]
    [ "${#cases[@]}" -gt 200 ]
    [ "$(stat -c %a "$SEALROOT_SECRETS/inithooks.conf")" = 600 ]
    [ "$(readlink "$SEALROOT_INITHOOKS_CONF")" = "$SEALROOT_SECRETS/inithooks.conf" ]
}

@test "values come out of the JSON as they were, the last one of a name wins" {
    printf '%s' '{"type":"inithooks","values":{"A":"one\ntwo\n\n","B":"ünï \ud83d\udd11 '"'"'","C":""}}' >"$BATS_TEST_TMPDIR/1"
    printf '%s' '{"type":"inithooks","values":{"C":"later"}}' >"$BATS_TEST_TMPDIR/2"
    agent 'for SEQ in 2 1; do
            cp "$1/$SEQ" "$SEALROOT_SECRETS/m" && content_check "$SEALROOT_SECRETS/m" && stage_message "$SEQ" "$SEALROOT_SECRETS/m" || exit 1
        done
        stage_conf' "$BATS_TEST_TMPDIR"
    [ "$(cat "$SEALROOT_SECRETS/inithooks.conf")" = "export A='one
two

'
export B='ünï 🔑 '\\'''
export C=''
export C='later'" ]
}

@test "instance metadata that is slow to come is no line on the console; one that never comes ends the wait" {
    one_hook
    service "$(small '{"api/token": ["down", "down", 503, 503]}')"
    boot
    configured_once
    [ "$(grep -c metadata "$SEALROOT_CONSOLE")" -eq 0 ]
    service_stop
    rm -rf "$SEALROOT_STATE" "$SERVICE/socket"
    SEALROOT_IMDS_LIMIT=0 boot
    [[ $(tail -n 1 "$SEALROOT_CONSOLE") == 'sealroot: preseed: instance metadata (IMDSv2) does not answer; the boot goes on without' ]]
    [ ! -e "$SEALROOT_STATE/preseed/done" ]
}

@test "messages that come again, out of order or without a number stop nothing and are not applied twice" {
    service "$(printf '{"user_data": "# sealroot-server: %s\\n", "messages": [%s,%s,%s,%s]}' "$SERVER_ID" \
        '{"type": "inithooks", "values": {"A": "1"}}' '{"type": "inithooks", "values": {"B": "2"}}' \
        '{"type": "inithooks", "values": {"A": "3"}}' '{"type": "inithooks", "values": {"C": "4"}}')"
    run agent 'SERVER=$1 SUBKEY=s
        SECRET=$(head -n 1 "$SERVICE/secrets")
        AFTER=0
        # The order of an answer: 2, then 1 (out of order), 2 again, one that is no message, 4.
        for number in 2 1 2 x 4; do
            cp "$SERVICE/message.$number" "$SEALROOT_SECRETS/message.jwe"
            mailbox_message
            printf "%s %s %s\n" "$number" "$REASON" "$AFTER"
        done
        stage_conf && cat "$SEALROOT_SECRETS/inithooks.conf" && cat "$STORE/settled"' "$SERVER_ID"
    [ "$output" = "2 ok 2
1 order 2
2 repeat 2
x malformed 2
4 ok 4
export B='2'
export C='4'
1 rejected order named" ]
    grep -qx 'sealroot: preseed: dropped a message without a number' "$SEALROOT_CONSOLE"
}
