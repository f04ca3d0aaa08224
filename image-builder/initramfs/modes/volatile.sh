# shellcheck shell=sh
# volatile = copy + crypt + volatile: plain dm-crypt under a random key of this boot, the base root copied at each boot.

mode_settings() {
    LAYOUT=copy BACKING=crypt KEY=volatile
}

# Neither keyserver nor trust is needed.
mode_check() {
    return 0
}

mode_open() {
    volatile_open "$1" copy_base
}

mode_root() {
    copy_root "$1"
}

# The copy is complete: nothing is left to put together.
mode_assemble() {
    return 0
}

mode_verify() {
    copy_verify "$1" "$2"
}
