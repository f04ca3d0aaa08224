# shellcheck shell=sh
# Looks what a block device carries.

# device_probe VOLUME PATH: sets PROBE_KIND to ours (the LUKS2 header of this volume), blank or foreign, PROBE to what is
# there, PROBE_UUID to the UUID of what is there.
device_probe() {
    local found="$VOLUMES/$1/probe" status=0
    PROBE_KIND=foreign PROBE_UUID=''
    if device_in_use "$2"; then
        PROBE='in use'
        return
    fi
    blkid -c /dev/null -p -o export "$2" >"$found" 2>/dev/null || status=$?
    case $status in
    0) device_signature "$1" "$2" "$found" ;;
    2) device_blank "$2" ;;
    *) PROBE='several signatures' ;;
    esac
}

# device_blank PATH: blkid finds nothing, which it also says when it cannot read: only what can be read is blank.
device_blank() {
    PROBE='cannot be read'
    dd if="$1" of=/dev/null bs=65536 count=16 2>/dev/null || return 0
    PROBE_KIND=blank PROBE='no signature'
}

# device_signature VOLUME PATH FILE: what blkid found, NAME=VALUE a line.
device_signature() {
    local name='' value='' type='' label='' subsystem='' table='' any=''
    while IFS='=' read -r name value; do
        case $name in
        TYPE) type=$value ;;
        LABEL) label=$value ;;
        SUBSYSTEM) subsystem=$value ;;
        PTTYPE) table=$value ;;
        UUID) PROBE_UUID=$value ;;
        esac
        case $name in
        # The words of the partition table about a partition are not on the partition.
        '' | DEVNAME | PART_ENTRY_*) ;;
        *) any=yes ;;
        esac
    done <"$3"
    if [ -z "$any" ]; then
        device_blank "$2"
        return
    fi
    printable "${type:-${table:+partition table $table}}${label:+ labelled $label}"
    PROBE="carries ${PRINTABLE:-a signature}"
    if [ "$type" = crypto_LUKS ] && [ "$subsystem" = sealroot ] && [ "$label" = "sealroot-$1" ] &&
        is_uuid "$PROBE_UUID"; then
        PROBE_KIND=ours
    fi
}

# device_in_use PATH: mounted, or something sits on it.
device_in_use() {
    local holder=''
    grep -q "^$1 " "$SEALROOT_PROC/mounts" 2>/dev/null && return 0
    for holder in "$SEALROOT_SYS/class/block/${1##*/}/holders"/*; do
        [ ! -e "$holder" ] || return 0
    done
    return 1
}

is_block() {
    [ -b "$1" ]
}
