#!/usr/bin/env bats
# Real LUKS2 headers in files: cryptsetup formats and opens those without device-mapper.
load support

setup() {
    scratch
    DISK=$BATS_TEST_TMPDIR/disk
    truncate -s 32M "$DISK"
    KEYS=$BATS_TEST_TMPDIR/keys
    mkdir "$KEYS"
    head -c 64 /dev/urandom >"$KEYS/key.0"
    printf 0123456789abcdefghjkmnpqrstvwxyz >"$KEYS/key.recovery"
    export KEYS
}

BEGIN='volume_begin root "$1"; volume_set root device "$1"; cp "$KEYS"/* "$VOLUMES/root/"; '
FORMAT=$BEGIN'INSTANCE=i-0123456789abcdef0
    volume_set root luks 5d0c6f3e-2b1a-4c8d-9e7f-001122334455 sealed c2VhbGVk \
        ticket Mg2LAGqosM3OkKHFBybR7ZT3Yf2USUUu66K_9zJcOWs recovery cmVjb3Zlcnk
    crypt_format root || { echo "$OUTCOME"; exit 1; }; '
CHECK='header_copy root && header_check root && echo accepted || echo "$OUTCOME"'

# manipulate SED-SCRIPT: edits the JSON of both copies of the metadata, without a change in its length unless the JSON
# area's padding takes it up, and fixes both checksums, as somebody who holds the disk would.
manipulate() {
    node "$BATS_TEST_DIRNAME/edit-header.mjs" "$DISK" "$1"
}

@test "the header that we write is accepted, and both keys open it" {
    run lib "$FORMAT$CHECK" "$DISK"
    [ "$output" = accepted ]
    header=$SEALROOT_SECRETS/volumes/root/header
    cryptsetup open --test-passphrase --header "$header" --key-slot 0 --key-file "$KEYS/key.0" "$DISK"
    cryptsetup open --test-passphrase --header "$header" --key-slot 1 --key-file "$KEYS/key.recovery" "$DISK"
}

@test "a header without a recovery keyslot is accepted" {
    rm "$KEYS/key.recovery"
    run lib "$FORMAT$CHECK" "$DISK"
    [ "$output" = accepted ]
}

@test "the token says what was put into it, and changing it changes neither key nor digest" {
    run lib "$FORMAT"'show() { volume_get root token_state sealed ticket recovery; echo "$token_state $sealed $ticket $recovery"; }
        digest() { header_digest root && volume_get root digest && echo "$digest"; }
        header_copy root && token_read root && show
        digest >"$SEALROOT_RUN/before"
        volume_set root ticket UFD03YMttDhfqghezZrbMiR8xJhIMJWvJD93OiXBm98; token_write root copied
        header_copy root && token_read root && show
        digest >"$SEALROOT_RUN/after"' "$DISK"
    [ "${lines[0]}" = 'copying c2VhbGVk Mg2LAGqosM3OkKHFBybR7ZT3Yf2USUUu66K_9zJcOWs cmVjb3Zlcnk' ]
    [ "${lines[1]}" = 'copied c2VhbGVk UFD03YMttDhfqghezZrbMiR8xJhIMJWvJD93OiXBm98 cmVjb3Zlcnk' ]
    [ -s "$SEALROOT_RUN/before" ]
    cmp "$SEALROOT_RUN/before" "$SEALROOT_RUN/after"
    cryptsetup open --test-passphrase --key-file "$KEYS/key.0" "$DISK"
}

@test "a token with hostile values is read as empty" {
    lib "$FORMAT" "$DISK"
    echo '{"type":"sealroot","keyslots":["0"],"state":"copied; reboot","sealed":"$(reboot)","ticket":"\",\"luks\":\"","recovery":"a b"}' >"$BATS_TEST_TMPDIR/token"
    cryptsetup token import --token-id 0 --token-replace --json-file "$BATS_TEST_TMPDIR/token" "$DISK"
    run lib "$BEGIN"'header_copy root && token_read root && volume_get root token_state sealed ticket recovery &&
        echo "[$token_state$sealed$ticket$recovery]"' "$DISK"
    [ "$output" = '[]' ]
}

# refuses FIELD EDIT: the edited header still is one that cryptsetup accepts, or that it cannot read.
refuses() {
    lib "$FORMAT" "$DISK"
    manipulate "$2"
    cryptsetup luksDump "$DISK" >/dev/null || {
        echo 'cryptsetup itself refuses: not a test of ours'
        return 1
    }
    run lib "$BEGIN$CHECK" "$DISK"
    [ "$output" = "refusing the LUKS2 header: field not allowed: $1" ]
}

@test "cipher_null in the segment is refused (CVE-2025-59054), although the right key opens it" {
    lib "$FORMAT" "$DISK"
    manipulate 'json.segments[0].encryption = "cipher_null-ecb"'
    cryptsetup open --test-passphrase --key-file "$KEYS/key.0" "$DISK"
    run lib "$BEGIN$CHECK" "$DISK"
    [ "$output" = 'refusing the LUKS2 header: field not allowed: segments.0.encryption' ]
}

@test "another offset of the data is refused" {
    refuses segments.0.offset 'json.segments[0].offset = "20971520"'
}

@test "a tweak offset is refused" {
    refuses segments.0.iv_tweak 'json.segments[0].iv_tweak = "8"'
}

@test "another sector size is refused" {
    refuses segments.0.sector_size 'json.segments[0].sector_size = 2048'
}

@test "a linear segment behind ours is refused" {
    refuses segments.0.size 'json.segments[0].size = "4096"; json.segments[1] = {type: "linear", offset: "16781312", size: "dynamic"}'
}

@test "a third keyslot is refused" {
    refuses keyslots 'json.keyslots[2] = {...json.keyslots[1], area: {...json.keyslots[1].area, offset: "548864"}}; json.digests[0].keyslots.push("2")'
}

@test "a keyslot area in clear is refused" {
    refuses keyslots.0.area.encryption 'json.keyslots[0].area.encryption = "cipher_null-ecb"'
}

@test "a costly KDF is refused: it would stop the boot" {
    refuses keyslots.0.kdf 'json.keyslots[0].kdf = {type: "argon2id", time: 4, memory: 1048576, cpus: 4, salt: json.keyslots[0].kdf.salt}'
}

@test "an unknown flag is refused" {
    refuses config.flags 'json.config.flags = ["allow-discards"]'
}

@test "a requirement is refused" {
    refuses config.requirements 'json.config.requirements = {mandatory: ["something-new"]}'
}

@test "a member that nobody thought of is refused" {
    refuses segments.0 'json.segments[0].flags = ["in-reencryption"]'
}

@test "a device without a header is reported, not accepted" {
    run lib "$BEGIN$CHECK" "$DISK"
    [ "$output" = "the LUKS2 header on $DISK cannot be read" ]
}
