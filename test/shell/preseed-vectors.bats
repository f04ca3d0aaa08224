#!/usr/bin/env bats
# The vectors of protocol/vectors/preseed.json, which the service's tests use too, and those of the RFCs.
load support
load preseed

setup() {
    preseed_scratch
    vector preseed trust >"$SEALROOT_ETC/trust/preseed.jwks"
    vector preseed client >"$SEALROOT_STATE/preseed/key.jwk"
    SEALROOT_NOW=$(vector preseed now)
    export SEALROOT_NOW
    SERVER_ID=$(vector preseed expected server)
}

# hex TEXT: base64url as hex.
hex() { jose b64 dec -i- -O- <<<"$1" | od -An -v -tx1 | tr -d ' \n'; }

@test "HMAC-SHA256 gives what RFC 4231 says" {
    hmac() { run agent 'hex_bytes "$2" | hmac_sha256 "$1"' "$1" "$2"; }
    twenty() { printf "$1%.0s" {1..20}; }
    hmac "$(twenty 0b)" 4869205468657265
    [ "$output" = b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7 ]
    hmac 4a656665 7768617420646f2079612077616e7420666f72206e6f7468696e673f
    [ "$output" = 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843 ]
    hmac "$(twenty aa)" "$(printf 'dd%.0s' {1..50})"
    [ "$output" = 773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe ]
    # A key that is longer than a block.
    hmac "$(printf 'aa%.0s' {1..131})" "$(printf 'Test Using Larger Than Block-Size Key - Hash Key First' | od -An -v -tx1 | tr -d ' \n')"
    [ "$output" = 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54 ]
}

@test "HKDF-SHA256 gives what RFC 5869 and the vectors say" {
    count=$(jose fmt -j "$VECTORS/preseed.json" -g hkdf -l -o-)
    [ "$count" -gt 3 ]
    for ((i = 0; i < count; i++)); do
        jose fmt -j "$VECTORS/preseed.json" -g hkdf -g "$i" -o "$BATS_TEST_TMPDIR/case"
        member() { hex "$(jose fmt -j "$BATS_TEST_TMPDIR/case" -g "$1" -u-)"; }
        # The agent derives with an empty salt and 32 bytes; extracting with another is the same HMAC.
        run agent 'prk=$(hex_bytes "$1" | hmac_sha256 "$2"); { hex_bytes "$3"; printf "\\001"; } | hmac_sha256 "$prk"' \
            "$(member ikm)" "$(member salt)" "$(member info)"
        wanted=$(member okm)
        [ "$output" = "${wanted:0:64}" ]
        [ -z "$(member salt)" ] || continue
        run agent 'hkdf "$1" "$2"' "$(member ikm)" "$(jose fmt -j "$BATS_TEST_TMPDIR/case" -g info -u- | jose b64 dec -i- -O-)"
        [ "$output" = "${wanted:0:64}" ]
    done
}

