# shellcheck shell=sh
# The base root: the file system that the image came with, the source of the copy. It is never booted.

# base_find: sets BASE to the device that root= on the kernel command line names. Returns 1 with OUTCOME.
base_find() {
    local words='' word='' root='' several=''
    BASE=''
    read -r words <"$SEALROOT_PROC/cmdline" || :
    set -f
    for word in $words; do
        case $word in root=*) root=${word#root=} ;; esac
    done
    set +f
    root=${root#\"}
    root=${root%\"}
    case $root in
    LABEL=* | UUID=* | PARTUUID=* | PARTLABEL=*)
        BASE=$(blkid -c /dev/null -t "$root" -o device 2>/dev/null) || BASE=''
        # Two devices with one label are no choice but an error: any volume can carry that label.
        case $BASE in *"$NEWLINE"*) BASE='' several=yes ;; esac
        ;;
    /dev/mapper/*) ;;
    /dev/?*) BASE=$root ;;
    esac
    is_block "$BASE" && BASE=$(readlink -f "$BASE") && return 0
    printable "$root"
    OUTCOME="the base root ($PRINTABLE) is not there${several:+: more than one device matches}"
    return 1
}
