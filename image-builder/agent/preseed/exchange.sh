# shellcheck shell=sh
# One call of the preseed API. After any answer but a 200 the agent waits, and says why.

# exchange PATH FUNCTION: posts request.json and removes it; FUNCTION gets the body of a 200, and returns 1 to discard
# it. Returns 1 with OUTCOME; REFUSED or CONFLICT are set when the service said so.
exchange() {
    local status=0
    REFUSED='' CONFLICT=''
    imds_identity_once && imds_credentials || return 1
    http_post "$1" "$SEALROOT_SECRETS/request.json" exchange_answer "$2" || status=1
    forget "$SEALROOT_SECRETS/request.json"
    exchange_forget
    return "$status"
}

# imds_identity_once: INSTANCE and REGION, asked for once in a run. Returns 1 with OUTCOME.
imds_identity_once() {
    [ -n "$INSTANCE" ] && [ -n "$REGION" ] || imds_identity
}

# exchange_forget: an answer holds messages, sealed as they are.
exchange_forget() {
    forget "$SEALROOT_SECRETS"/http.*
}

# exchange_answer DIRECTORY FUNCTION: 0 when FUNCTION took the answer.
exchange_answer() {
    http_answer "$1"
    case $HTTP_STATUS in
    000) return 1 ;;
    200)
        CHECK=content
        "$2" "$1/body" && return 0
        message_discard
        ;;
    *) exchange_denied "$1/body" ;;
    esac
    return 1
}

# exchange_denied BODY: not signed, so all it can do is choose a line for the console, and a longer wait.
exchange_denied() {
    local code=''
    message_denied "$1"
    code=$(message_code "$1")
    case $HTTP_STATUS:$code in
    403:refused)
        REFUSED=yes
        OUTCOME="refused (server $SERVER contested or not for this instance); see: sealroot preseed status $SERVER"
        ;;
    409:*)
        CONFLICT=yes
        OUTCOME='the preseed service is not ready for this step'
        ;;
    esac
}

# credentials_json: the members that every request after the registration begins with, to stdout.
credentials_json() {
    printf '{"v":1,"server":"%s","subkey":"%s"' "$SERVER" "$SUBKEY"
}

# key_write SECRET INFO OUT: the derived key as a JWK, in a file.
key_write() {
    local derived=''
    derived=$(hkdf "$1" "$2") && [ "${#derived}" -eq 64 ] || return 1
    derived=$(hex_bytes "$derived" | jose b64 enc -I-) && is_bytes32 "$derived" || return 1
    printf '{"kty":"oct","k":"%s"}' "$derived" >"$3"
}
