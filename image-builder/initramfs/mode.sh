# shellcheck shell=sh
# Root modes: which there are, which one the configuration asks for, and what each has to do (modes/README.md).

# Functions that each file of modes/ defines, and nothing else: the contract.
MODE_FUNCTIONS='mode_settings mode_check mode_open mode_root mode_assemble mode_verify'

# mode_load NAME: takes the functions of that mode in place of those of another one; sets LAYOUT, BACKING and KEY to what
# it stands for. Returns 1 when there is no such mode.
mode_load() {
    case $1 in
    '' | *[!a-z-]*) return 1 ;;
    esac
    [ -r "$SEALROOT_LIB/initramfs/modes/$1.sh" ] || return 1
    # shellcheck source=/dev/null
    . "$SEALROOT_LIB/initramfs/modes/$1.sh" && mode_settings
}

# mode_select: loads the mode that the configuration asks for, and sets MODE to its name. PRESET names a mode; LAYOUT,
# BACKING and KEY, where they are set, replace what it stands for, which may be another mode. Returns 1 with OUTCOME.
mode_select() {
    local layout="$LAYOUT" backing="$BACKING" key="$KEY" file=''
    MODE='' LAYOUT='?' BACKING='?' KEY='?'
    if mode_load "$PRESET"; then
        : "${layout:=$LAYOUT}" "${backing:=$BACKING}" "${key:=$KEY}"
        for file in "$SEALROOT_LIB"/initramfs/modes/*.sh; do
            MODE=${file##*/}
            MODE=${MODE%.sh}
            mode_load "$MODE" && [ "$LAYOUT $BACKING $KEY" = "$layout $backing $key" ] || continue
            mode_check
            return
        done
    fi
    MODE='' LAYOUT=${layout:-?} BACKING=${backing:-?} KEY=${key:-?}
    printable "$PRESET: $LAYOUT $BACKING $KEY"
    OUTCOME="configuration: this version has no such root ($PRINTABLE)"
    return 1
}

# mounted_from MOUNTPOINT: sets MOUNTED_FROM to the device or file system that is mounted there, empty when nothing is.
mounted_from() {
    local from='' mountpoint=''
    MOUNTED_FROM=''
    # The last one in the list is on top.
    while read -r from mountpoint _; do
        [ "$mountpoint" != "$1" ] || MOUNTED_FROM=$from
    done <"$SEALROOT_PROC/mounts"
}
