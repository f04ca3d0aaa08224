#!/usr/bin/env bats
# Choice of the device: which is taken, and which is refused. Image files stand in for block devices: blkid does not mind.
load support

setup() {
    scratch
    export SEALROOT_DEV=$BATS_TEST_TMPDIR/dev
    mkdir -p "$SEALROOT_DEV" "$SEALROOT_SYS/class/block"
    fake udevadm <<<'exit 0'
}

# disk NAME [KIB]: a blank whole disk that the kernel lists.
disk() {
    truncate -s "${2:-20480}K" "$SEALROOT_DEV/$1"
    mkdir -p "$SEALROOT_SYS/class/block/$1/holders"
    echo "$((${2:-20480} * 2))" >"$SEALROOT_SYS/class/block/$1/size"
}

ours() {
    cryptsetup luksFormat -q --label "${2:-sealroot-root}" --subsystem sealroot --pbkdf pbkdf2 \
        --pbkdf-force-iterations 1000 "$SEALROOT_DEV/$1" <<<key
}

# find_device [DEVICE [KINDS]]: prints "KIND NAME", or why not.
find_device() {
    run lib 'volume_begin root "$1"
        # Files are not block devices: only this test is replaced.
        is_block() { [ -f "$1" ]; }
        device_find root "$2" && volume_get root kind device && echo "$kind ${device##*/}" || echo "$OUTCOME"' \
        "${1:-auto}" "${2:-ours blank}"
}

@test "the only blank disk is taken" {
    disk vda
    mkfs.ext4 -q "$SEALROOT_DEV/vda"
    disk vdb
    find_device
    [ "$output" = 'blank vdb' ]
}

@test "our header wins over a blank disk, whatever the order" {
    disk vda
    disk vdb
    ours vdb
    disk vdc
    find_device
    [ "$output" = 'ours vdb' ]
}

@test "two blank disks are no choice" {
    disk vdb
    disk vdc
    find_device
    [[ $output == 'more than one blank disk: '*/vdb*/vdc'; name one with device=' ]]
}

@test "two devices with our header are no choice" {
    disk vdb
    ours vdb
    disk vdc
    ours vdc
    find_device
    [[ $output == 'more than one device carries our header: '* ]]
}

@test "a disk with a file system is refused, by name and reason" {
    disk vdb
    mkfs.ext4 -q -L photos "$SEALROOT_DEV/vdb"
    find_device
    [[ $output == *"/vdb: carries ext4 labelled photos)" ]]
}

@test "a disk with a partition table is refused, even when it is named" {
    disk vdb
    printf 'label: gpt\n' | sfdisk -q "$SEALROOT_DEV/vdb"
    find_device "$SEALROOT_DEV/vdb"
    [ "$output" = "refusing $SEALROOT_DEV/vdb: carries partition table gpt" ]
}

@test "a LUKS header that is not ours is refused" {
    disk vdb
    cryptsetup luksFormat -q --label backup --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$SEALROOT_DEV/vdb" <<<key
    find_device
    [[ $output == *"/vdb: carries crypto_LUKS labelled backup)" ]]
}

@test "our header of another volume is refused" {
    disk vdb
    ours vdb sealroot-data-db
    find_device "$SEALROOT_DEV/vdb"
    [ "$output" = "refusing $SEALROOT_DEV/vdb: carries crypto_LUKS labelled sealroot-data-db" ]
}

@test "a volatile root never overwrites a persistent one" {
    disk vdb
    ours vdb
    find_device auto blank
    [[ $output == *"/vdb: carries a persistent encrypted root)" ]]
    find_device "$SEALROOT_DEV/vdb" blank
    [[ $output == "refusing $SEALROOT_DEV/vdb: carries crypto_LUKS labelled sealroot-root" ]]
}

@test "a disk that cannot be read is not blank" {
    disk vdb
    fake dd <<<'exit 1'
    find_device "$SEALROOT_DEV/vdb"
    [ "$output" = "refusing $SEALROOT_DEV/vdb: cannot be read" ]
}

@test "a disk that is in use is refused" {
    disk vdb
    touch "$SEALROOT_SYS/class/block/vdb/holders/dm-0"
    find_device "$SEALROOT_DEV/vdb"
    [ "$output" = "refusing $SEALROOT_DEV/vdb: in use" ]
}

@test "an EBS name is found by the serial number of a virtio disk" {
    disk vda
    disk vdb
    echo sdf >"$SEALROOT_SYS/class/block/vdb/serial"
    find_device /dev/sdf
    [ "$output" = 'blank vdb' ]
}

@test "an EBS name is found in the vendor bytes of an NVMe controller" {
    disk nvme0n1
    disk nvme1n1
    fake nvme <<'E'
head -c 3072 /dev/zero
case $* in
    *nvme1n1) printf '%-32s' /dev/sdf ;;
    *) printf '%-32s' /dev/sda1 ;;
esac
head -c 3072 /dev/zero
case $* in
    *nvme1n1) printf '%-32s' /dev/sdf ;;
    *) printf '%-32s' /dev/sda1 ;;
esac
E
    find_device /dev/sdf
    [ "$output" = 'blank nvme1n1' ]
}

@test "a device that is not there is said to be not there" {
    find_device /dev/sdz
    [ "$output" = 'device /dev/sdz is not there' ]
}
