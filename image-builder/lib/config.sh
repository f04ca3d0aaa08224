# shellcheck shell=sh
# Configuration. The kernel command line comes before a volume labelled SEALROOTCFG, and that before
# /etc/sealroot/sealroot.conf. Files are parsed, never sourced. Anything unknown is an error: a typing mistake must not
# weaken a boot.

# config_load: sets PRESET, LAYOUT, BACKING, KEY (the last three empty where nothing replaces what the preset says),
# DEVICE, ENDPOINT, ENDPOINT_ADDRESS, REGION, WAIT_LIMIT, WAIT_ACTION, and for the running system PRESEED_WAIT_LIMIT, IMDS_GUARD, IMDS_USERS.
# Returns 1 with OUTCOME when a setting cannot be used.
config_load() {
    config_defaults
    if [ ! -r "$SEALROOT_ETC/sealroot.conf" ]; then
        OUTCOME="no configuration in this image ($SEALROOT_ETC/sealroot.conf)"
        return 1
    fi
    config_file "$SEALROOT_ETC/sealroot.conf" image && config_volume && config_command_line
}

# config_defaults: settings as they are without any configuration.
config_defaults() {
    PRESET=persistent LAYOUT='' BACKING='' KEY='' DEVICE=auto ENDPOINT='' ENDPOINT_ADDRESS='' REGION='' ALLOW_OVERRIDE=''
    WAIT_LIMIT=0 WAIT_ACTION=wait
    PRESEED_WAIT_LIMIT=0 IMDS_GUARD=on IMDS_USERS=root
}

# config_file FILE SOURCE
config_file() {
    local line=''
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '' | '#'*) continue ;;
        *=*) config_set "${line%%=*}" "${line#*=}" "$2" || return 1 ;;
        *)
            printable "$line"
            OUTCOME="configuration: not KEY=VALUE: $PRINTABLE"
            return 1
            ;;
        esac
    done <"$1"
}

# config_volume: a small volume attached at launch configures a stock image. Read-only, and copied before it is read.
config_volume() {
    local device='' status=0
    device=$(blkid -c /dev/null -t LABEL=SEALROOTCFG -o device 2>/dev/null) || return 0
    case $device in
    '') return 0 ;;
    *"$NEWLINE"*)
        OUTCOME='more than one volume is labelled SEALROOTCFG'
        return 1
        ;;
    esac
    mkdir -p "$SEALROOT_RUN/config"
    if ! mount -o ro,nodev,nosuid,noexec "$device" "$SEALROOT_RUN/config"; then
        OUTCOME="cannot mount the volume labelled SEALROOTCFG ($device)"
        return 1
    fi
    head -c 16384 "$SEALROOT_RUN/config/sealroot.conf" >"$SEALROOT_RUN/volume.conf" 2>/dev/null || status=1
    umount "$SEALROOT_RUN/config"
    if [ "$status" -ne 0 ]; then
        OUTCOME="no sealroot.conf on the volume labelled SEALROOTCFG ($device)"
        return 1
    fi
    config_file "$SEALROOT_RUN/volume.conf" volume
}

# config_command_line: words of the form sealroot.KEY=VALUE.
config_command_line() {
    local words='' word='' status=0
    read -r words <"$SEALROOT_PROC/cmdline" || :
    set -f
    for word in $words; do
        case $word in
        sealroot.*=*)
            word=${word#sealroot.}
            config_set "${word%%=*}" "${word#*=}" command-line || {
                status=1
                break
            }
            ;;
        esac
    done
    set +f
    return "$status"
}

# config_set KEY VALUE SOURCE: SOURCE is image, volume or command-line.
config_set() {
    config_allowed "$1" "$3" || return 1
    config_value "$1" "$2" && return 0
    printable "$1=$2"
    OUTCOME="configuration ($3): not allowed: $PRINTABLE"
    return 1
}

# config_allowed KEY SOURCE: trust comes from the image alone, unless the image says otherwise.
config_allowed() {
    case $2:$1 in
    image:* | *:preset | *:layout | *:backing | *:key | *:device | *:wait_limit | *:wait_action) return 0 ;;
    *:endpoint | *:endpoint_address | *:region)
        [ "$ALLOW_OVERRIDE" != endpoint ] || return 0
        OUTCOME="configuration: this image does not let the $2 set $1"
        ;;
    *)
        printable "$1"
        OUTCOME="configuration: the $2 cannot set $PRINTABLE"
        ;;
    esac
    return 1
}

# config_value KEY VALUE: sets the variable of this setting. Returns 1 for a setting or a value that there is not.
config_value() {
    case $1 in
    preset)
        PRESET=$2
        # A preset replaces what a source of lower precedence said in detail.
        LAYOUT='' BACKING='' KEY=''
        ;;
    layout) LAYOUT=$2 ;;
    backing) BACKING=$2 ;;
    key) KEY=$2 ;;
    device) DEVICE=$2 && is_device "$2" ;;
    endpoint)
        ENDPOINT=$2
        [ -n "$2" ] && every is_endpoint "$2"
        ;;
    endpoint_address) ENDPOINT_ADDRESS=$2 && every is_address "$2" ;;
    region) REGION=$2 && is_region "$2" ;;
    wait_limit) WAIT_LIMIT=$2 && is_number "$2" ;;
    wait_action)
        WAIT_ACTION=$2
        case $2 in
        wait | reboot | halt) ;;
        *) return 1 ;;
        esac
        ;;
    allow_override) ALLOW_OVERRIDE=$2 ;;
    preseed_wait_limit) PRESEED_WAIT_LIMIT=$2 && is_number "$2" ;;
    imds_guard)
        IMDS_GUARD=$2
        case $2 in
        on | off) ;;
        *) return 1 ;;
        esac
        ;;
    imds_users) IMDS_USERS=$2 && every is_user "$2" ;;
    *) return 1 ;;
    esac
}

# every CHECK TEXT: each word of TEXT passes this check.
every() {
    local check="$1" word='' status=0
    set -f
    for word in $2; do
        "$check" "$word" || status=1
    done
    set +f
    return "$status"
}
