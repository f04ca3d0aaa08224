# shellcheck shell=sh
# The content of a message: protocol/message.ts in sh. REASON is malformed or unknown-type; nothing of a value is said.

# content_check FILE: sets TYPE. Returns 1 with REASON.
content_check() {
    REASON=malformed
    is_json_object "$1" && text "$1" type || return 1
    TYPE=$TEXT
    case $TYPE in
    inithooks) content_values "$1" ;;
    authorized-key) text "$1" user && is_user "$TEXT" && text "$1" key && is_authorized_key "$TEXT" ;;
    file)
        text "$1" path && is_path "$TEXT" && text "$1" mode && is_mode "$TEXT" && text "$1" owner && is_owner "$TEXT" &&
            text "$1" content && is_binary "$TEXT"
        ;;
    # IyE is `#!` and the first two bits of the byte after it.
    script)
        text "$1" content && is_binary "$TEXT" || return 1
        case $TEXT in
        IyE?*) ;;
        *) return 1 ;;
        esac
        ;;
    totp) text "$1" user && is_user "$TEXT" && text "$1" secret && is_base32 "$TEXT" ;;
    *)
        REASON=unknown-type
        return 1
        ;;
    esac || return 1
    REASON=ok
}

# text FILE PATH: sets TEXT to that string, trailing line breaks and all.
text() {
    TEXT=$(json_string "$1" "$2" && printf x) || return 1
    TEXT=${TEXT%"${NEWLINE}x"}
}

# content_values FILE: each name is one for a variable, each value a string. jose prints NAME=JSON, one a line; a name
# with a line break in it makes a line too many.
content_values() {
    local values="$SEALROOT_SECRETS/values.list" lines=0 good=yes count='' name=''
    count=$(jose fmt -j "$1" -Og values -Ol -Io- 2>/dev/null) && is_number "$count" && [ "$count" -gt 0 ] &&
        jose fmt -j "$1" -Og values -f "$values" 2>/dev/null || return 1
    while IFS='=' read -r name _; do
        lines=$((lines + 1))
        is_variable "$name" && json_string "$1" "values/$name" >/dev/null || good=
    done <"$values"
    forget "$values"
    [ -n "$good" ] && [ "$lines" -eq "$count" ]
}

# is_variable NAME: one that neither shell nor loader nor an interpreter acts on: a sender who may set APP_EMAIL must not
# thereby choose what every hook runs.
is_variable() {
    case $1 in
    '' | [!A-Z_]* | *[!A-Z0-9_]*) return 1 ;;
    _ | PATH | IFS | ENV | CDPATH | FPATH | MANPATH | SHELL | SHELLOPTS | BASHOPTS | PS[0-4]) return 1 ;;
    PROMPT_COMMAND | PROMPT_DIRTRIM | FIGNORE | GLOBIGNORE | EXECIGNORE | HISTFILE | INPUTRC | POSIXLY_CORRECT) return 1 ;;
    OPTARG | OPTIND | OPTERR | MAIL | MAILPATH | TMPDIR | HOME | PWD | OLDPWD | USER | LOGNAME | UID | EUID) return 1 ;;
    PPID | GROUPS | LINENO | RANDOM | SECONDS | BASH | BASH_* | COMP_* | LD_* | GCONV_PATH | GETCONF_DIR) return 1 ;;
    LOCPATH | NLSPATH | LOCALDOMAIN | RESOLV_HOST_CONF | RES_OPTIONS | HOSTALIASES | NIS_PATH | GLIBC_TUNABLES) return 1 ;;
    MALLOC_* | TZDIR | PERL* | PYTHON* | RUBY* | NODE_* | JAVA_TOOL_OPTIONS | _JAVA_OPTIONS | PHPRC) return 1 ;;
    PHP_INI_SCAN_DIR | GIT_* | SSL_CERT_FILE | SSL_CERT_DIR | OPENSSL_* | CURL_HOME | CURL_CA_BUNDLE) return 1 ;;
    EDITOR | VISUAL | PAGER | LESSOPEN | LESSCLOSE | SYSTEMD_* | DBUS_* | SUDO_* | AWS_* | SEALROOT_*) return 1 ;;
    esac
    [ "${#1}" -le 64 ]
}

# is_plain TEXT: no control character.
is_plain() {
    case $1 in
    *[[:cntrl:]]*) return 1 ;;
    esac
}

# is_authorized_key TEXT: `TYPE BASE64 [COMMENT]`. The blob says its type once more, behind a length (RFC 4253 6.6).
is_authorized_key() {
    local kind="${1%% *}" blob="${1#* }"
    is_plain "$1" && [ "${#1}" -le 16384 ] || return 1
    blob=${blob%% *}
    case $kind in
    ssh-ed25519 | ecdsa-sha2-nistp256 | ecdsa-sha2-nistp384 | ecdsa-sha2-nistp521 | ssh-rsa) ;;
    sk-ssh-ed25519@openssh.com | sk-ecdsa-sha2-nistp256@openssh.com) ;;
    *) return 1 ;;
    esac
    printf %s "$blob" | base64 -d >"$SEALROOT_SECRETS/blob" 2>/dev/null &&
        [ "$(base64 -w0 <"$SEALROOT_SECRETS/blob")" = "$blob" ] || return 1
    [ "$(tail -c +5 "$SEALROOT_SECRETS/blob" | head -c "${#kind}" | tr -cd 'a-z0-9@.-')" = "$kind" ]
}

# is_path TEXT: absolute, normal, and not where the kernel or this agent is at home.
is_path() {
    is_plain "$1" && [ "${#1}" -le 4095 ] || return 1
    case $1/ in
    /proc/* | /sys/* | /dev/* | /run/sealroot/* | /var/run/sealroot/* | /var/lib/sealroot/* | /etc/sealroot/*) return 1 ;;
    *//* | */./* | */../*) return 1 ;;
    /*) ;;
    *) return 1 ;;
    esac
}

is_mode() {
    case $1 in
    0[0-7][0-7][0-7]) ;;
    *) return 1 ;;
    esac
}

is_owner() {
    case $1 in
    *:*) is_user "${1%%:*}" && is_user "${1#*:}" ;;
    *) is_user "$1" ;;
    esac
}

# is_binary TEXT: base64url of at most 64 KiB, which jose can read.
is_binary() {
    case $1 in
    *[!A-Za-z0-9_-]*) return 1 ;;
    esac
    [ "${#1}" -le 87382 ] && [ $((${#1} % 4)) -ne 1 ]
}

# is_base32 TEXT: RFC 4648 without padding, of whole bytes.
is_base32() {
    case $1 in
    *[!A-Z2-7]*) return 1 ;;
    esac
    [ "${#1}" -ge 16 ] && [ "${#1}" -le 128 ] || return 1
    case $((${#1} % 8)) in
    0 | 2 | 4 | 5 | 7) ;;
    *) return 1 ;;
    esac
}
