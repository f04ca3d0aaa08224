#!/usr/bin/env bats
load support

setup() {
    scratch
    fake blkid <<<'exit 2'
    echo '{"keys":[]}' >"$SEALROOT_ETC/trust/keyserver.jwks"
    echo 'endpoint=https://a.example.com/v https://b.example.com/v' >"$SEALROOT_ETC/sealroot.conf"
}

# load_config: prints what came of it, or why nothing did.
load_config() {
    run lib 'config_load && mode_select && echo "$LAYOUT $BACKING $KEY $DEVICE $ENDPOINT $WAIT_LIMIT $WAIT_ACTION" || echo "$OUTCOME"'
}

@test "the defaults are a persistent root, any device, and waiting without end" {
    load_config
    [ "$output" = 'copy crypt keyserver auto https://a.example.com/v https://b.example.com/v 0 wait' ]
}

@test "the kernel command line wins over the image" {
    echo 'preset=persistent' >>"$SEALROOT_ETC/sealroot.conf"
    echo 'root=/dev/vda1 sealroot.preset=volatile sealroot.device=/dev/sdf quiet' >"$SEALROOT_PROC/cmdline"
    load_config
    [[ $output == 'copy crypt volatile /dev/sdf '* ]]
}

@test "the command line cannot name another keyserver" {
    echo 'sealroot.endpoint=https://evil.example.com/v' >"$SEALROOT_PROC/cmdline"
    load_config
    [ "$output" = 'configuration: this image does not let the command-line set endpoint' ]
}

@test "nor say where the keyserver is" {
    echo 'sealroot.endpoint_address=10.0.0.9' >"$SEALROOT_PROC/cmdline"
    load_config
    [ "$output" = 'configuration: this image does not let the command-line set endpoint_address' ]
}

@test "the image says where by names and addresses, and by nothing else" {
    for address in 'a b:443' '-a' 'A.example' 'a..b'; do
        printf 'endpoint=https://a.example.com/v\nendpoint_address=%s\n' "$address" >"$SEALROOT_ETC/sealroot.conf"
        load_config
        [ "$output" = "configuration (image): not allowed: endpoint_address=$address" ]
    done
}

@test "nor can it allow itself to" {
    echo 'sealroot.allow_override=endpoint sealroot.endpoint=https://evil.example.com/v' >"$SEALROOT_PROC/cmdline"
    load_config
    [ "$output" = 'configuration: the command-line cannot set allow_override' ]
}

@test "an image that allows it takes another keyserver" {
    echo 'allow_override=endpoint' >>"$SEALROOT_ETC/sealroot.conf"
    echo 'sealroot.endpoint=https://other.example.com/v' >"$SEALROOT_PROC/cmdline"
    load_config
    [[ $output == *' https://other.example.com/v '* ]]
}

@test "what is for the running system comes from the image, and cannot be loosened at launch" {
    printf 'preseed_wait_limit=600\nimds_guard=on\nimds_users=root app\n' >>"$SEALROOT_ETC/sealroot.conf"
    run lib 'config_load && echo "$PRESEED_WAIT_LIMIT $IMDS_GUARD $IMDS_USERS"'
    [ "$output" = '600 on root app' ]
    for line in imds_guard=off imds_users=evil preseed_wait_limit=1; do
        echo "sealroot.$line" >"$SEALROOT_PROC/cmdline"
        load_config
        [ "$output" = "configuration: the command-line cannot set ${line%%=*}" ]
    done
    : >"$SEALROOT_PROC/cmdline"
    for line in imds_guard=maybe 'imds_users=root $(id)' imds_users=Root preseed_wait_limit=1h; do
        printf 'endpoint=https://a.example.com/v\n%s\n' "$line" >"$SEALROOT_ETC/sealroot.conf"
        load_config
        [[ $output == 'configuration (image): not allowed: '* ]]
    done
}

@test "nothing in a file is executed" {
    printf 'device=$(touch %s)\n' "$BATS_TEST_TMPDIR/executed" >>"$SEALROOT_ETC/sealroot.conf"
    load_config
    [[ $output == 'configuration (image): not allowed: device='* ]]
    [ ! -e "$BATS_TEST_TMPDIR/executed" ]
}

@test "an unencrypted, misspelt or unknown setting is an error, not a default" {
    for line in backing=plain preset=persistant wait_limit=1h wait_action=shell endpoint=http://a.example.com/v colour=red; do
        echo "sealroot.$line" >"$SEALROOT_PROC/cmdline"
        [ "${line%%=*}" != endpoint ] || echo 'allow_override=endpoint' >>"$SEALROOT_ETC/sealroot.conf"
        load_config
        [[ $output == 'configuration'* ]] || {
            echo "$line: $output"
            return 1
        }
    done
}

@test "an image without configuration or without the keyserver's key boots nothing" {
    rm "$SEALROOT_ETC/trust/keyserver.jwks"
    load_config
    [ "$output" = 'configuration: no endpoint, or no public key of the keyserver in this image' ]
    rm "$SEALROOT_ETC/sealroot.conf"
    load_config
    [[ $output == 'no configuration in this image '* ]]
}
