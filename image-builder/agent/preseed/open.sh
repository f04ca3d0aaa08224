# shellcheck shell=sh
# One message: the checks of SPEC.md section 15, in their order. REASON names the one that ended it.

# open_message JWE AFTER OUT: AFTER is the highest number that was taken before. Returns 0 with the plaintext in OUT.
# Sets SEQ (empty when it cannot be read), REASON, and VERIFIED once the number is known to be authentic.
open_message() {
    rm -f -- "$3"
    VERIFIED='' REASON=malformed
    open_header "$1" || return 1
    REASON=oversized
    [ "$CIPHERTEXT_LENGTH" -le 87382 ] || return 1
    # One that was taken already is no offence, and not opened a second time.
    REASON=repeat
    ! taken "$SEQ" || return 1
    REASON=order
    [ "$SEQ" -gt "$2" ] || return 1
    REASON=decrypt
    open_decrypt "$1" "$3" || return 1
    VERIFIED=yes REASON=expired
    message_now
    [ "$EXPIRES" -gt "$SECONDS_NOW" ] && content_check "$3" && return 0
    forget "$3"
    return 1
}

# taken SEQ: it is staged, or was dealt with before a power cut.
taken() {
    [ -d "$MESSAGES/$(printf '%06d' "$1")" ] || settled "$1"
}

# open_header JWE: sets SEQ, EXPIRES and CIPHERTEXT_LENGTH. The header has our members and no other.
open_header() {
    SEQ='' _jwe=''
    IFS= read -r _jwe <"$1" || [ -n "$_jwe" ] || return 1
    case $_jwe in
    *[!A-Za-z0-9_.-]* | .* | *.) return 1 ;;
    esac
    [ "$(wc -c <"$1")" -eq "${#_jwe}" ] || return 1
    # Split in one go: taking prefixes off so long a word takes seconds in dash.
    open_parts "$_jwe" || return 1
    printf %s "$_head" | jose b64 dec -i- -O "$SEALROOT_SECRETS/message.header" 2>/dev/null || return 1
    # What is wrong with the rest is told by its number, if that can be read.
    open_number && [ "$_parts" -eq 5 ] && [ -z "$_wrapped" ] || return 1
    EXPIRES=$(json_list "$SEALROOT_SECRETS/message.header" '#exp') && is_number "$EXPIRES" || return 1
    printf '{"alg":"dir","enc":"A256GCM","typ":"sealroot-message","server":"%s","seq":%s,"exp":%s}' \
        "$SERVER" "$SEQ" "$EXPIRES" >"$SEALROOT_SECRETS/message.expected"
    json_equal "$SEALROOT_SECRETS/message.header" "$SEALROOT_SECRETS/message.expected"
}

open_parts() {
    set -f
    _ifs=$IFS IFS=.
    # shellcheck disable=SC2086  # splitting is meant; the word has no character that means anything else
    set -- $1
    IFS=$_ifs
    set +f
    _parts=$# _head=${1:-} _wrapped=${2:-} CIPHERTEXT_LENGTH=0
    [ $# -lt 4 ] || CIPHERTEXT_LENGTH=${#4}
    [ -n "$_head" ]
}

# open_number: SEQ, as far as the protocol has numbers.
open_number() {
    _number=$(json_list "$SEALROOT_SECRETS/message.header" '#seq') && is_number "$_number" && [ "$_number" -ge 1 ] &&
        [ "$_number" -le 999999 ] && SEQ=$_number
}

# open_decrypt JWE OUT: the header was compared whole, so jose has no choice of algorithm. It writes the plaintext even
# when the tag is wrong: to a file of another name.
open_decrypt() {
    _status=1
    key_write "$SECRET" "sealroot/v1/preseed/message$NEWLINE$SERVER$NEWLINE$SEQ" "$SEALROOT_SECRETS/message.jwk" &&
        timeout -k 2 20 jose jwe dec -i "$1" -k "$SEALROOT_SECRETS/message.jwk" -O "$2.unverified" >/dev/null 2>&1 &&
        mv -- "$2.unverified" "$2" && _status=0
    forget "$SEALROOT_SECRETS/message.jwk" "$2.unverified"
    return "$_status"
}
