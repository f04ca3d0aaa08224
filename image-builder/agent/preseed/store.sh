# shellcheck shell=sh
# Files that have to outlive a power cut: in STORE, on the encrypted root, each whole or absent. Nothing of a message is
# ever among them but its number.

# store_open: the directory is root's alone.
store_open() {
    mkdir -p "$SEALROOT_STATE" "$STORE" && chmod 0755 "$SEALROOT_STATE" && chmod 0700 "$STORE" && return 0
    OUTCOME="cannot write to $SEALROOT_STATE"
    return 1
}

# store_write NAME: stdin becomes that file, and is on the disk when this returns 0.
store_write() {
    cat >"$STORE/$1.new" && sync "$STORE/$1.new" && mv -- "$STORE/$1.new" "$STORE/$1" && sync "$STORE" && return 0
    OUTCOME="cannot write to $STORE"
    return 1
}

# store_has NAME: the file is there.
store_has() {
    [ -e "$STORE/$1" ]
}

# store_shred NAME...: overwrites on the disk, where `forget` would do so in the page cache only, and removes.
store_shred() {
    local file='' bytes=0
    for file in "$@"; do
        [ -f "$STORE/$file" ] || continue
        bytes=$(wc -c <"$STORE/$file")
        dd if=/dev/zero of="$STORE/$file" bs=4096 count=$(((bytes + 4095) / 4096)) conv=notrunc,fsync 2>/dev/null
        rm -f -- "$STORE/$file"
    done
    sync "$STORE"
}

# outcome SEQ RESULT REASON: what a hook made of a message. In memory until all hooks are complete: after a power cut
# messages come again and are applied again, since what the hooks have to work with was lost.
outcome() {
    outcome_known "$1" || printf '%s %s %s\n' "$@" >>"$SEALROOT_SECRETS/outcomes"
}

# outcome_known SEQ: a hook has said what became of that message.
outcome_known() {
    grep -q "^$1 " "$SEALROOT_SECRETS/outcomes" 2>/dev/null
}

# settle SEQ RESULT REASON [taken|named]: what becomes of a message, for the service; `settled` has a line for each, and
# so is also the list of what was quarantined, and why. The first word on a message that was taken, whose number is
# authentic, stays; a number that is only `named` may be anybody's.
settle() {
    settled "$1" && return 0
    # grep fails when no line is left, which is no error here.
    { cat "$STORE/settled" 2>/dev/null || :; } | grep -v "^$1 " >"$SEALROOT_SECRETS/settled" || :
    printf '%s %s %s %s\n' "$1" "$2" "$3" "${4:-taken}" >>"$SEALROOT_SECRETS/settled"
    store_write settled <"$SEALROOT_SECRETS/settled"
}

# settled SEQ: that message was taken, and there is nothing more to do about it here.
settled() {
    grep -q "^$1 .* taken\$" "$STORE/settled" 2>/dev/null
}
