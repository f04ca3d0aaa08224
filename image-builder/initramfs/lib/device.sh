# shellcheck shell=sh
# Which device carries the root. Never one with a foreign signature, and never by the order of enumeration.

# device_find: sets DEVICE_PATH and DEVICE_KIND: ours (our LUKS2 header) or blank. Returns 1 with OUTCOME.
device_find() {
    DEVICE_PATH='' DEVICE_KIND=''
    command -v udevadm >/dev/null && udevadm settle --timeout=10
    case $DEVICE in
    auto) device_auto ;;
    free) device_free ;;
    *) device_named "$DEVICE" ;;
    esac
}

# device_named NAME: a path, or the name EC2 gave it.
device_named() {
    if ! ebs_path "$1"; then
        OUTCOME="device $1 is not there"
        return 1
    fi
    device_probe "$EBS_PATH"
    DEVICE_PATH=$EBS_PATH
    device_acceptable && return 0
    OUTCOME="refusing $EBS_PATH: $PROBE"
    return 1
}

# device_acceptable: after device_probe. A volatile root overwrites, so for it only a blank device will do.
device_acceptable() {
    DEVICE_KIND=$PROBE_KIND
    [ "$DEVICE_KIND" = blank ] || { [ "$DEVICE_KIND" = ours ] && [ "$KEY" = keyserver ]; }
}

# device_auto: our header, else the only blank whole disk, else free space on the boot disk.
device_auto() {
    _ours='' _blank='' _refused=''
    for _entry in "$SEALROOT_SYS"/class/block/*; do
        _disk=${_entry##*/}
        case $_disk in
        '*' | *[!a-z0-9]* | loop* | ram* | zram* | dm* | sr* | fd* | md* | nbd*) continue ;;
        esac
        is_block "$SEALROOT_DEV/$_disk" && read -r _sectors <"$_entry/size" && [ "$_sectors" -gt 0 ] || continue
        device_probe "$SEALROOT_DEV/$_disk"
        case $PROBE_KIND in
        ours) _ours="$_ours $SEALROOT_DEV/$_disk" ;;
        blank) [ -e "$_entry/partition" ] || _blank="$_blank $SEALROOT_DEV/$_disk" ;;
        *) [ -e "$_entry/partition" ] || _refused="$_refused, $SEALROOT_DEV/$_disk: $PROBE" ;;
        esac
    done
    [ "$KEY" = keyserver ] || {
        [ -z "$_ours" ] || _refused="$_refused,$_ours: carries a persistent encrypted root"
        _ours=''
    }
    # shellcheck disable=SC2086  # lists of device names
    device_only ours $_ours || device_only blank $_blank || device_none "$_ours" "$_blank"
}

# device_only KIND PATH...: takes the device when there is exactly one.
device_only() {
    [ $# -eq 2 ] || return 1
    DEVICE_KIND=$1 DEVICE_PATH=$2
}

device_none() {
    if [ -n "$1" ]; then
        OUTCOME="more than one device carries our header:$1; name one with device="
    elif [ -n "$2" ]; then
        OUTCOME="more than one blank disk:$2; name one with device="
    elif device_free; then
        return 0
    else
        OUTCOME="no device for the encrypted root (${OUTCOME}refused ${_refused#, })"
    fi
    return 1
}

# device_probe PATH: sets PROBE_KIND to ours, blank or foreign, and PROBE to what is there.
device_probe() {
    PROBE_KIND=foreign PROBE_UUID=''
    if device_in_use "$1"; then
        PROBE='in use'
        return
    fi
    _status=0
    blkid -c /dev/null -p -o export "$1" >"$SEALROOT_RUN/probe" 2>/dev/null || _status=$?
    case $_status in
    0) device_signature "$1" "$SEALROOT_RUN/probe" ;;
    2) device_blank "$1" ;;
    *) PROBE='several signatures' ;;
    esac
}

# device_blank PATH: blkid finds nothing, which it also says when it cannot read: only what can be read is blank.
device_blank() {
    PROBE='cannot be read'
    dd if="$1" of=/dev/null bs=65536 count=16 2>/dev/null || return 0
    PROBE_KIND=blank PROBE='no signature'
}

# device_signature PATH FILE: what blkid found, NAME=VALUE a line.
device_signature() {
    _type='' _label='' _subsystem='' _table='' _any=''
    while IFS='=' read -r _name _value; do
        case $_name in
        TYPE) _type=$_value ;;
        LABEL) _label=$_value ;;
        SUBSYSTEM) _subsystem=$_value ;;
        PTTYPE) _table=$_value ;;
        UUID) PROBE_UUID=$_value ;;
        esac
        case $_name in
        # What the partition table says about a partition is not on the partition.
        '' | DEVNAME | PART_ENTRY_*) ;;
        *) _any=yes ;;
        esac
    done <"$2"
    if [ -z "$_any" ]; then
        device_blank "$1"
        return
    fi
    printable "${_type:-${_table:+partition table $_table}}${_label:+ labelled $_label}"
    PROBE="carries ${PRINTABLE:-a signature}"
    if [ "$_type" = crypto_LUKS ] && [ "$_subsystem" = sealroot ] && [ "$_label" = "sealroot-$VOLUME" ] &&
        is_uuid "$PROBE_UUID"; then
        PROBE_KIND=ours
    fi
}

# device_in_use PATH: mounted, or something sits on it.
device_in_use() {
    grep -q "^$1 " "$SEALROOT_PROC/mounts" 2>/dev/null && return 0
    for _holder in "$SEALROOT_SYS/class/block/${1##*/}/holders"/*; do
        [ ! -e "$_holder" ] || return 0
    done
    return 1
}

is_block() {
    [ -b "$1" ]
}
