#!/usr/bin/env bats
# The vectors of protocol/vectors, which the keyserver's tests use too.
load support

setup() {
    scratch
    vector release trust >"$SEALROOT_ETC/trust/keyserver.jwks"
    vector release client >"$SEALROOT_SECRETS/client.jwk"
    SEALROOT_NOW=$(vector release now)
    export SEALROOT_NOW
}

# Expectations of the client in every vector, by name.
declare -gA EXPECTED

# Opens answer number $1 of the list `release` or `ready` and prints the step that refused it.
open_vector() {
    jose fmt -j "$VECTORS/release.json" -g "$2" -g "$1" -g response -o "$SEALROOT_SECRETS/response"
    lib '
        CLIENT_KEY=$SEALROOT_SECRETS/client.jwk
        INSTANCE=$3
        volume_begin "$4" auto && volume_set "$4" nonce "$2" luks "$5" digest "$6"
        case $1 in
            release) message_open_release "$4" "$SEALROOT_SECRETS/response" "$SEALROOT_SECRETS/out" ;;
            ready) message_open_receipt "$4" "$SEALROOT_SECRETS/response" ;;
        esac && [ "$CHECK" = ok ] || status=refused
        printf "%s %s\n" "$CHECK" "${status:-accepted}"' \
        "$2" "${EXPECTED[nonce]}" "${EXPECTED[instance]}" "${EXPECTED[volume]}" "${EXPECTED[luks]}" "${EXPECTED[header]}"
}

every_vector() {
    local i name step steps member
    for member in nonce instance volume luks header; do EXPECTED[$member]=$(vector release expected "$member"); done
    mapfile -t steps < <(steps_of release "$1")
    [ "${#steps[@]}" -gt 5 ]
    for i in "${!steps[@]}"; do
        name=${steps[i]#* } step=${steps[i]%% *}
        run open_vector "$i" "$1"
        if [ "$step" = ok ]; then
            [ "$output" = 'ok accepted' ] || {
                echo "$name: $output"
                return 1
            }
        else
            [ "$output" = "$step refused" ] || {
                echo "$name: $output instead of $step"
                return 1
            }
            [ ! -e "$SEALROOT_SECRETS/out" ] || {
                echo "$name: left its plaintext behind"
                return 1
            }
        fi
        rm -f "$SEALROOT_SECRETS/out"
        [ -z "$(find "$SEALROOT_SECRETS" -name '*.unverified')" ]
    done
}

@test "every answer to a release request is accepted, or refused by the step that the vectors name" {
    every_vector release
}

@test "every receipt is accepted, or refused by the step that the vectors name" {
    every_vector ready
}

@test "a request has the id that the keyserver gives it" {
    vector request request epk >"$SEALROOT_SECRETS/epk.jwk"
    run lib 'INSTANCE=$1 THUMBPRINT=$(jose jwk thp -i "$SEALROOT_SECRETS/epk.jwk")
        volume_begin root auto && volume_set root luks "$2" ticket "$3"
        message_request_id root; echo "$REQUEST_ID"' \
        "$(vector request instance)" "$(vector request request luks)" "$(vector request request ticket)"
    [ "$output" = "$(vector request id)" ]
}

@test "a header has the digest that SPEC.md section 7 defines" {
    vector header metadata >"$BATS_TEST_TMPDIR/metadata.json"
    run lib 'volume_begin root auto && volume_set root header_uuid "$1" && cp "$2" "$VOLUMES/root/metadata.json"
        header_digest root; volume_get root digest; echo "$digest"' "$(vector header uuid)" "$BATS_TEST_TMPDIR/metadata.json"
    [ "$output" = "$(vector header digest)" ]
}
