# shellcheck shell=sh
# The server that this instance is to be: a comment line in its user-data, `# sealroot-server: srv-...`, beside the
# data for cloud-init. Not a secret. Compressed user-data is not looked into.

# is_server TEXT: id of a server (SPEC.md section 13).
is_server() {
    case $1 in
    srv-*[!0-9a-hjkmnp-tv-z]*) return 1 ;;
    srv-??????????????????????????) ;;
    *) return 1 ;;
    esac
}

# server_find: sets SERVER, empty when there is none. Once found it is kept: user-data that is changed later means
# nothing. Returns 1 with OUTCOME.
server_find() {
    local first='' second=''
    SERVER=
    if store_has server; then
        IFS= read -r SERVER <"$STORE/server" || :
        is_server "$SERVER" && return 0
    fi
    server_user_data || return 1
    [ -s "$SEALROOT_SECRETS/user-data" ] || return 0
    # A MIME multipart ends its lines in CR LF.
    LC_ALL=C tr -d '\r' <"$SEALROOT_SECRETS/user-data" |
        LC_ALL=C sed -n 's/^# sealroot-server:[[:space:]]*\([^[:space:]]*\)[[:space:]]*$/\1/p' | LC_ALL=C sort -u \
        >"$SEALROOT_SECRETS/servers"
    rm -f -- "$SEALROOT_SECRETS/user-data"
    lines first second <"$SEALROOT_SECRETS/servers"
    [ -n "$first" ] || return 0
    if [ -n "$second" ] || ! is_server "$first"; then
        OUTCOME='the user-data does not name one server'
        return 1
    fi
    printf '%s\n' "$first" | store_write server || return 1
    SERVER=$first
}

# server_user_data: writes the user-data into a file, which is empty when there is none. Returns 1 with OUTCOME.
server_user_data() {
    local status=0 code=''
    imds_session || return 1
    : >"$SEALROOT_SECRETS/user-data"
    imds_curl --config "$SEALROOT_SECRETS/imds.curl" --write-out '%{http_code}' \
        --output "$SEALROOT_SECRETS/user-data" "$SEALROOT_IMDS/latest/user-data" >"$SEALROOT_SECRETS/http.code" || status=$?
    IFS= read -r code <"$SEALROOT_SECRETS/http.code" || :
    case $status:$code in
    0:200) return 0 ;;
    22:404)
        : >"$SEALROOT_SECRETS/user-data"
        return 0
        ;;
    esac
    IMDS_MS=0 OUTCOME='instance metadata: the user-data cannot be read'
    return 1
}
