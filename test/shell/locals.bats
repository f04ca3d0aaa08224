#!/usr/bin/env bats
# Functions call each other, and themselves: none may leave a variable behind that its caller uses as well.
load support

@test "no function of the library changes a variable of its caller" {
    mapfile -t files < <(find "$LIB"/{lib,initramfs,agent/preseed,agent/inithooks} -type f -not -name '*.md' -not -name '.*')
    [ "${#files[@]}" -gt 50 ]
    run node "$BATS_TEST_DIRNAME/find-globals.mjs" "${files[@]}"
    [ "$status" -eq 0 ]
    [ -z "$output" ] || {
        echo "$output"
        return 1
    }
}

@test "what it looks for is found" {
    cat >"$BATS_TEST_TMPDIR/script.sh" <<'END'
careful() {
    local a='' b="$1" c=1 d=''
    a=1
    for b in x; do read -r c; done
    lines d </dev/null
    RESULT=$a
}
careless() {
    local quoted=$1 nothing masked="$(false)"
    assigned=1
    for counted in x; do read -r first _; done
    lines second </dev/null
    volume_get "$1" third
    ENVIRONMENT=x harmless=x command
}
END
    run node "$BATS_TEST_DIRNAME/find-globals.mjs" "$BATS_TEST_TMPDIR/script.sh"
    [ "$(printf '%s\n' "${lines[@]#*.sh: }")" = 'careless: the value of quoted is not in quotes
careless: nothing has no value
careless: the value of masked hides the status of a command
careless: assigned is not local
careless: counted is not local
careless: first is not local
careless: second is not local
careless: third is not local' ]
}
