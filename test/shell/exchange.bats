#!/usr/bin/env bats
# Data that leaves this machine, and how: curl is replaced by one that writes down its arguments.
load support

setup() {
    scratch
    printf 'user = "AKIDEXAMPLE:SECRETEXAMPLE"\n' >"$SEALROOT_SECRETS/role.curl"
    echo '{}' >"$SEALROOT_SECRETS/request.json"
    # Answers with the number of the endpoint after as many tenths of a second.
    fake curl <<'E'
printf '%s\n' "$*" >>"$SEALROOT_RUN/curl.arguments"
env >>"$SEALROOT_RUN/curl.environment"
while [ $# -gt 1 ]; do
    case $1 in
    --dump-header) headers=$2 ;;
    --output) body=$2 ;;
    esac
    shift
done
number=${1#https://}
number=${number%%.*}
if [ "$number" = 9 ]; then
    echo "$$" >"$SEALROOT_RUN/slow.pid"
    exec sleep 30
fi
sleep "0.$number"
printf 'HTTP/2 200 \r\n\r\n' >"$headers"
printf '%s' "$number" >"$body"
E
}

# posted URLS WANTED [ADDRESSES]: asks; only the answer with this body is good. Prints the answers in the order they were checked.
posted() {
    run lib 'ENDPOINT=$1 REGION=us-east-1 WANTED=$2 ENDPOINT_ADDRESS=$3
        judge() { http_answer "$1"; answer=$(cat "$1/body" 2>/dev/null); echo "$HTTP_STATUS $answer"; [ "$answer" = "$WANTED" ]; }
        http_post /v1/release "$SEALROOT_SECRETS/request.json" judge && echo accepted || echo none
        [ ! -e "$SEALROOT_RUN/slow.pid" ] || ! kill -0 "$(cat "$SEALROOT_RUN/slow.pid")" 2>/dev/null || echo left behind' "$1" "$2" "${3-}"
}

@test "one endpoint is asked by itself" {
    posted https://1.example.com/v 1
    [ "$output" = $'200 1\naccepted' ]
    grep -q ' https://1.example.com/v/v1/release$' "$SEALROOT_RUN/curl.arguments"
}

@test "without an address, curl connects to whatever the URL names" {
    posted https://1.example.com/v 1
    run grep -e --connect-to "$SEALROOT_RUN/curl.arguments"
    [ "$status" -eq 1 ]
}

@test "an address says where to connect, and the URL stays what is signed and checked by TLS" {
    posted https://1.example.com/v 1 keyserver.dev.sealroot.internal
    [ "$output" = $'200 1\naccepted' ]
    grep -q -e ' --connect-to ::keyserver.dev.sealroot.internal:443 .* https://1.example.com/v/v1/release$' \
        "$SEALROOT_RUN/curl.arguments"
}

@test "every endpoint is asked at every address" {
    posted 'https://2.example.com/v https://1.example.com/v' 7 'one.internal 10.0.0.2'
    [ "$output" = $'200 1\n200 1\n200 2\n200 2\nnone' ]
    for address in one.internal 10.0.0.2; do
        [ "$(grep -c -e "--connect-to ::$address:443" "$SEALROOT_RUN/curl.arguments")" -eq 2 ]
    done
}

@test "the first good answer wins; a slower one is neither waited for nor left behind" {
    posted 'https://9.example.com/v https://3.example.com/v https://1.example.com/v' 3
    [ "$output" = $'200 1\n200 3\naccepted' ]
}

@test "when no answer is good, every one was looked at" {
    posted 'https://2.example.com/v https://1.example.com/v' 7
    [ "$output" = $'200 1\n200 2\nnone' ]
}

@test "credentials are in no argument and in no variable of the environment" {
    posted https://1.example.com/v 1
    [ -s "$SEALROOT_RUN/curl.arguments" ]
    [ -s "$SEALROOT_RUN/curl.environment" ]
    run grep -h EXAMPLE "$SEALROOT_RUN/curl.arguments" "$SEALROOT_RUN/curl.environment"
    [ -z "$output" ]
}

@test "a request is bounded, signed, and goes nowhere else" {
    posted https://1.example.com/v 1
    for argument in --connect-timeout --max-time --max-filesize '--proto =https' '--max-redirs 0' '--noproxy \*' \
        '--aws-sigv4 aws:amz:us-east-1:execute-api'; do
        grep -q -e "$argument" "$SEALROOT_RUN/curl.arguments" || {
            echo "$argument"
            return 1
        }
    done
    run grep -e '--location' -e '--insecure' -e ' -k ' "$SEALROOT_RUN/curl.arguments"
    [ "$status" -eq 1 ]
}

@test "an answer without end is cut off" {
    fake curl <<'E'
while [ $# -gt 1 ]; do
    [ "$1" != --output ] || body=$2
    shift
done
exec head -c 50000000 /dev/zero >"$body"
E
    run lib 'ENDPOINT=https://1.example.com/v REGION=us-east-1; judge() { http_answer "$1"; echo "$OUTCOME"; return 1; }
        http_post /v1/release "$SEALROOT_SECRETS/request.json" judge'
    [[ $output == *'keyserver unreachable: '* ]]
    (($(stat -c %s "$SEALROOT_SECRETS/http.1/body") <= 131072))
}

@test "no DHCP answer is an outcome, not the end" {
    mkdir -p "$SEALROOT_SYS/class/net/eth0/device"
    echo 1 >"$SEALROOT_SYS/class/net/eth0/type"
    for name in modprobe udevadm ip; do fake "$name" <<<'exit 0'; done
    fake dhcpcd <<<'exit 1'
    run lib 'network_up || echo "$OUTCOME"'
    [ "$output" = 'no answer from DHCP on eth0' ]
}

@test "the text that starts the base root's copy is an fstab with one root" {
    run lib 'fstab_root root' <<<$'# comment\nLABEL=cloudimg-rootfs\t/\text4\tdiscard,errors=remount-ro\t0 1\nLABEL=BOOT /boot ext4 defaults 0 2\nLABEL=UEFI /boot/efi vfat umask=0077 0 1'
    [ "${lines[1]}" = '/dev/mapper/sealroot-root / ext4 discard,errors=remount-ro 0 1' ]
    [ "${lines[2]}" = 'LABEL=BOOT /boot ext4 defaults 0 2' ]
    [ "${lines[3]}" = 'LABEL=UEFI /boot/efi vfat umask=0077 0 1' ]
}
