# shellcheck shell=sh
# JSON by `jose fmt`: no jq in the initrd. A value is text until check.sh has seen it.

# json_list FILE PATH...: prints the strings at these paths, one a line; members are joined by `/`, and `#` before a
# path stands for an integer, `@` for the length of an array. Fails when one is absent or of another type. One process,
# however many paths: on a small machine the processes are what unlocking costs.
json_list() {
    local json="$1" paths='' path='' member='' depth=0
    shift
    paths=$*
    set -- -O
    # Paths are our own words, without white space: splitting is meant.
    for path in $paths; do
        depth=1 member=${path#[#@]}
        while [ "$member" != "${member#*/}" ]; do
            set -- "$@" -g "${member%%/*}"
            depth=$((depth + 1)) member=${member#*/}
        done
        set -- "$@" -g "$member"
        case $path in
        '#'*) set -- "$@" -Io- -q '' -u- -U ;;
        '@'*) set -- "$@" -A -l -Io- -q '' -u- -U -U ;;
        *) set -- "$@" -Su- ;;
        esac
        while [ "$depth" -gt 0 ]; do
            set -- "$@" -U
            depth=$((depth - 1))
        done
    done
    jose fmt -j "$json" "$@" 2>/dev/null
}

# json_string FILE PATH: prints one string.
json_string() {
    json_list "$1" "$2"
}

# json_has FILE MEMBER: the object has this member.
json_has() {
    jose fmt -j "$1" -Og "$2" >/dev/null 2>&1
}

# json_equal FILE FILE: the same value, whatever the spelling.
json_equal() {
    jose fmt -j "$1" -j "$2" -E >/dev/null 2>&1
}

# is_json_object FILE: an object on disk. `jose fmt -j` takes JSON or a file name: never hand it anything else.
is_json_object() {
    [ -s "$1" ] && jose fmt -j "$1" -O >/dev/null 2>&1
}

# lines NAME...: reads stdin, a line into each of these variables of the caller; those without a line become empty. Has
# no variable of its own, which could be one of the caller's names.
lines() {
    while [ $# -gt 0 ]; do
        # shellcheck disable=SC2229  # the name of the variable is the argument
        IFS= read -r "$1" || :
        shift
    done
}
