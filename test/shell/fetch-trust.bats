#!/usr/bin/env bats
# Fetching the trust anchor, with curl replaced by one that plays IMDS and KMS.

bats_require_minimum_version 1.5.0

SCRIPT=$BATS_TEST_DIRNAME/../../image-builder/agent/image/fetch-trust
ARN=arn:aws:kms:eu-west-1:111122223333:key/0a1b

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    export SEALROOT_ROOT=$BATS_TEST_TMPDIR/image WORK=$BATS_TEST_TMPDIR
    mkdir -p "$WORK/bin"
    PATH=$WORK/bin:$PATH
    # Writes down its arguments, and what its configuration file says, apart.
    cat >"$WORK/bin/curl" <<'END'
#!/bin/sh
printf '%s\n' "$*" >>"$WORK/arguments"
out=/dev/stdout
for argument; do
    case $previous in
        -o) out=$argument ;;
        -K) cat "$argument" >>"$WORK/configuration" ;;
    esac
    previous=$argument
    url=$argument
done
case $* in *latest/api/token*) url=token ;; esac
case $url in
    token) printf TOKEN >"$out" ;;
    */security-credentials/) printf build-role ;;
    */security-credentials/build-role)
        printf '{"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"very/secret","Token":"session"}' >"$out" ;;
    https://kms.*) cat "$WORK/answer" >"$out" ;;
    *) exit 7 ;;
esac
END
    chmod +x "$WORK/bin/curl"
}

# answer_with DER-FILE: what KMS says
answer_with() { printf '{"KeyId":"%s","PublicKey":"%s"}' "$ARN" "$(base64 -w0 "$1")" >"$WORK/answer"; }

# fetch [SERVICE [KEY]]
# shellcheck disable=SC2120 # through run
fetch() {
    # shellcheck disable=SC2086 # "busybox sh" is two words
    ${SEALROOT_TEST_SH:-sh} "$SCRIPT" eu-west-1 "${2:-$ARN}" ${1:+"$1"}
}

public_key() { openssl ecparam -name "$1" -genkey -noout | openssl ec -pubout -outform DER -out "$WORK/der" 2>/dev/null; }

@test "the key of KMS is pinned as a JWK that verifies what it signs" {
    jose jwk gen -i '{"alg":"ES256"}' -o "$WORK/private"
    node -e '
        const { createPublicKey } = require("node:crypto");
        const jwk = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
        const { kty, crv, x, y } = jwk;
        process.stdout.write(createPublicKey({ key: { kty, crv, x, y }, format: "jwk" }).export({ type: "spki", format: "der" }));
    ' "$WORK/private" >"$WORK/der"
    answer_with "$WORK/der"
    run -0 fetch
    jwks=$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks
    [ "$(stat -c %a "$jwks")" = 644 ]
    printf hello | jose jws sig -I- -k "$WORK/private" -c -o "$WORK/jws"
    run -0 jose jws ver -i "$WORK/jws" -k "$jwks" -O-
    assert_output hello
    jose jwk pub -i "$WORK/private" -o "$WORK/public"
    assert_equal "$(jose fmt -j "$jwks" -g keys -g 0 -g kid -u-)" "$(jose jwk thp -i "$WORK/public" -a S256)"
}

@test "each service's key has a place of its own; none pins nothing" {
    public_key prime256v1
    answer_with "$WORK/der"
    run -0 fetch preseed none
    [ ! -e "$SEALROOT_ROOT" ]
    run -0 fetch preseed
    [ "$(ls "$SEALROOT_ROOT/etc/sealroot/trust")" = preseed.jwks ]
    run -1 fetch ../../evil
    assert_output --partial 'unknown service'
}

@test "credentials reach curl through a file, and never as an argument" {
    public_key prime256v1
    answer_with "$WORK/der"
    run -0 fetch
    run -0 cat "$WORK/configuration"
    assert_output --partial 'user = "ASIAEXAMPLE:very/secret"'
    run -0 cat "$WORK/arguments"
    refute_output --partial 'very/secret'
    refute_output --partial 'session'
    refute_output --partial 'TOKEN'
    assert_output --partial 'https://kms.eu-west-1.amazonaws.com/'
}

@test "a key on another curve is refused, and nothing is pinned" {
    public_key secp256k1
    answer_with "$WORK/der"
    run -1 fetch
    assert_output --partial 'not a P-256 public key'
    [ ! -e "$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks" ]
}

@test "a truncated key is refused" {
    public_key prime256v1
    truncate -s 90 "$WORK/der"
    answer_with "$WORK/der"
    run -1 fetch
    assert_output --partial 'not a P-256 public key'
}
