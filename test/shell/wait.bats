#!/usr/bin/env bats
load support

setup() {
    scratch
    export SEALROOT_NOW=1800000000
}

# delays RETRY_AFTER TRY: 40 delays, the smallest and the greatest in milliseconds.
delays() {
    run lib 'i=0; while [ $i -lt 40 ]; do RETRY_AFTER=$1; backoff "$2"; echo "${DELAY%.*}${DELAY#*.}"; i=$((i + 1)); done' "$1" "$2"
    LEAST=$(sort -n <<<"$output" | head -n 1) MOST=$(sort -n <<<"$output" | tail -n 1)
}

@test "the delay grows, is spread over the whole range, and has a limit" {
    delays '' 1
    ((10#$LEAST < 1200 && 10#$MOST > 1200 && 10#$MOST <= 2200))
    delays '' 50
    ((10#$LEAST < 20000 && 10#$MOST > 40000 && 10#$MOST <= 60200))
}

@test "Retry-After is a minimum, and at most five minutes" {
    delays 15 1
    ((10#$LEAST >= 15000 && 10#$MOST <= 19300))
    delays 999999 1
    ((10#$LEAST >= 300000 && 10#$MOST <= 375500))
}

@test "one line for a change of state, not for an attempt" {
    lib 'state one; state one; state two; state one'
    [ "$(cat "$SEALROOT_CONSOLE")" = $'sealroot: one\nsealroot: two\nsealroot: one' ]
}

# waited ACTION LIMIT: a keyserver that never answers; prints what ended the wait.
waited() {
    fake sleep <<<'exit 0'
    fake reboot <<<'echo rebooted >>"$SEALROOT_CONSOLE"; kill $PPID'
    fake poweroff <<<'echo halted >>"$SEALROOT_CONSOLE"; kill $PPID'
    run lib 'WAIT_ACTION=$1 WAIT_LIMIT=$2 STARTED_MS=0 tries=0
        never() { OUTCOME="keyserver unreachable: no connection"; tries=$((tries + 1)); [ $tries -lt 5 ] || exit 7; return 1; }
        retry never' "$1" "$2"
}

@test "when the wait has an end, it reboots or halts at it, and says so" {
    waited reboot 60
    [[ $(cat "$SEALROOT_CONSOLE") == *'no key after 60 seconds: rebooting'*rebooted* ]]
    waited halt 60
    [[ $(cat "$SEALROOT_CONSOLE") == *'no key after 60 seconds: halting'*halted* ]]
}

@test "without an end it goes on" {
    waited wait 0
    [ "$status" -eq 7 ]
}

# answered STATUS BODY [HEADER]: the line that an answer of the keyserver makes.
answered() {
    mkdir -p "$SEALROOT_SECRETS/http.1"
    printf 'HTTP/2 %s \r\n%s\r\n\r\n' "$1" "${3:-x: y}" >"$SEALROOT_SECRETS/http.1/headers"
    printf '%s' "$2" >"$SEALROOT_SECRETS/http.1/body"
    echo "${4:-0}" >"$SEALROOT_SECRETS/http.1/exit"
    run lib 'INSTANCE=i-0123456789abcdef0 THUMBPRINT=x CLIENT_KEY=x
        volume_begin root auto
        release_answer "$SEALROOT_SECRETS/http.1" root && echo accepted; echo "$OUTCOME [$RETRY_AFTER]"'
}

@test "a request that waits is named by the id computed here, whatever the answer says" {
    answered 202 '{"code":"pending","request":"ffffffffffffffff"}' 'Retry-After: 15'
    [[ $output == 'waiting for approval (request '*'): a custodian runs: sealroot keys approve '*' [15]' ]]
    [[ $output != *ffffffffffffffff* ]]
}

@test "every other answer has its line" {
    answered 403 '{"code":"refused","request":"r"}'
    [ "$output" = 'refused by the keyserver; the reason is in its audit log []' ]
    answered 403 '{"code":"refused","request":"r","message":"The security token included in the request is expired"}'
    [ "$output" = 'access denied before the keyserver (role, endpoint policy or clock) []' ]
    answered 403 '{"message":"Forbidden"}'
    [ "$output" = 'access denied before the keyserver (role, endpoint policy or clock) []' ]
    answered 400 '{"code":"malformed","request":"r","field":"epk"}'
    [ "$output" = 'the keyserver does not understand this request (field epk) []' ]
    answered 503 '' 'retry-after: 5'
    [ "$output" = 'the keyserver is busy (HTTP 503) [5]' ]
    answered 200 'not JSON'
    [ "$output" = 'answer discarded: signature of the delegation does not verify []' ]
    answered 000 '' '' 7
    [ "$output" = 'keyserver unreachable: no connection []' ]
}

@test "a clock that is off is hinted at, and changes nothing" {
    answered 403 '{"message":"Signature expired"}' 'Date: Fri, 15 Jan 2027 07:50:00 GMT'
    [[ $output == *'the clock here is 10 minutes off'* ]]
    answered 403 '{"message":"Signature expired"}' 'Date: Fri, 15 Jan 2027 07:59:00 GMT'
    [[ $output != *clock\ here* ]]
}

@test "control characters in an answer do not reach the console" {
    answered 400 '{"code":"malformed","request":"r","field":"\u001b[2J\nsealroot: fake"}'
    [ "$output" = 'the keyserver does not understand this request (field 2Jsealroot: fake) []' ]
}

@test "boot.json names each step once, however many attempts there were" {
    run lib '
        at() { echo "$1.00 0.00" >"$SEALROOT_PROC/uptime"; }
        at 10; step network
        at 12; step_again release
        at 13; step open
        at 20; step_again release
        at 30; step open
        at 31; report unlock "" 2'
    jose fmt -j "$SEALROOT_RUN/boot.json" -O
    [[ $(cat "$SEALROOT_RUN/boot.json") == *'"steps":{"network":2000,"release":18000,"open":1000},"attempts":2'* ]]
}
