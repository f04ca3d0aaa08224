# shellcheck shell=sh
# Asks every configured endpoint at the same time and takes the first answer that passes its check. Bounded in time
# and size; no redirects, no proxy, TLS only.

# http_post PATH BODY CHECK [ARGUMENT]: `CHECK DIRECTORY ARGUMENT` is called for each answer (status, headers, body,
# curl's exit status are in DIRECTORY) until it returns 0. Returns 1 when none did; the last OUTCOME then says why.
http_post() {
    local route="$1" body="$2" check="$3" argument="${4:-}" url='' address=''
    rm -rf -- "$SEALROOT_SECRETS"/http.*
    set --
    set -f
    # Lists that were checked when the configuration was read; no URL has a comma. Every URL at every address.
    for url in $ENDPOINT; do
        for address in ${ENDPOINT_ADDRESS:-,}; do set -- "$@" "$url$route,${address#,}"; done
    done
    set +f
    if [ $# -eq 1 ]; then
        http_call "$SEALROOT_SECRETS/http.1" "$1" "$body"
        "$check" "$SEALROOT_SECRETS/http.1" "$argument"
        return
    fi
    http_race "$body" "$check" "$argument" "$@"
}

# http_race BODY CHECK ARGUMENT URL,ADDRESS...
http_race() {
    local body="$1" check="$2" argument="$3" jobs='' left=0 finished='' accepted=1 call=''
    shift 3
    mkfifo "$SEALROOT_SECRETS/http.done" || return 1
    # Opened for both: neither side then waits for the other to open it.
    exec 3<>"$SEALROOT_SECRETS/http.done"
    left=$#
    while [ $# -gt 0 ]; do
        (
            # A call that lost the race is ended, and with it its connection.
            trap '{ kill "$call"; wait "$call"; } 2>/dev/null; exit' TERM
            http_curl "$SEALROOT_SECRETS/http.$#" "$1" "$body" &
            call=$!
            wait "$call"
            echo "$?" >"$SEALROOT_SECRETS/http.$#/exit"
            echo "$#" >&3
        ) &
        jobs="$jobs $!"
        shift
    done
    # A job that died would leave the wait without an end: this one ends it.
    (
        trap 'kill $!; exit' TERM
        sleep 45 &
        wait
        echo end >&3
    ) &
    jobs="$jobs $!"
    while [ "$left" -gt 0 ] && read -r finished <&3 && [ "$finished" != end ]; do
        left=$((left - 1))
        "$check" "$SEALROOT_SECRETS/http.$finished" "$argument" && accepted=0 && break
    done
    # shellcheck disable=SC2086  # a list of process ids
    kill $jobs 2>/dev/null
    wait
    exec 3>&-
    return "$accepted"
}

# http_call DIRECTORY URL,ADDRESS BODY: one signed POST. Credentials are in a file that curl reads, not in its arguments.
http_call() {
    (http_curl "$@")
    echo "$?" >"$1/exit"
}

# http_curl DIRECTORY URL,ADDRESS BODY: becomes curl, so the shell that runs it has to be one of its own. The address,
# which may be empty, says where to connect; TLS, `Host` and the signature stay those of the URL.
http_curl() {
    local url="${2%%,*}" address="${2#*,}"
    mkdir -p "$1"
    # Neither a body without Content-Length nor endless headers may fill the memory: 128 KiB a file, or twice what
    # HTTP_MOST says.
    ulimit -f $((HTTP_MOST / 256))
    exec timeout -k 2 35 curl -q --silent --proto '=https' --tlsv1.2 --max-redirs 0 --noproxy '*' \
        --connect-timeout 5 --max-time 30 --max-filesize "$HTTP_MOST" \
        --aws-sigv4 "aws:amz:$REGION:execute-api" --config "$SEALROOT_SECRETS/role.curl" \
        --header 'Content-Type: application/json' --data-binary "@$3" \
        ${address:+--connect-to} ${address:+"::$address:443"} \
        --dump-header "$1/headers" --output "$1/body" "$url"
}

# http_answer DIRECTORY: sets HTTP_STATUS (000: there was no answer, and OUTCOME says why), RETRY_AFTER, CLOCK_HINT.
http_answer() {
    local code='' header='' date=''
    HTTP_STATUS=000 RETRY_AFTER='' CLOCK_HINT=''
    IFS= read -r code <"$1/exit" || code=killed
    if [ "$code" != 0 ]; then
        http_error "$code"
        return
    fi
    while IFS= read -r header; do
        case $header in
        [Hh][Tt][Tt][Pp]/*\ [1-5][0-9][0-9]*)
            header=${header#* }
            HTTP_STATUS=${header%"${header#???}"}
            ;;
        [Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]:*)
            RETRY_AFTER=$(printf '%s' "${header#*:}" | tr -cd 0-9 | head -c 6)
            is_number "$RETRY_AFTER" || RETRY_AFTER=
            ;;
        [Dd][Aa][Tt][Ee]:*) date=${header#*:} ;;
        esac
    done <"$1/headers"
    http_clock "$date"
}

# http_error EXIT: sets OUTCOME to curl's exit status in words, https://curl.se/docs/manpage.html#EXIT
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

# http_clock DATE: sets CLOCK_HINT, for the console, when the server's clock is another one. The header is not
# authenticated: it sets no clock.
http_clock() {
    local date='' theirs=0 difference=0
    date=$(printf '%s' "$1" | tr -cd 'A-Za-z0-9 :,+-' | head -c 40)
    # An empty value would be midnight to `date`.
    [ -n "$date" ] || return 0
    theirs=$(date -u -d "$date" +%s 2>/dev/null) || return 0
    is_number "$theirs" || return 0
    message_now
    difference=$((SECONDS_NOW - theirs))
    [ "${difference#-}" -gt 300 ] || return 0
    CLOCK_HINT="; the clock here is $((difference / 60)) minutes off the server's"
}
