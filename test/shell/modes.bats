#!/usr/bin/env bats
# Holds every file of initramfs/modes against the contract of initramfs/modes/README.md.
load support

MODES=$LIB/initramfs/modes

setup() {
    scratch
    export SEALROOT_DEV=$BATS_TEST_TMPDIR/dev
    mkdir -p "$SEALROOT_DEV/mapper" "$SEALROOT_SYS/class/block"
    fake blkid <<<'exit 2'
    fake udevadm <<<'exit 0'
}

# each_mode SCRIPT: runs SCRIPT in the shell under test for every mode, which is loaded, with its name in $1. Prints what
# it prints behind that name.
each_mode() {
    local file mode
    for file in "$MODES"/*.sh; do
        mode=${file##*/}
        mode=${mode%.sh}
        # shellcheck disable=SC2016
        lib 'mode_load "$1" || exit 98
            MODE=$1 STARTED_MS=0
            # Files stand in for block devices.
            is_block() { [ -f "$1" ]; }
            '"$1" "$mode" | sed "s/^/$mode: /"
        [ "${PIPESTATUS[0]}" -eq 0 ] || echo "$mode: failed with status ${PIPESTATUS[0]}"
    done
}

# says WANTED: the output of each_mode is this line for every mode, and nothing else.
says() {
    local file mode wanted=''
    for file in "$MODES"/*.sh; do
        mode=${file##*/}
        wanted+="${mode%.sh}: $1"$'\n'
    done
    [ "$output" = "${wanted%$'\n'}" ] || {
        echo "$output"
        return 1
    }
}

@test "each file defines the functions of the contract in its order, and nothing else" {
    contract=$(lib 'printf "%s\n" $MODE_FUNCTIONS')
    [ "$(wc -l <<<"$contract")" -eq 6 ]
    for file in "$MODES"/*.sh; do
        [ "$(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$file")" = "$contract" ]
        # Comments, bodies of functions and nothing that runs when the file is sourced.
        run grep -v -e '^#' -e '^$' -e '^    ' -e '^[a-z_]*() {$' -e '^}$' "$file"
        [ "$status" -eq 1 ]
    done
    run sed -n 's/^| `\(mode_[a-z]*\)[ `].*/\1/p' "$MODES/README.md"
    [ "$output" = "$contract" ]
}

