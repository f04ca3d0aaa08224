# shellcheck shell=sh
# Forms of values. Every value from outside passes one of these checks before it is used.

# is_number TEXT: up to 12 digits without a leading zero, so that shell arithmetic reads it as it is written.
is_number() {
    case $1 in
    '' | *[!0-9]* | 0?* | ?????????????*) return 1 ;;
    esac
}

# is_uuid TEXT: lower-case RFC 9562.
is_uuid() {
    case $1 in
    *[!0-9a-f-]* | *--* | -* | *-) return 1 ;;
    ????????-????-????-????-????????????) ;;
    *) return 1 ;;
    esac
    case $1 in
    *-*-*-*-*-*) return 1 ;;
    esac
}

# is_instance TEXT: id of an EC2 instance.
is_instance() {
    case $1 in
    i-*[!0-9a-f]*) return 1 ;;
    i-???????? | i-?????????????????) ;;
    *) return 1 ;;
    esac
}

# is_volume TEXT: name of a volume (SPEC.md section 3), which is also part of file names: root, or data- and 1 to 31 of
# a-z, 0-9 and dashes, no dash first.
is_volume() {
    case $1 in
    root) return 0 ;;
    data-[!a-z0-9]* | data-*[!a-z0-9-]*) return 1 ;;
    data-?*) ;;
    *) return 1 ;;
    esac
    [ "${#1}" -le 36 ]
}

# is_base64url TEXT MAX: 1 to MAX characters.
is_base64url() {
    case $1 in
    '' | *[!A-Za-z0-9_-]*) return 1 ;;
    esac
    [ "${#1}" -le "$2" ]
}

# is_bytes32 TEXT, is_bytes64 TEXT: canonical base64url of exactly so many bytes (the last character carries no
# stray bits: a value has one spelling, and can be compared as text).
is_bytes32() {
    is_base64url "$1" 43 && [ "${#1}" -eq 43 ] || return 1
    case $1 in
    *[AEIMQUYcgkosw048]) ;;
    *) return 1 ;;
    esac
}

is_bytes64() {
    is_base64url "$1" 86 && [ "${#1}" -eq 86 ] || return 1
    case $1 in
    *[AQgw]) ;;
    *) return 1 ;;
    esac
}

# is_passphrase TEXT: 32 characters of Crockford base32 in lower case.
is_passphrase() {
    case $1 in
    *[!0-9abcdefghjkmnpqrstvwxyz]*) return 1 ;;
    esac
    [ "${#1}" -eq 32 ]
}

# is_region TEXT: name of an AWS region.
is_region() {
    case $1 in
    '' | *[!a-z0-9-]* | ?????????????????????????????????*) return 1 ;;
    esac
}

# is_user TEXT: a name that useradd takes by default; nothing in it means anything to a shell, to nft or to /etc/passwd.
is_user() {
    case $1 in
    '' | [!a-z_]* | *[!a-z0-9_-]* | ?????????????????????????????????*) return 1 ;;
    esac
}

# is_device TEXT: how a configuration names a device: auto, free, or a path below /dev.
is_device() {
    case $1 in
    auto | free) ;;
    *[!A-Za-z0-9/_.:-]* | *..*) return 1 ;;
    /dev/?*) ;;
    *) return 1 ;;
    esac
}

# is_address TEXT: a host name or an IPv4 address.
is_address() {
    case $1 in
    '' | -* | .* | *[!a-z0-9.-]* | *..*) return 1 ;;
    esac
    [ "${#1}" -le 253 ]
}

# is_endpoint TEXT: https URL without query, credentials or white space; curl mis-signs a colon in the path.
is_endpoint() {
    case $1 in
    https://*[!A-Za-z0-9./:_-]* | https:///* | *//*//* | */) return 1 ;;
    https://*) ;;
    *) return 1 ;;
    esac
    [ "${#1}" -le 300 ]
}
