#!/usr/bin/env bats
load support

setup() {
    scratch
    export SEALROOT_DEV=$BATS_TEST_TMPDIR/dev
    mkdir -p "$SEALROOT_DEV/mapper"
}

@test "the console shows about every ten percent of the copy, as e2image counts them" {
    # Output of e2image -p on stderr: a second apart, each count erases the one before.
    fake e2image <<'END'
printf 'e2image 1.47.0 (5-Feb-2023)\nScanning inodes...\nCopying 0 / 1000 blocks (0%%)\b\b\b\b' >&2
for percent in 3 9 14 18 21 55 99; do printf '\b\b\b%s / 1000 blocks (%s%%) 00:00:03 remaining at 9.9 MB/s' "${percent}0" "$percent" >&2; done
printf '\b\b\bCopied 1000 / 1000 blocks (100%%) in 00:00:04 at 9.9 MB/s       \n' >&2
END
    run lib 'volume_begin root auto; BASE=base; copy_blocks root'
    [ "$status" -eq 0 ]
    run cat "$SEALROOT_CONSOLE"
    [ "$output" = "sealroot: copied 14 percent
sealroot: copied 21 percent
sealroot: copied 55 percent
sealroot: copied 99 percent
sealroot: copied 100 percent" ]
}

@test "e2image itself counts in that form" {
    truncate -s 32M "$BATS_TEST_TMPDIR/base"
    mke2fs -q -t ext4 "$BATS_TEST_TMPDIR/base"
    run lib 'volume_begin root auto; BASE=$1; copy_blocks root' "$BATS_TEST_TMPDIR/base"
    [ "$status" -eq 0 ]
    e2fsck -fn "$SEALROOT_DEV/mapper/sealroot-root"
    grep -q '^sealroot: copied 100 percent$' "$SEALROOT_CONSOLE"
}

@test "a copy that fails is not taken for one that is complete" {
    fake e2image <<'END'
printf 'Copying 0 / 1000 blocks (0%%)' >&2
exit 1
END
    run lib 'volume_begin root auto; BASE=base; copy_blocks root || { echo "$OUTCOME"; exit 1; }'
    [ "$status" -eq 1 ]
    [ "$output" = 'copying base failed' ]
}