@test "each file is named like the preset that it is, and no two are the same root" {
    run each_mode 'echo "$LAYOUT $BACKING $KEY"'
    [ "${#lines[@]}" -ge 2 ]
    for line in "${lines[@]}"; do
        case $line in
        'persistent: copy crypt keyserver' | 'volatile: copy crypt volatile') ;;
        'overlay: overlay crypt keyserver' | 'overlay-volatile: overlay crypt volatile') ;;
        'overlay-tmpfs: overlay tmpfs '* | 'overlay-plain: overlay plain '*) ;;
        *)
            echo "$line"
            return 1
            ;;
        esac
    done
    [ "$(printf '%s\n' "${lines[@]#*: }" | sort -u | wc -l)" -eq "${#lines[@]}" ]
}

@test "each mode is what its preset selects, and what the same settings select" {
    echo '{"keys":[]}' >"$SEALROOT_ETC/trust/keyserver.jwks"
    # shellcheck disable=SC2016
    select='settings="$LAYOUT $BACKING $KEY"
        for words in "preset=$1" "preset=persistent layout=$LAYOUT backing=$BACKING key=$KEY"; do
            config_defaults
            ENDPOINT=https://a.example.com/v
            for word in $words; do config_set "${word%%=*}" "${word#*=}" image; done
            mode_select && [ "$MODE" = "$1" ] && [ "$LAYOUT $BACKING $KEY" = "$settings" ] || echo "$words: $OUTCOME"
        done
        echo selected'
    run each_mode "$select"
    says selected
}

@test "each mode starts with a complete configuration, and says what an incomplete one lacks" {
    run each_mode 'mode_check && echo complete || echo "${OUTCOME:-nothing said}"'
    [[ $output != *'nothing said'* ]]
    echo '{"keys":[]}' >"$SEALROOT_ETC/trust/keyserver.jwks"
    run each_mode 'ENDPOINT=https://a.example.com/v; mode_check && echo complete || echo "$OUTCOME"'
    says complete
}

@test "no mode is ready on a machine on which nothing works: it tries on, and says why" {
    for tool in curl cryptsetup modprobe ip dhcpcd e2image; do fake "$tool" <<<'exit 1'; done
    # shellcheck disable=SC2016
    run each_mode 'ENDPOINT=https://a.example.com/v waits=0
        sleep() { waits=$((waits + 1)); [ "$waits" -lt 5 ] || { echo waiting; exit 0; }; }
        volume_begin root auto
        mode_open root
        mode_root root && echo ready || echo "gave up: ${OUTCOME:?}"'
    says waiting
    [ -s "$SEALROOT_CONSOLE" ]
}

@test "no mode takes what is not there for the root" {
    run each_mode 'volume_begin root auto; mode_root root && echo ready || echo "${OUTCOME:+not ready}"'
    says 'not ready'
}

@test "each mode names the device to mount, in letters that the initramfs may source, and says whether it is encrypted" {
    : >"$SEALROOT_DEV/mapper/sealroot-root"
    # shellcheck disable=SC2016
    run each_mode 'volume_begin root auto; mode_root root || exit
        case $ROOT_DEVICE in *[!A-Za-z0-9/._-]*) ;; /dev/*) echo "$BACKING: $SUMMARY" ;; esac'
    [ "${#lines[@]}" -eq "$(find "$MODES" -name '*.sh' | wc -l)" ]
    for line in "${lines[@]#*: }"; do
        case $line in
        'crypt: the root is encrypted'*) ;;
        crypt:* | *'the root is encrypted'*) return 1 ;;
        esac
    done
}

@test "no mode hands over a base root, another volume, or nothing" {
    for mounts in '' '/dev/vda1 /root ext4 rw 0 0' '/dev/mapper/sealroot-data-db /root ext4 rw 0 0' \
        '/dev/mapper/sealroot-root /elsewhere ext4 rw 0 0' \
        $'/dev/mapper/sealroot-root /root ext4 rw 0 0\n/dev/vda1 /root ext4 rw 0 0'; do
        printf '%s\n' "$mounts" >"$SEALROOT_PROC/mounts"
        run each_mode 'mode_verify root /root && echo "handed over" || echo "${OUTCOME:+refused}"'
        says refused
    done
}

@test "a copy is handed over from its mapped device, as it is" {
    printf '/dev/vda1 / ext4 ro 0 0\n/dev/mapper/sealroot-root /root ext4 rw 0 0\n' >"$SEALROOT_PROC/mounts"
    run each_mode '[ "$LAYOUT" = copy ] || exit 0
        mount() { echo mounted; }
        umount() { echo unmounted; }
        mode_assemble root /root && mode_verify root /root && echo "handed over"'
    [ "$output" = $'persistent: handed over\nvolatile: handed over' ]
}

# hand_over: the last look, with these mounts on stdin; sets status and output.
hand_over() {
    cat >"$SEALROOT_PROC/mounts"
    # shellcheck disable=SC2086  # "busybox sh" is two words
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" run ${SEALROOT_TEST_SH:-dash} "$LIB/initramfs/handover.sh" /root
}

@test "the root is handed over when its mode agrees: network down, no secret left" {
    mkdir -p "$SEALROOT_SYS/class/net/eth0/device" "$SEALROOT_SECRETS/volumes/root"
    fake ip <<<'echo "$*" >>"$SEALROOT_RUN/ip"'
    echo secret >"$SEALROOT_SECRETS/volumes/root/key.0"
    echo persistent >"$SEALROOT_RUN/mode"
    echo /dev/mapper/sealroot-root >"$SEALROOT_RUN/root"
    hand_over <<<'/dev/mapper/sealroot-root /root ext4 rw 0 0'
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    grep -qx 'link set dev eth0 down' "$SEALROOT_RUN/ip"
    [ "$(ls "$SEALROOT_RUN")" = ip ]
}

@test "a root that no mode has opened is not handed over, even if a device of ours is mounted" {
    hand_over <<<'/dev/vda1 /root ext4 rw 0 0'
    [ "$status" -eq 1 ]
    [ "$output" = 'sealroot: the root is /dev/vda1, not the encrypted device: not booting it' ]
    for mode in persistant ../modes/persistent ''; do
        echo "$mode" >"$SEALROOT_RUN/mode"
        hand_over <<<'/dev/mapper/sealroot-root /root ext4 rw 0 0'
        [ "$status" -eq 1 ]
    done
    hand_over <<<''
    [ "$output" = 'sealroot: the root is not mounted, not the encrypted device: not booting it' ]
}

@test "secrets that cannot be taken out of memory stop the boot" {
    echo persistent >"$SEALROOT_RUN/mode"
    fake umount <<<'exit 1'
    hand_over <<<"ramfs $SEALROOT_SECRETS ramfs rw 0 0
/dev/mapper/sealroot-root /root ext4 rw 0 0"
    [ "$status" -eq 1 ]
    [ "$output" = 'sealroot: secrets are left in memory: not going on' ]
}
