# shellcheck shell=sh
# EC2 knows a volume as /dev/sdf; the kernel knows it as something else.
# https://docs.aws.amazon.com/ebs/latest/userguide/nvme-ebs-volumes.html

# ebs_path NAME: sets EBS_PATH to the block device. A path that exists is itself. Returns 1 when there is none.
ebs_path() {
    local name="${1#/dev/}" entry=''
    EBS_PATH=$1
    ! is_block "$1" || return 0
    case $name in
    sd[a-z] | sd[a-z][0-9] | xvd[a-z] | xvd[a-z][a-z]) ;;
    *) return 1 ;;
    esac
    EBS_PATH=$SEALROOT_DEV/xvd${name#sd}
    [ "$name" = "${name#sd}" ] || ! is_block "$EBS_PATH" || return 0
    for entry in "$SEALROOT_SYS"/class/block/nvme*n* "$SEALROOT_SYS"/class/block/vd*; do
        EBS_PATH=$SEALROOT_DEV/${entry##*/}
        [ -e "$entry" ] && [ ! -e "$entry/partition" ] && is_block "$EBS_PATH" || continue
        ebs_name "$entry"
        [ "$EBS_NAME" != "$name" ] || return 0
    done
    EBS_PATH=''
    return 1
}

# ebs_name ENTRY: sets EBS_NAME. EBS puts the name into the vendor bytes of the controller's identity (3072 to 3103);
# a virtio disk can carry it as its serial number.
ebs_name() {
    EBS_NAME=
    if [ -r "$1/serial" ]; then
        IFS= read -r EBS_NAME <"$1/serial" || :
    elif command -v nvme >/dev/null; then
        EBS_NAME=$(timeout -k 2 10 nvme id-ctrl --raw-binary "$SEALROOT_DEV/${1##*/}" 2>/dev/null |
            dd bs=1 skip=3072 count=32 2>/dev/null | tr -cd 'a-z0-9/')
    fi
    EBS_NAME=${EBS_NAME#/dev/}
}
