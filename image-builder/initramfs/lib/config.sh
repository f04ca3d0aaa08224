# shellcheck shell=sh
# Configuration: kernel command line > volume labelled SEALROOTCFG > /etc/sealroot/sealroot.conf (DESIGN section 2).
# Files are parsed, never sourced. Anything unknown is an error: a typing mistake must not weaken a boot.

# config_load: sets PRESET LAYOUT BACKING KEY DEVICE ENDPOINT REGION WAIT_LIMIT WAIT_ACTION, and for the running system
# PRESEED_WAIT_LIMIT IMDS_GUARD IMDS_USERS.
# Returns 1 with OUTCOME when the result cannot be used.
config_load() {
    PRESET=persistent LAYOUT='' BACKING='' KEY='' DEVICE=auto ENDPOINT='' REGION='' ALLOW_OVERRIDE=''
    WAIT_LIMIT=0 WAIT_ACTION=wait
    PRESEED_WAIT_LIMIT=0 IMDS_GUARD=on IMDS_USERS=root
    if [ ! -r "$SEALROOT_ETC/sealroot.conf" ]; then
        OUTCOME="no configuration in this image ($SEALROOT_ETC/sealroot.conf)"
        return 1
    fi
    config_file "$SEALROOT_ETC/sealroot.conf" image || return 1
    config_volume || return 1
    config_command_line || return 1
    config_preset
}

# config_file FILE SOURCE
config_file() {
    while IFS= read -r _line || [ -n "$_line" ]; do
        case $_line in
        '' | '#'*) continue ;;
        *=*) config_set "${_line%%=*}" "${_line#*=}" "$2" || return 1 ;;
        *)
            printable "$_line"
            OUTCOME="configuration: not KEY=VALUE: $PRINTABLE"
            return 1
            ;;
        esac
    done <"$1"
}

# config_volume: a small volume attached at launch configures a stock image. Read-only, and copied before it is read.
config_volume() {
    _device=$(blkid -c /dev/null -t LABEL=SEALROOTCFG -o device 2>/dev/null) || return 0
    case $_device in
    '') return 0 ;;
    *"$NEWLINE"*)
        OUTCOME='more than one volume is labelled SEALROOTCFG'
        return 1
        ;;
    esac
    mkdir -p "$SEALROOT_RUN/config"
    if ! mount -o ro,nodev,nosuid,noexec "$_device" "$SEALROOT_RUN/config"; then
        OUTCOME="cannot mount the volume labelled SEALROOTCFG ($_device)"
        return 1
    fi
    _status=0
    head -c 16384 "$SEALROOT_RUN/config/sealroot.conf" >"$SEALROOT_RUN/volume.conf" 2>/dev/null || _status=1
    umount "$SEALROOT_RUN/config"
    [ "$_status" -eq 0 ] || {
        OUTCOME="no sealroot.conf on the volume labelled SEALROOTCFG ($_device)"
        return 1
    }
    config_file "$SEALROOT_RUN/volume.conf" volume
}

config_command_line() {
    read -r _words <"$SEALROOT_PROC/cmdline" || :
    set -f
    for _word in $_words; do
        case $_word in
        sealroot.*=*)
            _word=${_word#sealroot.}
            config_set "${_word%%=*}" "${_word#*=}" command-line || {
                set +f
                return 1
            }
            ;;
        esac
    done
    set +f
}

# config_set KEY VALUE SOURCE: SOURCE is image, volume or command-line. Trust comes from the image alone, unless the
# image says otherwise.
config_set() {
    case $3:$1 in
    image:* | *:preset | *:layout | *:backing | *:key | *:device | *:wait_limit | *:wait_action) ;;
    *:endpoint | *:region)
        [ "$ALLOW_OVERRIDE" = endpoint ] || {
            OUTCOME="configuration: this image does not let the $3 set $1"
            return 1
        }
        ;;
    *)
        printable "$1"
        OUTCOME="configuration: the $3 cannot set $PRINTABLE"
        return 1
        ;;
    esac
    _valid=yes
    case $1 in
    preset)
        PRESET=$2
        # A preset replaces what a source of lower precedence said in detail.
        LAYOUT='' BACKING='' KEY=''
        ;;
    layout) LAYOUT=$2 ;;
    backing) BACKING=$2 ;;
    key) KEY=$2 ;;
    device)
        DEVICE=$2
        case $2 in
        auto | free) ;;
        *[!A-Za-z0-9/_.:-]* | *..*) _valid= ;;
        /dev/?*) ;;
        *) _valid= ;;
        esac
        ;;
    endpoint)
        ENDPOINT=$2
        [ -n "$2" ] || _valid=
        set -f
        for _url in $2; do is_endpoint "$_url" || _valid=; done
        set +f
        ;;
    region) REGION=$2 && { is_region "$2" || _valid=; } ;;
    wait_limit) WAIT_LIMIT=$2 && { is_number "$2" || _valid=; } ;;
    wait_action)
        WAIT_ACTION=$2
        case $2 in
        wait | reboot | halt) ;;
        *) _valid= ;;
        esac
        ;;
    allow_override) ALLOW_OVERRIDE=$2 ;;
    preseed_wait_limit) PRESEED_WAIT_LIMIT=$2 && { is_number "$2" || _valid=; } ;;
    imds_guard)
        IMDS_GUARD=$2
        case $2 in
        on | off) ;;
        *) _valid= ;;
        esac
        ;;
    imds_users)
        IMDS_USERS=$2
        set -f
        for _user in $2; do is_user "$_user" || _valid=; done
        set +f
        ;;
    *) _valid= ;;
    esac
    [ -z "$_valid" ] || return 0
    printable "$1=$2"
    OUTCOME="configuration ($3): not allowed: $PRINTABLE"
    return 1
}

# config_preset: a preset names a useful pair of layout, backing and key.
config_preset() {
    case $PRESET in
    persistent) _pair='copy crypt keyserver' ;;
    volatile) _pair='copy crypt volatile' ;;
    *) _pair='? ? ?' ;;
    esac
    : "${LAYOUT:=${_pair%% *}}" "${KEY:=${_pair##* }}"
    _pair=${_pair#* }
    : "${BACKING:=${_pair%% *}}"
    case $LAYOUT-$BACKING-$KEY in
    copy-crypt-keyserver)
        [ -n "$ENDPOINT" ] && [ -s "$SEALROOT_ETC/trust/keyserver.jwks" ] && return 0
        OUTCOME='configuration: no endpoint, or no public key of the keyserver in this image'
        ;;
    copy-crypt-volatile) return 0 ;;
    *)
        printable "$PRESET: $LAYOUT $BACKING $KEY"
        OUTCOME="configuration: this version has no such root ($PRINTABLE)"
        ;;
    esac
    return 1
}
