#!/usr/bin/env bats
# Two volumes side by side in one shell, each on a disk (a file) of its own.
load support

setup() {
    scratch
    export SEALROOT_DEV=$BATS_TEST_TMPDIR/dev KEYS=$BATS_TEST_TMPDIR/keys
    mkdir -p "$SEALROOT_DEV/mapper" "$SEALROOT_SYS/class/block" "$KEYS"
    fake udevadm <<<'exit 0'
    for disk in vda vdb; do
        truncate -s 32M "$SEALROOT_DEV/$disk"
        mkdir -p "$SEALROOT_SYS/class/block/$disk/holders"
        echo 65536 >"$SEALROOT_SYS/class/block/$disk/size"
    done
    for volume in root data-db; do head -c 64 /dev/urandom >"$KEYS/$volume"; done
}

ROOT_LUKS=5d0c6f3e-2b1a-4c8d-9e7f-001122334455
DATA_LUKS=7e1d5a4c-3b2f-4d9e-8c6a-554433221100
ROOT_TICKET=Mg2LAGqosM3OkKHFBybR7ZT3Yf2USUUu66K_9zJcOWs
DATA_TICKET=UFD03YMttDhfqghezZrbMiR8xJhIMJWvJD93OiXBm98

# shellcheck disable=SC2016
PREPARE='is_block() { [ -f "$1" ]; }
    INSTANCE=i-0123456789abcdef0 BOOT=0b5a9a4e-8f0d-4c52-a9a1-7f3a00000000 EPK="{}" THUMBPRINT=thumbprint
    # show VOLUME NAME...: these states of a volume, in a line.
    show() {
        local volume="$1" name="" text="$1:"
        shift
        for name in "$@"; do volume_get "$volume" "$name"; eval "text=\"\$text \$$name\""; done
        echo "$text"
    }
    # format VOLUME DISK LUKS TICKET: a volume of its own.
    format() {
        volume_begin "$1" "$SEALROOT_DEV/$2"
        device_find "$1" blank || echo "$OUTCOME"
        cp "$KEYS/$1" "$VOLUMES/$1/key.0"
        volume_set "$1" luks "$3" ticket "$4" sealed c2VhbGVk
        crypt_format "$1" || echo "$OUTCOME"
    }
    format root vda '$ROOT_LUKS' '$ROOT_TICKET'
    format data-db vdb '$DATA_LUKS' '$DATA_TICKET'
    '

