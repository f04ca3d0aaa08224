# shellcheck shell=sh
# State of a volume: all that is known of it. Several volumes live side by side: each has a name (`root`, `data-NAME`),
# which is the first argument of every function about volumes, and two directories of its own. On disks, as a partition
# and as a mapping it is called sealroot-VOLUME.
#
#   $VOLUMES/VOLUME                 on the ramfs: keys, tokens, the copy of the header, and state
#   $SEALROOT_RUN/volumes/VOLUME    nothing secret: logs, a mount point
#
# State, a line each:
#
#   wanted         device as the configuration names it           device         path of the one that was found
#   kind           what is on it: ours or blank                   uuid           of our LUKS header on it
#   header_uuid    UUID in the copy of the header                 digest         of the copy, as the protocol defines it
#   luks           UUID that the keyserver is asked for           nonce          of the last request
#   token_state    of the header's token: copying or copied       sealed, ticket, recovery   members of that token
#   server_state   as the keyserver knows it: enrolling, active   acknowledged   digest that the keyserver noted
#   how            it was opened                                  attempts       requests for its key so far
#   stale          header and token have to be read again         said           the recovery key was asked for

VOLUMES=$SEALROOT_SECRETS/volumes

# volume_begin VOLUME WANTED: a volume of which nothing is known but the device that it is to be on. Returns 1 with
# OUTCOME when this cannot be the name of a volume.
volume_begin() {
    OUTCOME='not the name of a volume'
    is_volume "$1" || return 1
    OUTCOME="no memory for the volume $1"
    forget "$VOLUMES/$1"
    mkdir -p "$VOLUMES/$1/state" "$SEALROOT_RUN/volumes/$1" && volume_set "$1" wanted "$2" && OUTCOME=''
}

# volume_set VOLUME NAME VALUE [NAME VALUE]...: keeps these values, each without a line break.
volume_set() {
    local directory="$VOLUMES/$1/state"
    shift
    while [ $# -ge 2 ]; do
        printf '%s\n' "$2" >"$directory/$1" || return 1
        shift 2
    done
}

# volume_get VOLUME NAME...: sets the variable NAME of the caller to each of these values; empty where none was kept.
# The caller declares them as local; none of them can be `directory`.
volume_get() {
    local directory="$VOLUMES/$1/state"
    shift
    while [ $# -gt 0 ]; do
        if [ -r "$directory/$1" ]; then
            lines "$1" <"$directory/$1"
        else
            lines "$1" </dev/null
        fi
        shift
    done
}
