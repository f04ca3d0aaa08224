# shellcheck shell=sh
# Asks every configured endpoint at the same time and takes the first answer that passes its check. Bounded in time
# and size; no redirects, no proxy, TLS only.

# http_post PATH BODY CHECK: CHECK is called with the directory of each answer (status, headers, body, curl's exit
# status) until it returns 0. Returns 1 when none did; the last OUTCOME then says why.
http_post() {
    rm -rf -- "$SEALROOT_SECRETS"/http.*
    set -f
    # shellcheck disable=SC2086  # a list of URLs, checked when the configuration was read
    set -- "$1" "$2" "$3" $ENDPOINT
    set +f
    if [ $# -eq 4 ]; then
        http_call "$SEALROOT_SECRETS/http.1" "$4$1" "$2"
        "$3" "$SEALROOT_SECRETS/http.1"
        return
    fi
    http_race "$@"
}

# http_race PATH BODY CHECK URL...
http_race() {
    _route=$1 _body=$2 _check=$3
    shift 3
    mkfifo "$SEALROOT_SECRETS/http.done" || return 1
    # Opened for both: neither side then waits for the other to open it.
    exec 3<>"$SEALROOT_SECRETS/http.done"
    _jobs='' _left=$#
    while [ $# -gt 0 ]; do
        (
            # Who lost the race is ended, and with it its connection.
            trap '{ kill "$_call"; wait "$_call"; } 2>/dev/null; exit' TERM
            http_curl "$SEALROOT_SECRETS/http.$#" "$1$_route" "$_body" &
            _call=$!
            wait "$_call"
            echo "$?" >"$SEALROOT_SECRETS/http.$#/exit"
            echo "$#" >&3
        ) &
        _jobs="$_jobs $!"
        shift
    done
    # Should a job die without a word, this one ends the wait.
    (
        trap 'kill $!; exit' TERM
        sleep 45 &
        wait
        echo end >&3
    ) &
    _jobs="$_jobs $!" _accepted=1
    while [ "$_left" -gt 0 ] && read -r _done <&3 && [ "$_done" != end ]; do
        _left=$((_left - 1))
        "$_check" "$SEALROOT_SECRETS/http.$_done" && _accepted=0 && break
    done
    # shellcheck disable=SC2086  # a list of process ids
    kill $_jobs 2>/dev/null
    wait
    exec 3>&-
    return "$_accepted"
}

# http_call DIRECTORY URL BODY: one signed POST. Credentials are in a file that curl reads, not in its arguments.
http_call() {
    (http_curl "$@")
    echo "$?" >"$1/exit"
}

# http_curl DIRECTORY URL BODY: becomes curl, so the shell that runs it has to be one of its own.
http_curl() {
    mkdir -p "$1"
    # Neither a body without Content-Length nor endless headers may fill the memory: 128 KiB a file, or twice what
    # HTTP_MOST says.
    ulimit -f $((HTTP_MOST / 256))
    exec timeout -k 2 35 curl -q --silent --proto '=https' --tlsv1.2 --max-redirs 0 --noproxy '*' \
        --connect-timeout 5 --max-time 30 --max-filesize "$HTTP_MOST" \
        --aws-sigv4 "aws:amz:$REGION:execute-api" --config "$SEALROOT_SECRETS/role.curl" \
        --header 'Content-Type: application/json' --data-binary "@$3" \
        --dump-header "$1/headers" --output "$1/body" "$2"
}

# http_answer DIRECTORY: sets HTTP_STATUS (000: there was no answer, and OUTCOME says why), RETRY_AFTER, CLOCK_HINT.
http_answer() {
    HTTP_STATUS=000 RETRY_AFTER='' CLOCK_HINT='' _date=''
    IFS= read -r _exit <"$1/exit" || _exit=killed
    if [ "$_exit" != 0 ]; then
        http_error "$_exit"
        return
    fi
    while IFS= read -r _header; do
        case $_header in
        [Hh][Tt][Tt][Pp]/*\ [1-5][0-9][0-9]*)
            _header=${_header#* }
            HTTP_STATUS=${_header%"${_header#???}"}
            ;;
        [Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]:*)
            RETRY_AFTER=$(printf '%s' "${_header#*:}" | tr -cd 0-9 | head -c 6)
            is_number "$RETRY_AFTER" || RETRY_AFTER=
            ;;
        [Dd][Aa][Tt][Ee]:*) _date=${_header#*:} ;;
        esac
    done <"$1/headers"
    http_clock "$_date"
}

# http_error EXIT: curl's exit status in words, https://curl.se/docs/manpage.html#EXIT
http_error() {
    case $1 in
    6) OUTCOME='its name cannot be resolved' ;;
    7) OUTCOME='no connection' ;;
    28 | 124 | 137) OUTCOME='no answer in time' ;;
    35 | 51 | 58 | 60 | 77) OUTCOME='its TLS certificate is not trusted' ;;
    63 | 153) OUTCOME='its answer is too long' ;;
    *) OUTCOME="curl error $1" ;;
    esac
    OUTCOME="keyserver unreachable: $OUTCOME"
}

# http_clock DATE: a hint for the console when the server's clock is another one. The header is not authenticated:
# it sets no clock.
http_clock() {
    _date=$(printf '%s' "$1" | tr -cd 'A-Za-z0-9 :,+-' | head -c 40)
    # Nothing would be midnight to `date`.
    [ -n "$_date" ] || return 0
    _theirs=$(date -u -d "$_date" +%s 2>/dev/null) || return 0
    is_number "$_theirs" || return 0
    message_now
    _difference=$((SECONDS_NOW - _theirs))
    [ "${_difference#-}" -gt 300 ] || return 0
    CLOCK_HINT="; the clock here is $((_difference / 60)) minutes off the server's"
}
