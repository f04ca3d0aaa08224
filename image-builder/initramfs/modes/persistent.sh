# shellcheck shell=sh
# persistent = copy + crypt + keyserver: LUKS2, the key released at every boot, the base root copied once.

mode_settings() {
    LAYOUT=copy BACKING=crypt KEY=keyserver
}

mode_check() {
    [ -n "$ENDPOINT" ] && [ -s "$SEALROOT_ETC/trust/keyserver.jwks" ] && return 0
    OUTCOME='configuration: no endpoint, or no public key of the keyserver in this image'
    return 1
}

mode_open() {
    keyserver_open "$1" copy_base
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
