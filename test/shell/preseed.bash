# Shared by the bats files about preseeding, after support.bash.
PRESEED=$LIB/agent/preseed

# preseed_scratch: a scratch tree for the agent: its library, memory, disk and root file system.
preseed_scratch() {
    scratch
    export SEALROOT_LIB=$LIB
    export SEALROOT_SECRETS=$SEALROOT_RUN/preseed SEALROOT_STATE=$BATS_TEST_TMPDIR/state
    export SEALROOT_ROOT=$BATS_TEST_TMPDIR/root SEALROOT_SSH=$BATS_TEST_TMPDIR/root/etc/ssh
    export SEALROOT_INITHOOKS=$BATS_TEST_TMPDIR/inithooks SEALROOT_INITHOOKS_CONF=$BATS_TEST_TMPDIR/root/etc/inithooks.conf
    mkdir -p "$SEALROOT_SECRETS" "$SEALROOT_STATE/preseed" "$SEALROOT_INITHOOKS"/{firstboot,everyboot}.d "$SEALROOT_SSH"
    rmdir "$SEALROOT_RUN/secrets"
    # A disk of tests need not survive a power cut.
    fake sync <<<'exit 0'
}

# agent SCRIPT [ARGUMENT...]: runs SCRIPT in the shell under test with the agent's functions loaded.
agent() {
    local script=$1
    shift
    # shellcheck disable=SC2016,SC2086  # the shell's name may have an argument; the script is for that shell
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" ${SEALROOT_TEST_SH:-dash} -u -c '
        . "$SEALROOT_LIB/agent/preseed/load.sh" || exit 99
        PRESEED_WAIT_LIMIT=0 STARTED_MS=0
        script=$1
        shift
        eval "$script"' sh "$script" "$@"
}

export SERVER_ID=srv-0123456789abcdefghjkmnpqrs

# service SETUP: starts the service with this setup (JSON), and makes curl and mount those of the tests.
service() {
    SERVICE=$BATS_TEST_TMPDIR/service
    mkdir -p "$SERVICE"
    printf '%s' "$1" >"$SERVICE/setup.json"
    : >"$SERVICE/log"
    node "$BATS_TEST_DIRNAME/preseed-service.mjs" "$SERVICE" 3>&- &
    SERVICE_PID=$!
    until [ -S "$SERVICE/socket" ]; do /bin/sleep 0.02; done
    cp "$SERVICE/trust.jwks" "$SEALROOT_ETC/trust/preseed.jwks"
    printf '{"keys":[]}' >"$SEALROOT_ETC/trust/keyserver.jwks"
    printf 'endpoint=https://a.example.com/v\nregion=us-east-1\n' >"$SEALROOT_ETC/sealroot.conf"
    export SERVICE
    fakes
}

service_stop() {
    [ -z "${SERVICE_PID:-}" ] || kill "$SERVICE_PID" 2>/dev/null || :
}

