# shellcheck shell=sh
# key=volatile: plain dm-crypt under a random key, which is lost with the boot that it was made for.

# volatile_open VOLUME FILL: until the volume is open and filled. FILL VOLUME returns 1 with OUTCOME when it failed.
volatile_open() {
    volume_set "$1" how volatile
    retry volatile_attempt "$1" "$2"
}

# volatile_attempt VOLUME FILL: only a blank device is overwritten. Returns 1 with OUTCOME.
volatile_attempt() {
    step_again device
    device_find "$1" blank || return 1
    crypt_close "$1"
    step format
    crypt_open_volatile "$1" || return 1
    step copy
    "$2" "$1" && return 0
    crypt_close "$1"
    return 1
}