@test "every answer to a registration is accepted, or refused by the step that the vectors name" {
    count=$(jose fmt -j "$VECTORS/preseed.json" -g register -l -o-)
    [ "$count" -gt 20 ]
    for ((i = 0; i < count; i++)); do
        jose fmt -j "$VECTORS/preseed.json" -g register -g "$i" -g response -o "$SEALROOT_SECRETS/response"
        run agent 'CLIENT_KEY=$STORE/key.jwk NONCE=$1 INSTANCE=$2 SERVER=$3
            register_open "$SEALROOT_SECRETS/response" && registered || status=refused
            printf "%s %s %s\n" "$CHECK" "${status:-accepted}" "$(file_hex "$SEALROOT_SECRETS/registration/secret" 2>/dev/null)"' \
            "$(vector preseed expected nonce)" "$(vector preseed expected instance)" "$SERVER_ID"
        step=$(vector preseed register "$i" step)
        if [ "$step" = ok ]; then
            wanted="ok accepted $(hex "$(vector preseed registration secret)")"
        else
            wanted="$step refused "
        fi
        [ "$output" = "$wanted" ] || {
            echo "$(vector preseed register "$i" name): $output instead of $wanted"
            return 1
        }
        [ -z "$(find "$SEALROOT_SECRETS" -name '*.unverified' -o -name registration.json)" ]
        rm -rf "${SEALROOT_SECRETS:?}"/*
    done
}

# open_vectors: all messages in one shell, a line each: STEP SEQ, as the agent finds them.
open_vectors() {
    run agent 'SERVER=$1 SECRET=$2 i=0
        while [ "$i" -lt "$3" ]; do
            AFTER=$(jose fmt -j "$4" -g messages -g "$i" -g after -o-)
            jose fmt -j "$4" -g messages -g "$i" -g jwe -u- | tr -d "\n" >"$SEALROOT_SECRETS/message.jwe"
            open_message "$SEALROOT_SECRETS/message.jwe" "$AFTER" "$SEALROOT_SECRETS/out.$i"
            printf "%s %s\n" "$REASON" "${SEQ:-null}"
            i=$((i + 1))
        done' "$SERVER_ID" "$(hex "$(vector preseed registration secret)")" "$1" "$VECTORS/preseed.json"
}

@test "every message is opened, or refused by the step that the vectors name, and known by its number" {
    count=$(jose fmt -j "$VECTORS/preseed.json" -g messages -l -o-)
    [ "$count" -gt 30 ]
    open_vectors "$count"
    [ "${#lines[@]}" -eq "$count" ]
    for ((i = 0; i < count; i++)); do
        jose fmt -j "$VECTORS/preseed.json" -g messages -g "$i" -o "$BATS_TEST_TMPDIR/case"
        step=$(jose fmt -j "$BATS_TEST_TMPDIR/case" -g step -u-)
        [ "${lines[i]}" = "$step $(jose fmt -j "$BATS_TEST_TMPDIR/case" -g seq -o-)" ] || {
            echo "$(jose fmt -j "$BATS_TEST_TMPDIR/case" -g name -u-): ${lines[i]} instead of $step"
            return 1
        }
        if [ "$step" = ok ]; then
            jose fmt -j "$BATS_TEST_TMPDIR/case" -g message -o "$BATS_TEST_TMPDIR/message"
            jose fmt -j "$BATS_TEST_TMPDIR/message" -j "$SEALROOT_SECRETS/out.$i" -E
        else
            [ ! -e "$SEALROOT_SECRETS/out.$i" ]
        fi
    done
    [ -z "$(find "$SEALROOT_SECRETS" -name '*.unverified' -o -name message.jwk)" ]
}

@test "the report is one that the report key opens" {
    run agent 'SERVER=$1 SECRET=$2 SUBKEY=s HOOK_RESULTS=$SEALROOT_SECRETS/hooks
        printf "firstboot 20-root-password 0\nfirstboot 90-scripts 1\n" >"$HOOK_RESULTS"
        exchange() { cp "$SEALROOT_SECRETS/request.json" "$SEALROOT_SECRETS/posted"; }
        report_send finished && key_write "$SECRET" "sealroot/v1/preseed/report$NEWLINE$SERVER" "$SEALROOT_SECRETS/key"' \
        "$SERVER_ID" "$(hex "$(vector preseed registration secret)")"
    [ "$status" -eq 0 ]
    jose fmt -j "$SEALROOT_SECRETS/posted" -g report -u- | tr -d '\n' >"$SEALROOT_SECRETS/report.jwe"
    run jose jwe dec -i "$SEALROOT_SECRETS/report.jwe" -k "$SEALROOT_SECRETS/key" -O-
    [ "$output" = '{"status":"finished","hooks":[{"stage":"firstboot","name":"20-root-password","status":0},{"stage":"firstboot","name":"90-scripts","status":1}],"hostKeys":[]}' ]
    run jose b64 dec -i- -O- <<<"$(cut -d. -f1 "$SEALROOT_SECRETS/report.jwe")"
    [ "$output" = '{"alg":"dir","enc":"A256GCM","typ":"sealroot-report"}' ]
    # And the one of the vectors opens under the same key.
    jose fmt -j "$VECTORS/preseed.json" -g report -g jwe -u- | tr -d '\n' >"$SEALROOT_SECRETS/report.jwe"
    jose fmt -j "$VECTORS/preseed.json" -g report -g report -o "$SEALROOT_SECRETS/wanted"
    jose jwe dec -i "$SEALROOT_SECRETS/report.jwe" -k "$SEALROOT_SECRETS/key" -O "$SEALROOT_SECRETS/opened"
    jose fmt -j "$SEALROOT_SECRETS/opened" -j "$SEALROOT_SECRETS/wanted" -E
}
