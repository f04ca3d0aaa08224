# shellcheck shell=sh
# The base root: the file system that the image came with, the source of the copy. It is never booted.

# base_find: sets BASE to the device that root= on the kernel command line names.
base_find() {
    BASE='' _root='' _several=''
    read -r _words <"$SEALROOT_PROC/cmdline" || :
    set -f
    for _word in $_words; do
        case $_word in root=*) _root=${_word#root=} ;; esac
    done
    set +f
    _root=${_root#\"}
    _root=${_root%\"}
    case $_root in
    LABEL=* | UUID=* | PARTUUID=* | PARTLABEL=*) base_by_tag "$_root" ;;
    /dev/mapper/*) ;;
    /dev/?*) BASE=$_root ;;
    esac
    is_block "$BASE" && BASE=$(readlink -f "$BASE") && return 0
    printable "$_root"
    OUTCOME="the base root ($PRINTABLE) is not there${_several:+: more than one device matches}"
    return 1
}

# base_by_tag TAG=VALUE: two devices with one label are no choice but an error: any volume can carry that label.
base_by_tag() {
    BASE=$(blkid -c /dev/null -t "$1" -o device 2>/dev/null) || BASE=''
    case $BASE in
    *"$NEWLINE"*) BASE='' _several=yes ;;
    esac
}
