#!/usr/bin/env bats
# The hooks that are shipped, one by one, on a tree of their own.
load support
load preseed

setup() {
    preseed_scratch
    SERVICE=$BATS_TEST_TMPDIR/service
    export SERVICE
    mkdir -p "$SERVICE"
    fakes
    : >"$SEALROOT_ETC/sealroot.conf"
}

# message SEQ TYPE NAME=VALUE...: staged as the agent does it.
message() {
    local directory
    directory=$SEALROOT_SECRETS/messages/$(printf %06d "$1")
    mkdir -p "$directory"
    echo "$1" >"$directory/seq"
    echo "$2" >"$directory/type"
    shift 2
    local member
    for member; do printf %s "${member#*=}" >"$directory/${member%%=*}"; done
}

# values NAME=VALUE...: as inithooks.conf.
values() {
    mkdir -p "$SEALROOT_SECRETS/messages/000900/values"
    for member; do printf %s "${member#*=}" >"$SEALROOT_SECRETS/messages/000900/values/${member%%=*}"; done
    agent stage_conf
}

# run_hook NAME: prints nothing, sets status, as bats does.
run_hook() {
    # shellcheck disable=SC2086
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" run ${SEALROOT_TEST_SH:-dash} "$ROOT/image-builder/agent/inithooks/firstboot.d/$1"
}

results() { cat "$SEALROOT_SECRETS/outcomes"; }

@test "a name that is not one of a host changes nothing" {
    for name in '' 'web 1' '-web' 'web-.example' 'a..b' '.a' 'a.' 'wéb' "$(printf 'a%.0s' {1..64})" 'web;reboot' $'web\n'; do
        values "HOSTNAME=$name"
        run_hook 10-hostname
        [ "$status" -eq 1 ] || {
            echo "$name: $status"
            return 1
        }
    done
    [ ! -e "$SEALROOT_ROOT/etc/hostname" ]
    [ ! -e "$SEALROOT_ROOT/hostname.now" ]
}

@test "cloud-init does not take the name back" {
    mkdir -p "$SEALROOT_ROOT/etc/cloud/cloud.cfg.d"
    printf '127.0.0.1 localhost\n127.0.1.1 old\n' >"$SEALROOT_ROOT/etc/hosts"
    values HOSTNAME=db
    run_hook 10-hostname
    [ "$status" -eq 0 ]
    [ "$(cat "$SEALROOT_ROOT/etc/cloud/cloud.cfg.d/91-sealroot-hostname.cfg")" = 'preserve_hostname: true' ]
    [ "$(cat "$SEALROOT_ROOT/etc/hosts")" = $'127.0.0.1 localhost\n127.0.1.1 db' ]
}

@test "a password with a line break would set another user's, and sets none" {
    for password in '' $'one\nubuntu:two' $'one\n'; do
        values "ROOT_PASS=$password"
        run_hook 20-root-password
        [ "$status" -eq 1 ]
    done
    [ ! -e "$SEALROOT_ROOT/chpasswd" ]
    values 'ROOT_PASS= :`$(id)'\''"\ '
    run_hook 20-root-password
    [ "$(
        cat "$SEALROOT_ROOT/chpasswd"
        echo x
    )" = $'root: :`$(id)\'"\\ \nx' ]
}

@test "what was not sent is no reason to fail" {
    values OTHER=x
    for hook in 10-hostname 20-root-password 30-authorized-keys 40-files 50-totp 90-scripts; do
        run_hook "$hook"
        [ "$status" -eq 0 ]
    done
    [ ! -e "$SEALROOT_SECRETS/outcomes" ]
}

@test "keys are added beside others, once, by the user" {
    mkdir -p "$SEALROOT_ROOT/home/admin/.ssh"
    printf 'ssh-rsa of-cloud-init' >"$SEALROOT_ROOT/home/admin/.ssh/authorized_keys"
    message 1 authorized-key user=admin 'key=ssh-ed25519 AAAA one'
    message 2 authorized-key user=admin 'key=ssh-ed25519 BBBB two'
    run_hook 30-authorized-keys
    rm "$SEALROOT_SECRETS/outcomes"
    run_hook 30-authorized-keys
    [ "$status" -eq 0 ]
    [ "$(cat "$SEALROOT_ROOT/home/admin/.ssh/authorized_keys")" = $'ssh-rsa of-cloud-init\nssh-ed25519 AAAA one\nssh-ed25519 BBBB two' ]
    [ "$(stat -c %a "$SEALROOT_ROOT/home/admin/.ssh" "$SEALROOT_ROOT/home/admin/.ssh/authorized_keys")" = $'700\n600' ]
    [ "$(sort -u "$SERVICE/runuser")" = admin ]
    [ "$(results)" = $'1 applied -\n2 applied -' ]
}

