# shellcheck shell=sh
# JSON by `jose fmt`: no jq in the initrd. A value is text until check.sh has seen it.

# json_string FILE MEMBER...: prints the string at this path. Fails when it is absent or not a string.
json_string() {
    _json=$1
    shift
    _path=
    for _member in "$@"; do _path="$_path -g $_member"; done
    # Members are our own words, without white space: splitting is meant.
    # shellcheck disable=SC2086
    jose fmt -j "$_json" $_path -Su- 2>/dev/null
}

# json_number FILE MEMBER: prints an integer.
json_number() {
    jose fmt -j "$1" -g "$2" -Io- 2>/dev/null
}

# json_has FILE MEMBER: the object has this member.
json_has() {
    jose fmt -j "$1" -Og "$2" >/dev/null 2>&1
}

# json_equal FILE FILE: the same value, whatever the spelling.
json_equal() {
    jose fmt -j "$1" -j "$2" -E >/dev/null 2>&1
}

# is_json_file FILE: an object on disk. `jose fmt -j` takes JSON or a file name: never hand it anything else.
is_json_object() {
    [ -s "$1" ] && jose fmt -j "$1" -O >/dev/null 2>&1
}
