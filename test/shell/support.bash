# Shared by the bats files. SEALROOT_TEST_SH is the shell under test: "dash" (default) or "busybox sh".
ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
# Holds lib/, initramfs/ and agent/, as /usr/lib/sealroot does in the image.
LIB=$ROOT/image-builder
VECTORS=$ROOT/protocol/vectors

# A scratch tree in place of the initrd's /proc, /sys, /dev, /run and /etc/sealroot.
scratch() {
    export SEALROOT_CONSOLE=$BATS_TEST_TMPDIR/console
    export SEALROOT_RUN=$BATS_TEST_TMPDIR/run
    export SEALROOT_SECRETS=$BATS_TEST_TMPDIR/run/secrets
    export SEALROOT_ETC=$BATS_TEST_TMPDIR/etc
    export SEALROOT_PROC=$BATS_TEST_TMPDIR/proc
    export SEALROOT_SYS=$BATS_TEST_TMPDIR/sys
    export SEALROOT_RESOLV_CONF=$BATS_TEST_TMPDIR/resolv.conf
    mkdir -p "$SEALROOT_SECRETS" "$SEALROOT_ETC/trust" "$SEALROOT_PROC/sys/kernel/random" "$SEALROOT_SYS/class"
    : >"$SEALROOT_CONSOLE"
    : >"$SEALROOT_PROC/mounts"
    echo '100.50 200.00' >"$SEALROOT_PROC/uptime"
    echo '0b5a9a4e-8f0d-4c52-a9a1-7f3a00000000' >"$SEALROOT_PROC/sys/kernel/random/boot_id"
    echo 'root=LABEL=base ro' >"$SEALROOT_PROC/cmdline"
    mkdir -p "$BATS_TEST_TMPDIR/bin"
}

# lib SCRIPT [ARGUMENT...]: runs SCRIPT in the shell under test with all that boot.sh loads but a mode.
lib() {
    local script=$1
    shift
    # shellcheck disable=SC2016,SC2086  # the shell's name may have an argument; the script is for that shell
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" ${SEALROOT_TEST_SH:-dash} -u -c '
        SEALROOT_LIB=$1
        . "$SEALROOT_LIB/initramfs/load.sh" || exit 99
        config_defaults
        script=$2
        shift 2
        eval "$script"' sh "$LIB" "$script" "$@"
}

# fake NAME: a command of this name that runs the script on stdin.
fake() {
    {
        echo '#!/bin/sh'
        cat
    } >"$BATS_TEST_TMPDIR/bin/$1"
    chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

# vector FILE MEMBER...: prints a string out of the vectors.
vector() {
    local file=$VECTORS/$1.json path=()
    shift
    for member; do path+=(-g "$member"); done
    jose fmt -j "$file" "${path[@]}" -u- 2>/dev/null || jose fmt -j "$file" "${path[@]}" -o-
}

# steps_of FILE LIST: the step at which each vector of a list is refused, or ok, with its name; a line for each.
steps_of() {
    # shellcheck disable=SC2016 # JavaScript
    node -e 'const { readFileSync } = require("node:fs");
        const [file, list] = process.argv.slice(1);
        for (const { step, name } of JSON.parse(readFileSync(file, "utf8"))[list]) console.log(`${step} ${name}`);' \
        "$VECTORS/$1.json" "$2"
}