@test "each volume finds the device that carries its own header, and refuses the other's" {
    # shellcheck disable=SC2016
    run lib "$PREPARE"'for volume in root data-db; do volume_begin "$volume" auto; done
        device_find data-db "ours blank" && device_find root "ours blank"
        show root device kind uuid; show data-db device kind uuid
        volume_begin data-db "$SEALROOT_DEV/vda"; device_find data-db "ours blank" || echo "$OUTCOME"
        show root device kind uuid'
    [ "$output" = "root: $SEALROOT_DEV/vda ours $ROOT_LUKS
data-db: $SEALROOT_DEV/vdb ours $DATA_LUKS
refusing $SEALROOT_DEV/vda: carries crypto_LUKS labelled sealroot-root
root: $SEALROOT_DEV/vda ours $ROOT_LUKS" ]
}

@test "header, digest and token of one are not those of the other, in whatever order they are read" {
    # shellcheck disable=SC2016
    run lib "$PREPARE"'for volume in root data-db; do header_copy "$volume" && token_read "$volume"; done
        for volume in data-db root; do header_check "$volume" && header_digest "$volume" || echo "$OUTCOME"; done
        show root header_uuid token_state ticket; show data-db header_uuid token_state ticket
        volume_get root digest; before=$digest
        volume_get data-db digest; [ "$digest" != "$before" ] || echo "one digest for both"
        # Events of one leave the other as it is, in memory and on its disk.
        volume_set data-db ticket '$ROOT_TICKET' recovery cmVjb3Zlcnk
        token_write data-db copied && header_copy data-db && token_read data-db && header_digest data-db
        header_copy root && token_read root && header_check root && header_digest root
        show root header_uuid token_state ticket recovery; show data-db header_uuid token_state ticket recovery
        volume_get root digest; [ "$digest" = "$before" ] || echo "the digest has changed"'
    [ "$output" = "root: $ROOT_LUKS copying $ROOT_TICKET
data-db: $DATA_LUKS copying $DATA_TICKET
root: $ROOT_LUKS copying $ROOT_TICKET 
data-db: $DATA_LUKS copied $ROOT_TICKET cmVjb3Zlcnk" ]
}

@test "a damaged header of one is no obstacle to the other" {
    # shellcheck disable=SC2016
    lib "$PREPARE" >/dev/null
    node "$BATS_TEST_DIRNAME/edit-header.mjs" "$SEALROOT_DEV/vdb" 'json.segments[0].encryption = "cipher_null-ecb"'
    # shellcheck disable=SC2016
    run lib 'is_block() { [ -f "$1" ]; }
        for volume in root data-db; do volume_begin "$volume" auto; device_find "$volume" ours; header_copy "$volume"; done
        header_check data-db || echo "$OUTCOME"; header_check root && echo "root accepted"'
    [ "$output" = 'refusing the LUKS2 header: field not allowed: segments.0.encryption
root accepted' ]
}

@test "each request is about its own volume, and an answer to one is none to the other" {
    # shellcheck disable=SC2016
    run lib "$PREPARE"'for volume in root data-db; do volume_set "$volume" nonce "nonce-$volume"; done
        for volume in data-db root; do message_release_request "$volume" "$VOLUMES/$volume/request.json"; done
        cat "$VOLUMES/root/request.json" "$VOLUMES/data-db/request.json"; echo
        message_request_id root; id=$REQUEST_ID; message_request_id data-db; [ "$id" != "$REQUEST_ID" ] || echo one id
        SEALROOT_NOW=1
        compare() { message_compare "$1" "nonce-$2" "$INSTANCE" "$2" "$3" 2; echo "$1 $2 $CHECK"; }
        compare root root '$ROOT_LUKS'; compare root data-db '$DATA_LUKS'; compare data-db data-db '$DATA_LUKS'
        message_compare root nonce-root "$INSTANCE" data-db '$ROOT_LUKS' 2; echo "$CHECK"'
    common='"boot":"0b5a9a4e-8f0d-4c52-a9a1-7f3a00000000"'
    [ "$output" = "{\"v\":1,\"volume\":\"root\",\"nonce\":\"nonce-root\",$common,\"luks\":\"$ROOT_LUKS\",\"sealed\":\"c2VhbGVk\",\"ticket\":\"$ROOT_TICKET\",\"epk\":{}}{\"v\":1,\"volume\":\"data-db\",\"nonce\":\"nonce-data-db\",$common,\"luks\":\"$DATA_LUKS\",\"sealed\":\"c2VhbGVk\",\"ticket\":\"$DATA_TICKET\",\"epk\":{}}
root root ok
root data-db nonce
data-db data-db ok
volume" ]
}

# SERVICE: a keyserver in place of the network, which answers at the second try for each volume. Keys are really tried;
# a file stands in for the mapping.
# shellcheck disable=SC2016
SERVICE='is_block() { [ -f "$1" ]; }
    INSTANCE=i-0123456789abcdef0 THUMBPRINT=thumbprint STARTED_MS=0 EVENTS=$SEALROOT_RUN/events
    : >"$EVENTS"
    sleep() { :; }
    luks_of() { [ "$1" = root ] && LUKS_OF='$ROOT_LUKS' TICKET_OF='$ROOT_TICKET' || LUKS_OF='$DATA_LUKS' TICKET_OF='$DATA_TICKET'; }
    release_ask() {
        local attempts=""
        volume_get "$1" attempts
        volume_set "$1" attempts $((${attempts:-0} + 1))
        OUTCOME="no key for $1 yet"
        [ -n "$attempts" ] || return 1
        luks_of "$1"
        printf "{\"sealed\":\"%s\",\"ticket\":\"%s\",\"state\":\"%s\",\"luks\":\"%s\",\"keys\":[\"%s\"]}" \
            c2VhbGVk "$TICKET_OF" "${STATE:-enrolling}" "$LUKS_OF" "$(jose b64 enc -I "$KEYS/$1")" >"$VOLUMES/$1/envelope.json"
    }
    ready_ask() { echo "ready $1" >>"$EVENTS"; }
    timeout() {
        while [ "$1" != cryptsetup ]; do shift; done
        case $2 in
        open)
            for mapping; do :; done
            command cryptsetup open --test-passphrase "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}" &&
                : >"$SEALROOT_DEV/mapper/$mapping"
            ;;
        *) command "$@" ;;
        esac
    }
    '

@test "a volume that is opened in the middle of another one disturbs neither" {
    # shellcheck disable=SC2016
    run lib "$SERVICE"'
        fill_data() { echo "fill $1" >>"$EVENTS"; }
        # Filling the root opens the other volume: each function of its way is entered a second time.
        fill_root() {
            volume_begin data-db "$SEALROOT_DEV/vdb"
            keyserver_open data-db fill_data
            echo "fill $1" >>"$EVENTS"
        }
        volume_begin root "$SEALROOT_DEV/vda"
        keyserver_open root fill_root
        cat "$EVENTS"
        for volume in root data-db; do
            crypt_is_open "$volume" && header_copy "$volume" && token_read "$volume"
            volume_get "$volume" how attempts token_state ticket header_uuid luks device
            echo "$volume $how $attempts $token_state $ticket $header_uuid $luks ${device##*/}"
        done'
    [ "$output" = "fill data-db
ready data-db
fill root
ready root
root provision 2 copied $ROOT_TICKET $ROOT_LUKS $ROOT_LUKS vda
data-db provision 2 copied $DATA_TICKET $DATA_LUKS $DATA_LUKS vdb" ]
    # Each key opens its own disk and not the other one.
    cryptsetup open --test-passphrase --key-file "$KEYS/root" "$SEALROOT_DEV/vda"
    cryptsetup open --test-passphrase --key-file "$KEYS/data-db" "$SEALROOT_DEV/vdb"
    run cryptsetup open --test-passphrase --key-file "$KEYS/root" "$SEALROOT_DEV/vdb"
    [ "$status" -ne 0 ]
}

@test "one volume that waits in the middle of another one's wait counts its own tries" {
    # shellcheck disable=SC2016
    run lib 'STARTED_MS=0
        sleep() { :; }
        backoff() { DELAY=0; echo "try $1"; }
        inner() { inner=$((inner + 1)); OUTCOME=inner; [ "$inner" -ge 3 ]; }
        outer() {
            outer=$((outer + 1)) inner=0
            retry_volume data-db inner
            OUTCOME=outer
            [ "$outer" -ge 3 ]
        }
        outer=0
        volume_begin root auto && volume_begin data-db auto
        retry_volume root outer && echo done'
    [ "$output" = $'try 1\ntry 2\ntry 1\ntry 1\ntry 2\ntry 2\ntry 1\ntry 2\ndone' ]
}

@test "the recovery key that is typed while one volume waits opens that volume" {
    # shellcheck disable=SC2016
    lib "$PREPARE"'for volume in root data-db; do
            [ "$volume" = root ] && last=0 || last=1
            printf 0123456789abcdefghjkmnpqrstvwxy%s "$last" >"$VOLUMES/$volume/key.recovery"
            crypt_format "$volume" && token_write "$volume" copied || echo "$OUTCOME"
        done' >/dev/null
    # The key of data-db, as a person types it.
    echo '0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYl' >"$SEALROOT_CONSOLE"
    # shellcheck disable=SC2016
    run lib "$SERVICE"'
        for volume in root data-db; do
            volume_begin "$volume" auto
            keyserver_device "$volume" || echo "$OUTCOME"
        done
        cp "$SEALROOT_CONSOLE" "$VOLUMES/root/typed" && cp "$SEALROOT_CONSOLE" "$VOLUMES/data-db/typed"
        recovery_try root || echo "not the key of root"
        recovery_try data-db && volume_get data-db how && echo "data-db $how"
        volume_get root how; echo "root [$how]"
        recovery_possible root && echo "root still waits"
        recovery_possible data-db || echo "data-db does not"'
    [ "$output" = $'not the key of root\ndata-db recovery\nroot []\nroot still waits\ndata-db does not' ]
}

@test "secrets of every volume are on the ramfs alone, and overwritten at the end" {
    # shellcheck disable=SC2016
    run lib "$PREPARE"'grep -rlF -e '$ROOT_TICKET' -e '$DATA_TICKET' "$SEALROOT_RUN" | grep -v "^$SEALROOT_SECRETS/"
        # A second name shows what becomes of the bytes.
        ln "$VOLUMES/root/key.0" "$VOLUMES/data-db/state/ticket" "$SEALROOT_RUN/"
        secrets_wipe
        [ ! -e "$SEALROOT_SECRETS" ] && echo gone
        tr -d "\0 " <"$SEALROOT_RUN/key.0"; tr -d "\0 " <"$SEALROOT_RUN/ticket"'
    [ "$output" = gone ]
}

@test "a name that is none of a volume gets no directory" {
    # shellcheck disable=SC2016
    run lib 'for name in "" / . .. ../root root/../x data- data-- data--x data-A data-ä "data-a b" data data_a rootx \
            data-0123456789012345678901234567890123456789; do
            volume_begin "$name" auto && echo "$name"
        done
        for name in root data-a data-0 data-a-b- data-0123456789012345678901234567890; do volume_begin "$name" auto && echo "$name"; done
        LC_ALL=C ls "$VOLUMES"'
    [ "$output" = $'root\ndata-a\ndata-0\ndata-a-b-\ndata-0123456789012345678901234567890\ndata-0\ndata-0123456789012345678901234567890\ndata-a\ndata-a-b-\nroot' ]
}
