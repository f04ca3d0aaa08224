# Shared by the bats files about preseeding, after support.bash.
PRESEED=$ROOT/image-builder/agent/preseed
HOOKS=$ROOT/image-builder/agent/inithooks/firstboot.d

# preseed_scratch: a scratch tree for the agent: its library, memory, disk and root file system.
preseed_scratch() {
    scratch
    export SEALROOT_LIB=$LIB SEALROOT_PRESEED=$PRESEED
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
        . "$SEALROOT_PRESEED/environment.sh"
        for part in server exchange register open content stage mailbox hooks report forget settings steps; do
            . "$SEALROOT_PRESEED/$part.sh" || exit 99
        done
        PRESEED_WAIT_LIMIT=0 STARTED_MS=0
        script=$1
        shift
        eval "$script"' sh "$script" "$@"
}
