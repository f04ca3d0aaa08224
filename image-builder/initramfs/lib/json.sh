# shellcheck shell=sh
# JSON by `jose fmt`: no jq in the initrd. A value is text until check.sh has seen it.

# json_list FILE PATH...: prints the strings at these paths, one a line; members are joined by `/`, and `#` before a
# path stands for an integer, `@` for the length of an array. Fails when one is absent or of another type. One process, however many paths: on a small
# machine the processes are what unlocking costs.
json_list() {
    _json=$1
    shift
    _paths=$*
    set -- -O
    # Paths are our own words, without white space: splitting is meant.
    for _path in $_paths; do
        _depth=1 _member=${_path#[#@]}
        while [ "$_member" != "${_member#*/}" ]; do
            set -- "$@" -g "${_member%%/*}"
            _depth=$((_depth + 1)) _member=${_member#*/}
        done
        set -- "$@" -g "$_member"
        case $_path in
        '#'*) set -- "$@" -Io- -q '' -u- -U ;;
        '@'*) set -- "$@" -A -l -Io- -q '' -u- -U -U ;;
        *) set -- "$@" -Su- ;;
        esac
        while [ "$_depth" -gt 0 ]; do
            set -- "$@" -U
            _depth=$((_depth - 1))
        done
    done
    jose fmt -j "$_json" "$@" 2>/dev/null
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

# lines FILE: reads the lines of FILE into L1 to L12; those that are not there are empty.
lines() {
    L1='' L2='' L3='' L4='' L5='' L6='' L7='' L8='' L9='' L10='' L11='' L12=''
    {
        IFS= read -r L1 && IFS= read -r L2 && IFS= read -r L3 && IFS= read -r L4 && IFS= read -r L5 &&
            IFS= read -r L6 && IFS= read -r L7 && IFS= read -r L8 && IFS= read -r L9 && IFS= read -r L10 &&
            IFS= read -r L11 && IFS= read -r L12
    } <"$1" || :
}
