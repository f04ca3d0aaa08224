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

# split LIST: each of its entries in a file of its own, $CASES/0 and so on; sets COUNT.
split() {
    CASES=$BATS_TEST_TMPDIR/cases
    mkdir -p "$CASES"
    COUNT=$(node -e 'const fs = require("fs"); const list = JSON.parse(fs.readFileSync(process.argv[1], "utf8"))[process.argv[2]];
        list.forEach((entry, i) => fs.writeFileSync(`${process.argv[3]}/${i}`, JSON.stringify(entry)));
        console.log(list.length);' "$VECTORS/preseed.json" "$1" "$CASES")
}

# member NAME: a string, or other JSON, of case $i.
member() { jose fmt -j "$CASES/$i" -g "$1" -u- 2>/dev/null || jose fmt -j "$CASES/$i" -g "$1" -o-; }

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
    split hkdf
    [ "$COUNT" -gt 3 ]
    for ((i = 0; i < COUNT; i++)); do
        # The agent derives with an empty salt and 32 bytes; extracting with another is the same HMAC.
        run agent 'prk=$(hex_bytes "$1" | hmac_sha256 "$2"); { hex_bytes "$3"; printf "\\001"; } | hmac_sha256 "$prk"' \
            "$(hex "$(member ikm)")" "$(hex "$(member salt)")" "$(hex "$(member info)")"
        wanted=$(hex "$(member okm)")
        [ "$output" = "${wanted:0:64}" ]
        [ -z "$(member salt)" ] || continue
        run agent 'hkdf "$1" "$2"' "$(hex "$(member ikm)")" "$(member info | jose b64 dec -i- -O-)"
        [ "$output" = "${wanted:0:64}" ]
    done
}

@test "every answer to a registration is accepted, or refused by the step that the vectors name" {
    split register
    [ "$COUNT" -gt 20 ]
    run agent 'CLIENT_KEY=$STORE/key.jwk NONCE=$1 INSTANCE=$2 SERVER=$3 i=0
        while [ "$i" -lt "$4" ]; do
            jose fmt -j "$5/$i" -g response -o "$SEALROOT_SECRETS/response"
            register_open "$SEALROOT_SECRETS/response" && registered && status=accepted || status=refused
            printf "%s %s %s\n" "$CHECK" "$status" "$(file_hex "$SEALROOT_SECRETS/registration/secret" 2>/dev/null)"
            find "$SEALROOT_SECRETS" -name "*.unverified" -o -name registration.json
            rm -rf "$SEALROOT_SECRETS"/registration*
            i=$((i + 1))
        done' "$(vector preseed expected nonce)" "$(vector preseed expected instance)" "$SERVER_ID" "$COUNT" "$CASES"
    [ "${#lines[@]}" -eq "$COUNT" ]
    secret=$(hex "$(vector preseed registration secret)")
    for ((i = 0; i < COUNT; i++)); do
        step=$(member step)
        [ "$step" = ok ] && wanted="ok accepted $secret" || wanted="$step refused "
        [ "${lines[i]}" = "$wanted" ] || {
            echo "$(member name): ${lines[i]} instead of $wanted"
            return 1
        }
    done
}

@test "every message is opened, or refused by the step that the vectors name, and known by its number" {
    split messages
    [ "$COUNT" -gt 30 ]
    # All in one shell, a line each.
    run agent 'SERVER=$1 SECRET=$2 i=0
        while [ "$i" -lt "$3" ]; do
            jose fmt -j "$4/$i" -g jwe -u- | tr -d "\n" >"$SEALROOT_SECRETS/message.jwe"
            open_message "$SEALROOT_SECRETS/message.jwe" "$(jose fmt -j "$4/$i" -g after -o-)" "$SEALROOT_SECRETS/out.$i" || :
            printf "%s %s\n" "$REASON" "${SEQ:-null}"
            i=$((i + 1))
        done' "$SERVER_ID" "$(hex "$(vector preseed registration secret)")" "$COUNT" "$CASES"
    [ "${#lines[@]}" -eq "$COUNT" ]
    for ((i = 0; i < COUNT; i++)); do
        step=$(member step)
        [ "${lines[i]}" = "$step $(member seq)" ] || {
            echo "$(member name): ${lines[i]} instead of $step"
            return 1
        }
        if [ "$step" = ok ]; then
            jose fmt -j "$CASES/$i" -g message -o "$BATS_TEST_TMPDIR/message"
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