# fakes: what would change this machine, or take time. Each call of curl and of sync is a point at which KILL_AT kills.
# shellcheck disable=SC2016  # scripts for the fakes
fakes() {
    fake mount <<<'echo "ramfs $SEALROOT_SECRETS ramfs rw 0 0" >>"$SEALROOT_PROC/mounts"'
    fake umount <<<': >"$SEALROOT_PROC/mounts"'
    fake sleep <<<'echo "$1" >>"$SERVICE/sleeps"; exec /bin/sleep 0.01'
    fake systemctl <<<'echo "$*" >>"$SERVICE/systemctl"'
    fake blkid <<<'exit 2'
    fake hostname <<<'echo "$*" >"$SEALROOT_ROOT/hostname.now"'
    fake chpasswd <<<'cat >"$SEALROOT_ROOT/chpasswd"'
    fake getent <<<'echo "$2:x:0:0::$SEALROOT_ROOT/home/$2:/bin/sh"'
    fake runuser <<<'echo "$2" >>"$SERVICE/runuser"; shift 3; exec "$@"'
    fake point <<'E'
n=$(($(cat "$SERVICE/points" 2>/dev/null || echo 0) + 1))
echo "$n" >"$SERVICE/points"
[ "$n" = "${KILL_AT:-}" ] || exit 0
# A group that loses its leader while others in it are stopped gets a SIGHUP from the kernel, and this is one of them.
trap '' HUP
# The whole session: hooks are in groups of their own. Stopped first: whose child is killed would go on.
session=$(cat "$SERVICE/session") all=
for process in /proc/[0-9]*; do
    read -r stat <"$process/stat" || continue
    set -- ${stat##*) }
    [ "$4" = "$session" ] && [ "${process##*/}" != $$ ] || continue
    kill -STOP "${process##*/}" && all="$all ${process##*/}"
done 2>/dev/null
kill -9 $all $$
E
    fake sync <<<'exec point'
    fake curl <<'E'
# Real curl, to the service: TLS and signing are not what is tested here.
printf '%s\n' "$*" >>"$SERVICE/arguments"
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    case $argument in
    https://*) set -- "$@" "http://${argument#https://}" ;;
    --tlsv1.2) ;;
    --proto | --aws-sigv4 | --retry | --retry-max-time)
        shift
        count=$((count - 1))
        ;;
    *) set -- "$@" "$argument" ;;
    esac
    count=$((count - 1))
done
/usr/bin/curl --unix-socket "$SERVICE/socket" "$@"
status=$?
case $* in *v1/preseed*) point ;; esac
exit "$status"
E
    mkdir -p "$SEALROOT_ROOT"/{etc,home/admin,home/root,srv}
    printf 'HostKey %s/ssh_host_ed25519_key\n' "$SEALROOT_SSH" >"$SEALROOT_SSH/sshd_config"
    [ -e "$SEALROOT_SSH/ssh_host_ed25519_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$SEALROOT_SSH/ssh_host_ed25519_key"
    printf '127.0.0.1 localhost\n' >"$SEALROOT_ROOT/etc/hosts"
}

# boot: one run of the recipe, in a session of its own.
boot() {
    # shellcheck disable=SC2016,SC2086
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" setsid -w sh -c 'echo $$ >"$SERVICE/session"; exec "$@"' sh \
        timeout 120 ${SEALROOT_TEST_SH:-dash} "$PRESEED/preseed.sh" 3>&- </dev/null
}

# power_cut: memory is lost, disk is not.
power_cut() {
    rm -rf "$SEALROOT_RUN"
    mkdir -p "$SEALROOT_RUN"
    : >"$SEALROOT_PROC/mounts"
}

# shipped_hooks: those of the image, in the scratch tree.
shipped_hooks() {
    local hook
    for hook in "$ROOT"/image-builder/agent/inithooks/firstboot.d/*; do
        {
            # shellcheck disable=SC2016
            printf '#!/bin/sh\nexec %s %s\n' "${SEALROOT_TEST_SH:-dash}" "$hook"
        } >"$SEALROOT_INITHOOKS/firstboot.d/${hook##*/}"
    done
    chmod +x "$SEALROOT_INITHOOKS"/firstboot.d/*
}

# hook NAME [STAGE]: a hook of the test, with the script on stdin.
hook() {
    { echo '#!/bin/sh' && cat; } >"$SEALROOT_INITHOOKS/${2:-firstboot}.d/$1"
    chmod +x "$SEALROOT_INITHOOKS/${2:-firstboot}.d/$1"
}

# logged JAVASCRIPT: an expression over `log`, the array of what the service logged.
logged() {
    node -e 'const log = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map((x) => JSON.parse(x));
        const value = eval(process.argv[2]); console.log(typeof value === "string" ? value : JSON.stringify(value));' \
        "$SERVICE/log" "$1"
}
