# shellcheck shell=sh
# Chooses the device of a volume. Never one with a foreign signature, and never by the order of enumeration.

# device_find VOLUME KINDS: sets the state device, kind (one of KINDS: ours, blank) and, when it is ours, uuid. A volume
# that is filled anew at each boot takes a blank device only. Returns 1 with OUTCOME.
device_find() {
    local wanted=''
    volume_get "$1" wanted
    volume_set "$1" device '' kind '' uuid ''
    command -v udevadm >/dev/null && udevadm settle --timeout=10
    case $wanted in
    auto) device_auto "$1" "$2" ;;
    free) device_free "$1" "$2" ;;
    *) device_named "$1" "$2" "$wanted" ;;
    esac
}

# device_take VOLUME KIND PATH UUID: this is the device.
device_take() {
    volume_set "$1" kind "$2" device "$3" uuid "$4"
}

# device_named VOLUME KINDS NAME: a path, or the name EC2 gave it.
device_named() {
    if ! ebs_path "$3"; then
        OUTCOME="device $3 is not there"
        return 1
    fi
    device_judge "$1" "$2" "$EBS_PATH"
}

# device_judge VOLUME KINDS PATH: takes that device if it is of one of these kinds. Returns 1 with OUTCOME.
device_judge() {
    device_probe "$1" "$3"
    case " $2 " in
    *" $PROBE_KIND "*) device_take "$1" "$PROBE_KIND" "$3" "$PROBE_UUID" ;;
    *)
        OUTCOME="refusing $3: $PROBE"
        return 1
        ;;
    esac
}

# device_auto VOLUME KINDS: our header, else the only blank whole disk, else free space on the boot disk.
device_auto() {
    local entry='' disk='' sectors=0 ours='' uuid='' blank='' refused=''
    for entry in "$SEALROOT_SYS"/class/block/*; do
        disk=${entry##*/}
        case $disk in
        '*' | *[!a-z0-9]* | loop* | ram* | zram* | dm* | sr* | fd* | md* | nbd*) continue ;;
        esac
        disk=$SEALROOT_DEV/$disk
        is_block "$disk" && read -r sectors <"$entry/size" && [ "$sectors" -gt 0 ] || continue
        device_probe "$1" "$disk"
        case $PROBE_KIND in
        ours) ours="$ours $disk" uuid=$PROBE_UUID ;;
        blank) [ -e "$entry/partition" ] || blank="$blank $disk" ;;
        *) [ -e "$entry/partition" ] || refused="$refused, $disk: $PROBE" ;;
        esac
    done
    case " $2 " in
    *' ours '*) ;;
    *)
        [ -z "$ours" ] || refused="$refused,$ours: carries a persistent encrypted root"
        ours=''
        ;;
    esac
    # shellcheck disable=SC2086  # lists of device names
    device_only "$1" ours "$uuid" $ours || device_only "$1" blank '' $blank ||
        device_none "$1" "$2" "$ours" "$blank" "${refused#, }"
}

# device_only VOLUME KIND UUID PATH...: takes the device when there is exactly one.
device_only() {
    [ $# -eq 4 ] || return 1
    device_take "$1" "$2" "$4" "$3"
}

# device_none VOLUME KINDS OURS BLANK REFUSED: free space is the last choice, and only where nothing else could be meant.
device_none() {
    local what='the encrypted root'
    [ "$1" = root ] || what="the volume $1"
    if [ -n "$3" ]; then
        OUTCOME="more than one device carries our header:$3; name one with device="
    elif [ -n "$4" ]; then
        OUTCOME="more than one blank disk:$4; name one with device="
    elif device_free "$1" "$2"; then
        return 0
    else
        OUTCOME="no device for $what ($OUTCOME${5:+; refused $5})"
    fi
    return 1
}
