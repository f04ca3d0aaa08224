# shellcheck shell=sh
# Messages in memory, one directory each, for the hooks: `type` and a file for each member, binary ones decoded.

# stage_message SEQ FILE: FILE passed content_check, which left TYPE. Whole or not at all.
stage_message() {
    local incoming="$SEALROOT_SECRETS/incoming" status=0
    forget "$incoming"
    mkdir -p "$MESSAGES" && mkdir "$incoming" && printf '%s\n' "$TYPE" >"$incoming/type" &&
        printf '%s\n' "$1" >"$incoming/seq" || return 1
    case $TYPE in
    inithooks) stage_values "$2" "$incoming" ;;
    authorized-key) stage_text "$2" user "$incoming" && stage_text "$2" key "$incoming" ;;
    file)
        stage_text "$2" path "$incoming" && stage_text "$2" mode "$incoming" && stage_text "$2" owner "$incoming" &&
            stage_binary "$2" "$incoming"
        ;;
    script) stage_binary "$2" "$incoming" ;;
    totp) stage_text "$2" user "$incoming" && stage_text "$2" secret "$incoming" ;;
    esac && mv -- "$incoming" "$MESSAGES/$(printf '%06d' "$1")" || status=1
    forget "$2"
    return "$status"
}

# stage_text FILE MEMBER DIRECTORY: the bare string, in a file named like the member; `jose` adds a line break.
stage_text() {
    json_string "$1" "$2" >"$3/raw" && head -c -1 "$3/raw" >"$3/${2##*/}" && forget "$3/raw"
}

# stage_binary FILE DIRECTORY: the bytes that the member content spells.
stage_binary() {
    stage_text "$1" content "$2" || return 1
    if [ -s "$2/content" ]; then
        jose b64 dec -i "$2/content" -O "$2/decoded" 2>/dev/null || return 1
    else
        : >"$2/decoded"
    fi
    forget "$2/content"
    mv -- "$2/decoded" "$2/content"
}

# stage_values FILE DIRECTORY: a file for each value.
stage_values() {
    local list="$SEALROOT_SECRETS/values.list" name=''
    mkdir "$2/values" && jose fmt -j "$1" -Og values -f "$list" || return 1
    while IFS='=' read -r name _; do
        json_string "$1" "values/$name" >"$2/raw" && head -c -1 "$2/raw" >"$2/values/$name" || return 1
    done <"$list"
    forget "$list" "$2/raw"
}

# stage_conf: /etc/inithooks.conf, in memory behind a symbolic link. Later messages come later, and win.
stage_conf() {
    local conf="$SEALROOT_SECRETS/inithooks.conf" directory='' value=''
    OUTCOME="cannot write $SEALROOT_INITHOOKS_CONF"
    : >"$conf.new" || return 1
    for directory in "$MESSAGES"/*/values; do
        for value in "$directory"/*; do
            [ ! -f "$value" ] || stage_export "$value" >>"$conf.new" || return 1
        done
    done
    chmod 0600 "$conf.new" && mv -- "$conf.new" "$conf" && rm -f -- "$SEALROOT_INITHOOKS_CONF.new" &&
        ln -s "$conf" "$SEALROOT_INITHOOKS_CONF.new" && mv -fT -- "$SEALROOT_INITHOOKS_CONF.new" "$SEALROOT_INITHOOKS_CONF"
}

# stage_export FILE: prints `export NAME='value'`. Between single quotes a shell executes nothing, and leaves every byte as it
# is; a quote itself becomes '\''.
stage_export() {
    printf "export %s='" "${1##*/}"
    LC_ALL=C sed "s/'/'\\\\''/g" <"$1"
    printf "'\n"
}