@test "one that fails is told, and those after it are applied" {
    message 1 authorized-key user=nobody-here key=x
    message 2 authorized-key user=admin 'key=ssh-ed25519 BBBB two'
    run_hook 30-authorized-keys
    [ "$status" -eq 1 ]
    [ "$(results)" = $'1 rejected failed\n2 applied -' ]
}

# file SEQ PATH [OWNER]
file() { message "$1" file "path=$2" mode=0640 "owner=${3:-$(id -un)}" 'content=new'; }

@test "a file is replaced whole, with its mode, and a link in its place is not followed" {
    echo secret >"$BATS_TEST_TMPDIR/elsewhere"
    ln -s "$BATS_TEST_TMPDIR/elsewhere" "$SEALROOT_ROOT/srv/link"
    file 1 /srv/link
    file 2 /srv/new/directory/file
    run_hook 40-files
    [ "$status" -eq 0 ]
    [ "$(cat "$BATS_TEST_TMPDIR/elsewhere")" = secret ]
    [ ! -L "$SEALROOT_ROOT/srv/link" ]
    [ "$(cat "$SEALROOT_ROOT/srv/link")" = new ]
    [ "$(stat -c %a "$SEALROOT_ROOT/srv/link" "$SEALROOT_ROOT/srv/new")" = $'640\n755' ]
    [ -z "$(find "$SEALROOT_ROOT" -name '.sealroot.*')" ]
}

@test "links of ours lead on, as long as all that they lead through is ours" {
    mkdir -p "$SEALROOT_ROOT/usr/etc" "$SEALROOT_ROOT/var/deep"
    ln -s ../usr/etc "$SEALROOT_ROOT/var/config"
    ln -s /var/config "$SEALROOT_ROOT/srv/far"
    file 1 /srv/far/file
    run_hook 40-files
    [ "$status" -eq 0 ]
    [ "$(cat "$SEALROOT_ROOT/usr/etc/file")" = new ]
    ln -s round "$SEALROOT_ROOT/srv/round"
    file 2 /srv/round/file
    run_hook 40-files
    [ "$(results)" = $'1 applied -\n2 rejected failed' ]
}

@test "a directory that others can write to is no way to a file of ours" {
    mkdir -p "$SEALROOT_ROOT/srv/open/inside" "$SEALROOT_ROOT/srv/sticky" "$SEALROOT_ROOT/victim"
    chmod 0777 "$SEALROOT_ROOT/srv/open"
    chmod 1777 "$SEALROOT_ROOT/srv/sticky"
    ln -s ../../victim "$SEALROOT_ROOT/srv/open/link"
    # Owned by us here, because the test may not be root; the owner of the file is another one, so nobody may go on.
    file 1 /srv/open/inside/file sealroot-other
    file 2 /srv/open/link/file sealroot-other
    file 3 /srv/open/file sealroot-other
    file 4 /srv/sticky/file
    run_hook 40-files
    [ "$status" -eq 1 ]
    [ "$(results)" = $'1 rejected failed\n2 rejected failed\n3 rejected failed\n4 applied -' ]
    [ -z "$(find "$SEALROOT_ROOT" -name '.sealroot.*' -o -path '*open*' -name file -o -path '*victim/*')" ]
}

@test "in a directory of its owner a file is put by that user" {
    mkdir -p "$SEALROOT_ROOT/home/admin"
    chmod 0775 "$SEALROOT_ROOT/home/admin"
    file 1 /home/admin/.config/app/file
    run_hook 40-files
    [ "$status" -eq 0 ]
    [ "$(cat "$SERVICE/runuser")" = "$(id -un)" ]
    [ "$(cat "$SEALROOT_ROOT/home/admin/.config/app/file")" = new ]
    [ "$(stat -c %a "$SEALROOT_ROOT/home/admin/.config/app/file")" = 640 ]
}

