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
    local jwe=''
    SEQ=''
    IFS= read -r jwe <"$1" || [ -n "$jwe" ] || return 1
    case $jwe in
    *[!A-Za-z0-9_.-]* | .* | *.) return 1 ;;
    esac
    [ "$(wc -c <"$1")" -eq "${#jwe}" ] || return 1
    # Split in one go: taking prefixes off so long a word takes seconds in dash.
    open_parts "$jwe" || return 1
    printf %s "$JWE_HEAD" | jose b64 dec -i- -O "$SEALROOT_SECRETS/message.header" 2>/dev/null || return 1
    # A message that is wrong in another way is reported by its number, if that can be read.
    open_number && [ "$JWE_PARTS" -eq 5 ] && [ -z "$JWE_WRAPPED" ] || return 1
    EXPIRES=$(json_list "$SEALROOT_SECRETS/message.header" '#exp') && is_number "$EXPIRES" || return 1
    printf '{"alg":"dir","enc":"A256GCM","typ":"sealroot-message","server":"%s","seq":%s,"exp":%s}' \
        "$SERVER" "$SEQ" "$EXPIRES" >"$SEALROOT_SECRETS/message.expected"
    json_equal "$SEALROOT_SECRETS/message.header" "$SEALROOT_SECRETS/message.expected"
}

# open_parts JWE: sets JWE_PARTS (how many there are), JWE_HEAD, JWE_WRAPPED (the wrapped key) and CIPHERTEXT_LENGTH.
open_parts() {
    local IFS=.
    set -f
    # shellcheck disable=SC2086  # splitting is meant; the word has no character that means anything else
    set -- $1
    set +f
    JWE_PARTS=$# JWE_HEAD=${1:-} JWE_WRAPPED=${2:-} CIPHERTEXT_LENGTH=0
    [ $# -lt 4 ] || CIPHERTEXT_LENGTH=${#4}
    [ -n "$JWE_HEAD" ]
}

# open_number: SEQ, as far as the protocol has numbers.
open_number() {
    local number=''
    number=$(json_list "$SEALROOT_SECRETS/message.header" '#seq') && is_number "$number" && [ "$number" -ge 1 ] &&
        [ "$number" -le 999999 ] && SEQ=$number
}

# open_decrypt JWE OUT: the header was compared whole, so jose has no choice of algorithm. It writes the plaintext even
# when the tag is wrong: to a file of another name.
open_decrypt() {
    local status=1
    key_write "$SECRET" "sealroot/v1/preseed/message$NEWLINE$SERVER$NEWLINE$SEQ" "$SEALROOT_SECRETS/message.jwk" &&
        timeout -k 2 20 jose jwe dec -i "$1" -k "$SEALROOT_SECRETS/message.jwk" -O "$2.unverified" >/dev/null 2>&1 &&
        mv -- "$2.unverified" "$2" && status=0
    forget "$SEALROOT_SECRETS/message.jwk" "$2.unverified"
    return "$status"
}
