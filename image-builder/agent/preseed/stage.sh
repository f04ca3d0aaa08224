# shellcheck shell=sh
# Messages in memory, one directory each, for the hooks: `type` and a file for each member, binary ones decoded.

# stage_message SEQ FILE: FILE passed content_check, which left TYPE. Whole or not at all.
stage_message() {
    _in=$SEALROOT_SECRETS/incoming
    stage_forget "$_in"
    mkdir -p "$MESSAGES" && mkdir "$_in" && printf '%s\n' "$TYPE" >"$_in/type" && printf '%s\n' "$1" >"$_in/seq" || return 1
    case $TYPE in
    inithooks) stage_values "$2" ;;
    authorized-key) stage_text "$2" user && stage_text "$2" key ;;
    file) stage_text "$2" path && stage_text "$2" mode && stage_text "$2" owner && stage_binary "$2" ;;
    script) stage_binary "$2" ;;
    totp) stage_text "$2" user && stage_text "$2" secret ;;
    esac && mv -- "$_in" "$MESSAGES/$(printf '%06d' "$1")"
    _status=$?
    forget "$2"
    return "$_status"
}

# stage_text FILE MEMBER: the bare string; `jose` adds a line break.
stage_text() {
    json_string "$1" "$2" >"$_in/raw" && head -c -1 "$_in/raw" >"$_in/${2##*/}" && forget "$_in/raw"
}

stage_binary() {
    stage_text "$1" content || return 1
    if [ -s "$_in/content" ]; then
        jose b64 dec -i "$_in/content" -O "$_in/decoded" 2>/dev/null || return 1
    else
        : >"$_in/decoded"
    fi
    forget "$_in/content"
    mv -- "$_in/decoded" "$_in/content"
}

stage_values() {
    mkdir "$_in/values" && jose fmt -j "$1" -Og values -f "$SEALROOT_SECRETS/values.list" || return 1
    while IFS='=' read -r _name _; do
        json_string "$1" "values/$_name" >"$_in/raw" && head -c -1 "$_in/raw" >"$_in/values/$_name" || return 1
    done <"$SEALROOT_SECRETS/values.list"
    forget "$SEALROOT_SECRETS/values.list" "$_in/raw"
}

# stage_forget DIRECTORY: overwrites and removes all below it.
stage_forget() {
    [ -d "$1" ] || return 0
    find "$1" -type f >"$SEALROOT_SECRETS/files"
    while IFS= read -r _path; do forget "$_path"; done <"$SEALROOT_SECRETS/files"
    rm -rf -- "$1"
}

# stage_conf: /etc/inithooks.conf, in memory behind a symbolic link. Later messages come later, and win.
stage_conf() {
    _conf=$SEALROOT_SECRETS/inithooks.conf
    OUTCOME="cannot write $SEALROOT_INITHOOKS_CONF"
    : >"$_conf.new" || return 1
    for _directory in "$MESSAGES"/*/values; do
        for _value in "$_directory"/*; do
            [ ! -f "$_value" ] || stage_export "$_value" >>"$_conf.new" || return 1
        done
    done
    chmod 0600 "$_conf.new" && mv -- "$_conf.new" "$_conf" && rm -f -- "$SEALROOT_INITHOOKS_CONF.new" &&
        ln -s "$_conf" "$SEALROOT_INITHOOKS_CONF.new" && mv -fT -- "$SEALROOT_INITHOOKS_CONF.new" "$SEALROOT_INITHOOKS_CONF"
}

# stage_export FILE: `export NAME='value'`. Between single quotes a shell executes nothing, and leaves every byte as it
# is; a quote itself becomes '\''.
stage_export() {
    printf "export %s='" "${1##*/}"
    LC_ALL=C sed "s/'/'\\\\''/g" <"$1"
    printf "'\n"
}