@test "a script runs once, by its interpreter, in bounded time, and what it prints is not kept" {
    message 1 script "content=#! /bin/sh -eu
echo printed
false
echo no >>'$SEALROOT_ROOT/ran'"
    message 2 script "content=#!/usr/bin/env sh
echo yes >>'$SEALROOT_ROOT/ran'"
    message 3 script "content=#!/no/such
"
    message 4 script "content=#!/bin/sh
exec /bin/sleep 20"
    export SEALROOT_SCRIPT_LIMIT=0.2
    run_hook 90-scripts
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [ "$(results)" = $'1 rejected failed\n2 applied -\n3 rejected failed\n4 rejected failed' ]
    # A power cut when all had ended: their results are known.
    rm "$SEALROOT_SECRETS/outcomes"
    run_hook 90-scripts
    [ "$(cat "$SEALROOT_ROOT/ran")" = yes ]
    [ "$(results)" = $'1 rejected failed\n2 applied -\n3 rejected failed\n4 rejected failed' ]
    # And in the middle of one: nobody knows how far it came.
    rm "$SEALROOT_SECRETS/outcomes"
    sed -i '/^2 ended/d' "$SEALROOT_STATE/preseed/started"
    run_hook 90-scripts
    [ "$(cat "$SEALROOT_ROOT/ran")" = yes ]
    [ "$(results | sed -n 2p)" = '2 rejected failed' ]
}

@test "host keys are made only when there are none, and only those that sshd is configured for" {
    run agent 'host_keys'
    [ "$(ls "$SEALROOT_SSH")" = $'ssh_host_ed25519_key\nssh_host_ed25519_key.pub\nsshd_config' ]
    before=$(cat "$SEALROOT_SSH/ssh_host_ed25519_key.pub")
    agent host_keys
    [ "$(cat "$SEALROOT_SSH/ssh_host_ed25519_key.pub")" = "$before" ]
    rm "$SEALROOT_SSH"/ssh_host_*
    agent host_keys
    [ "$(ls "$SEALROOT_SSH")" = $'ssh_host_ed25519_key\nssh_host_ed25519_key.pub\nsshd_config' ]
}

# guard [CONFIGURATION]: loads it; prints what nft was given.
guard() {
    printf '%s\n' "$1" >"$SEALROOT_ETC/sealroot.conf"
    # shellcheck disable=SC2086
    PATH="$BATS_TEST_TMPDIR/bin:$PATH" run ${SEALROOT_TEST_SH:-dash} "$PRESEED/imds-guard"
}

@test "root and the users that are listed reach the metadata service; one who does not exist is said" {
    fake nft <<<'cat >"$SERVICE/nft"'
    fake ip <<<'echo "$*" >>"$SERVICE/ip"'
    fake id <<<'case $3 in app) echo 998 ;; root) echo 0 ;; *) exit 1 ;; esac'
    guard 'imds_users=root app ghost'
    [ "$status" -eq 0 ]
    [ "$(grep -c 'meta skuid { 0, 998 } accept' "$SERVICE/nft")" -eq 2 ]
    [ "$(cat "$SEALROOT_CONSOLE")" = 'sealroot: imds: there is no user ghost; not let through to the metadata service' ]
    # One transaction that ends the old table and makes the new one.
    [ "$(sed -n 2p "$SERVICE/nft")" = 'delete table inet sealroot_imds' ]
}

@test "a configuration that cannot be read lets root through and nobody else" {
    fake nft <<<'cat >"$SERVICE/nft"'
    fake ip <<<'exit 0'
    fake id <<<'echo 998'
    guard $'imds_guard=off\nimds_users=app\ncolour=red'
    [ "$(grep -c 'meta skuid { 0 } accept' "$SERVICE/nft")" -eq 2 ]
    grep -q 'only root reaches' "$SEALROOT_CONSOLE"
}

@test "off takes the table away" {
    fake nft <<<'cat >"$SERVICE/nft"'
    fake ip <<<'exit 0'
    guard imds_guard=off
    [ "$status" -eq 0 ]
    [ "$(tail -n 1 "$SERVICE/nft")" = 'delete table inet sealroot_imds' ]
}

@test "without nft a routing rule closes for all but root; without that too, it fails and says so" {
    fake nft <<<'exit 1'
    fake ip <<<'echo "$*" >>"$SERVICE/ip"'
    guard imds_guard=on
    [ "$status" -eq 0 ]
    grep -qx -e '-4 rule add pref 100 to 169.254.169.254/32 uidrange 1-4294967294 prohibit' "$SERVICE/ip"
    fake ip <<<'exit 1'
    guard imds_guard=on
    [ "$status" -eq 1 ]
    [[ $(tail -n 1 "$SEALROOT_CONSOLE") == 'sealroot: imds: NOT GUARDED: '* ]]
}
