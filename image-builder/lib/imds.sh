# shellcheck shell=sh
# Instance metadata, IMDSv2 only: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html

# imds_curl ARGUMENT...: link-local, so plain HTTP and no proxy; retried here because it can start after the network.
imds_curl() {
    (
        ulimit -f 256
        exec timeout -k 2 20 curl -q --silent --fail --proto '=http' --noproxy '*' --connect-timeout 2 --max-time 5 \
            --max-filesize 65536 --retry 3 --retry-connrefused --retry-max-time 12 "$@"
    )
}

# imds_session: a session token, as a header in a curl configuration file. It lives for five minutes.
imds_session() {
    local token=''
    now
    [ "${IMDS_MS:-0}" -eq 0 ] || [ $((NOW_MS - IMDS_MS)) -gt 240000 ] || return 0
    IMDS_MS=0
    if ! imds_curl --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' \
        --output "$SEALROOT_SECRETS/imds.token" "$SEALROOT_IMDS/latest/api/token"; then
        OUTCOME='instance metadata (IMDSv2) does not answer'
        return 1
    fi
    IFS= read -r token <"$SEALROOT_SECRETS/imds.token" || :
    case $token in
    '' | *[!A-Za-z0-9_=+/.-]*)
        OUTCOME='instance metadata: unusable session token'
        return 1
        ;;
    esac
    printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" >"$SEALROOT_SECRETS/imds.curl"
    IMDS_MS=$NOW_MS
}

# imds_identity: sets INSTANCE, and REGION unless it is configured. Returns 1 with OUTCOME.
imds_identity() {
    local base="$SEALROOT_IMDS/latest/meta-data"
    imds_session || return 1
    if ! imds_curl --config "$SEALROOT_SECRETS/imds.curl" \
        --output "$SEALROOT_SECRETS/instance" "$base/instance-id" \
        --output "$SEALROOT_SECRETS/region" "$base/placement/region"; then
        OUTCOME='instance metadata: no instance id or region'
        return 1
    fi
    entropy_file "$SEALROOT_SECRETS/instance"
    IFS= read -r INSTANCE <"$SEALROOT_SECRETS/instance" || :
    [ -n "$REGION" ] || IFS= read -r REGION <"$SEALROOT_SECRETS/region" || :
    is_instance "$INSTANCE" && is_region "$REGION" && return 0
    INSTANCE='' REGION='' OUTCOME='instance metadata: unusable instance id or region'
    return 1
}

# imds_credentials: the role's credentials, as a curl configuration file. Fetched again after ten minutes or when
# CREDENTIALS_MS is 0; IMDS itself renews them in time. Returns 1 with OUTCOME.
imds_credentials() {
    local base="$SEALROOT_IMDS/latest/meta-data/iam/security-credentials" role='' id='' secret='' token=''
    now
    [ "${CREDENTIALS_MS:-0}" -eq 0 ] || [ $((NOW_MS - CREDENTIALS_MS)) -gt 600000 ] || return 0
    imds_session || return 1
    OUTCOME='instance metadata: no credentials (has the instance a role?)'
    imds_curl --config "$SEALROOT_SECRETS/imds.curl" --output "$SEALROOT_SECRETS/role" "$base/" || return 1
    IFS= read -r role <"$SEALROOT_SECRETS/role" || :
    case $role in
    '' | *[!A-Za-z0-9+=,.@_-]*) return 1 ;;
    esac
    imds_curl --config "$SEALROOT_SECRETS/imds.curl" --output "$SEALROOT_SECRETS/role.json" "$base/$role" || return 1
    json_list "$SEALROOT_SECRETS/role.json" AccessKeyId SecretAccessKey Token >"$SEALROOT_SECRETS/list" || return 1
    lines id secret token <"$SEALROOT_SECRETS/list"
    case ${id:-,}${secret:-,}${token:-,} in
    *[!A-Za-z0-9_=+/.-]*) return 1 ;;
    esac
    printf 'user = "%s:%s"\nheader = "X-Amz-Security-Token: %s"\n' "$id" "$secret" "$token" \
        >"$SEALROOT_SECRETS/role.curl"
    forget "$SEALROOT_SECRETS/role.json" "$SEALROOT_SECRETS/list"
    CREDENTIALS_MS=$NOW_MS OUTCOME=''
}
