# shellcheck shell=sh
# Steps of the recipe. Those that end it exit.

# Seconds that instance metadata may take to say whether there is anything to do at all.
: "${SEALROOT_IMDS_LIMIT:=300}"
# Seconds after which the service no longer repeats its answer to a registration (SPEC.md section 13), with a reserve.
WINDOW=840

# limit_reached: called by limit_check. An instance that is configured stays so; one that is not tries again at its next
# boot.
limit_reached() {
    if store_has hooks; then
        finish "configured as $SERVER, but the service could not be told within $PRESEED_WAIT_LIMIT seconds"
    fi
    progress ended "not configured after $PRESEED_WAIT_LIMIT seconds; the boot goes on without"
    memory_forget
    first_boot_over
    exit 0
}

# finish TEXT: forgets all secrets, then makes the mark that it is done.
finish() {
    # First the file that allows to register again: with another key that would look like somebody else.
    rm -f -- "$STORE/registered" && sync "$STORE"
    memory_forget
    store_shred key.jwk
    printf '%s\n' "$SERVER" | store_write 'done' || exit 1
    rm -f -- "$STORE/started" "$STORE/hooks"
    progress finished "$1"
    not_again
    first_boot_over
    exit 0
}

# nothing_to_do: there is no SERVER_ID. Later boots do not look again.
nothing_to_do() {
    : | store_write 'done' || exit 1
    progress none
    not_again
    memory_forget
    first_boot_over
    exit 0
}

# look_for_server: sets SERVER, or ends the run. Without instance metadata it cannot be known whether this instance is to
# be preseeded, and then the boot goes on after a while.
look_for_server() {
    persist_for_metadata || {
        progress ended "$OUTCOME; the boot goes on without"
        memory_forget
        first_boot_over
        exit 0
    }
    [ -n "$SERVER" ] || nothing_to_do
}

# persist_for_metadata: calls server_find until it returns 0. The first seconds are quiet: "online" often comes before the
# first packet does. Returns 1 with OUTCOME after SEALROOT_IMDS_LIMIT seconds.
persist_for_metadata() {
    local since=0 try=0 quiet=10
    now
    since=$NOW_MS
    until RETRY_AFTER='' && server_find; do
        now
        [ $((NOW_MS - since)) -lt $((SEALROOT_IMDS_LIMIT * 1000)) ] || return 1
        if [ "$quiet" -gt 0 ]; then
            quiet=$((quiet - 1))
            sleep 1
        else
            try=$((try + 1))
            pause "$try" "$OUTCOME"
        fi
    done
}

# collect: takes messages until all are in memory and no more can be sent.
collect() {
    local closing=0
    while :; do
        mailbox_collect
        persist close_mailbox
        [ -n "$CONFLICT" ] || break
        [ "$closing" -ge 4 ] || closing=$((closing + 1))
        pause $((closing + 1)) 'more messages are on their way'
    done
    progress configuring 'all messages are here, configuring'
}

# close_mailbox: reports that configuring begins. A conflict is an answer too: there are more messages.
close_mailbox() {
    report_send configuring || [ -n "$CONFLICT" ]
}

# configure: runs the hooks, then puts their results on the disk. A run that is killed before has the hooks run again.
configure() {
    local directory='' type='' seq=''
    persist stage_conf
    : >"$HOOK_RESULTS"
    hooks_run firstboot
    touch "$SEALROOT_RUN/everyboot"
    hooks_run everyboot
    for directory in "$MESSAGES"/*; do
        IFS= read -r type <"$directory/type" && IFS= read -r seq <"$directory/seq" || continue
        # The hooks have noted theirs; values are applied by being there, and how that went is in the report.
        case $type in
        inithooks) outcome "$seq" applied - ;;
        *) outcome "$seq" rejected failed ;;
        esac
    done
    host_keys
    # One file: results are there as a whole or not at all.
    { cat "$HOOK_RESULTS" && sed 's/^/message /' "$SEALROOT_SECRETS/outcomes"; } | store_write hooks || return 1
}

# tell: forgets the messages, sends the results, then ends the registration. After a power cut there is no registration;
# it is repeated only while the service does so, since a later try would look like somebody else's.
tell() {
    local stage='' seq='' result='' reason=''
    HOOK_RESULTS=$STORE/hooks
    while read -r stage seq result reason; do
        [ "$stage" != message ] || settle "$seq" "$result" "$reason" || return 1
    done <"$HOOK_RESULTS"
    contents_forget
    registered || register_again ||
        finish "configured as $SERVER; whether the last report arrived before the restart is not known"
    persist mailbox_ack
    persist end_registration
}

# register_again: registers while the service repeats its answer. Returns 1 when it does not any more, or refuses.
register_again() {
    local at=0 try=0
    ! store_has registered || IFS= read -r at <"$STORE/registered" || :
    is_number "$at" || return 1
    message_now
    while [ $((SECONDS_NOW - at)) -lt "$WINDOW" ]; do
        register_ask && return 0
        [ -z "$REFUSED" ] || return 1
        try=$((try + 1))
        pause "$try" "$OUTCOME"
        message_now
    done
    return 1
}

# end_registration: a conflict means that something is not settled there; it is told again.
end_registration() {
    report_send finished && return 0
    [ -z "$CONFLICT" ] || rm -f -- "$SEALROOT_SECRETS/acknowledged"
    [ -z "$CONFLICT" ] || mailbox_ack
    OUTCOME="configured, but the report is not taken: $OUTCOME"
    return 1
}
