#!/usr/bin/env bats
# The scripts that Image Builder runs, on a tree that stands in for the image.

bats_require_minimum_version 1.5.0

AGENT=$BATS_TEST_DIRNAME/../../image-builder/agent/image
ENDPOINT=https://abc123-vpce-0123.execute-api.us-east-1.amazonaws.com/dev

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    SEALROOT_ROOT=$BATS_TEST_TMPDIR/image
    export SEALROOT_ROOT
    mkdir -p "$SEALROOT_ROOT"/{etc/ssh,etc/sealroot/trust,root,home/ubuntu,var/lib/systemd,boot}
    : >"$SEALROOT_ROOT/etc/machine-id"
}

# image SCRIPT [ARGUMENT]...: runs one of the scripts under the shell of this round
image() {
    local script=$AGENT/$1
    shift
    # shellcheck disable=SC2086 # "busybox sh" is two words
    ${SEALROOT_TEST_SH:-sh} "$script" "$@"
}

trust_anchor() {
    jose jwk gen -i '{"alg":"ES256"}' -o "$BATS_TEST_TMPDIR/private"
    jose jwk pub -i "$BATS_TEST_TMPDIR/private" -o "$BATS_TEST_TMPDIR/public"
    local kid
    kid=$(jose jwk thp -i "$BATS_TEST_TMPDIR/public" -a S256)
    printf '{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"%s","x":"%s","y":"%s"}]}\n' "$kid" \
        "$(jose fmt -j "$BATS_TEST_TMPDIR/public" -g x -u-)" "$(jose fmt -j "$BATS_TEST_TMPDIR/public" -g y -u-)" \
        >"$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks"
}

@test "the configuration that is written is one that is accepted" {
    image write-configuration persistent "$ENDPOINT/" us-east-1
    trust_anchor
    run -0 image check-configuration
    run -0 grep -c "^endpoint=$ENDPOINT\$" "$SEALROOT_ROOT/etc/sealroot/sealroot.conf"
}

@test "names of the endpoint are written, and only names" {
    image write-configuration persistent "$ENDPOINT" us-east-1 0 on root 'keyserver.dev.sealroot.internal 10.0.0.1'
    trust_anchor
    run -0 image check-configuration
    run -0 grep -c '^endpoint_address=keyserver.dev.sealroot.internal 10.0.0.1$' "$SEALROOT_ROOT/etc/sealroot/sealroot.conf"
    for wrong in 'a:443' '-a' 'A' 'a..b' "a
region=x"; do
        run -1 image write-configuration persistent "$ENDPOINT" us-east-1 0 on root "$wrong"
    done
}

@test "an endpoint that is not https is not written" {
    run -1 image write-configuration persistent "http://example.com/dev" us-east-1
    assert_output --partial 'not an https URL'
    [ ! -e "$SEALROOT_ROOT/etc/sealroot/sealroot.conf" ]
}

@test "an unknown preset is not written" {
    run -1 image write-configuration encrypted "$ENDPOINT" us-east-1
    assert_output --partial 'unknown preset'
}

@test "a value that could start another line is not written" {
    run -1 image write-configuration persistent "$ENDPOINT" "us-east-1
allow_override=endpoint"
    assert_output --partial 'not a region'
}

@test "what the running system is told is written, and only what it would take" {
    image write-configuration persistent "$ENDPOINT" us-east-1 3600 off 'root app-user _x'
    trust_anchor
    run -0 image check-configuration
    run -0 tail -n 3 "$SEALROOT_ROOT/etc/sealroot/sealroot.conf"
    assert_output $'preseed_wait_limit=3600\nimds_guard=off\nimds_users=root app-user _x'
    for wrong in '1h on root' '-1 on root' '0 yes root' '0 on $(id)' '0 on a;b' '0 on Root'; do
        # shellcheck disable=SC2086 # three words
        run -1 image write-configuration persistent "$ENDPOINT" us-east-1 $wrong
    done
}

@test "a preseed anchor is checked like the keyserver's, and an image need not have one" {
    image write-configuration persistent "$ENDPOINT" us-east-1
    trust_anchor
    cp "$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks" "$SEALROOT_ROOT/etc/sealroot/trust/preseed.jwks"
    run -0 image check-configuration
    run -0 image check-secrets
    sed -i 's/ES256/HS256/' "$SEALROOT_ROOT/etc/sealroot/trust/preseed.jwks"
    run -1 image check-configuration
    assert_output --partial 'a trusted key has alg "HS256"'
}

@test "the state of an instance that was preseeded is refused, and removed" {
    mkdir -p "$SEALROOT_ROOT/var/lib/sealroot/preseed"
    ln -s /run/sealroot/preseed/inithooks.conf "$SEALROOT_ROOT/etc/inithooks.conf"
    touch "$SEALROOT_ROOT/home/ubuntu/.google_authenticator"
    run -1 image check-secrets
    assert_output --partial 'state of an instance: /var/lib/sealroot'
    assert_output --partial 'state of an instance: /etc/inithooks.conf'
    assert_output --partial 'SSH second factor: /home/ubuntu/.google_authenticator'
    image remove-secrets
    [ ! -e "$SEALROOT_ROOT/var/lib/sealroot" ]
}

@test "all files of the agent get their place, and their units are enabled" {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho "$*" >>"%s/systemctl"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/systemctl"
    # Only root can give files to root.
    cat >"$BATS_TEST_TMPDIR/bin/install" <<'END'
#!/bin/bash
for argument; do
    case $argument in
    -o | -g | root) ;;
    *) arguments+=("$argument") ;;
    esac
done
exec /usr/bin/install "${arguments[@]}"
END
    chmod +x "$BATS_TEST_TMPDIR"/bin/*
    PATH=$BATS_TEST_TMPDIR/bin:$PATH image install-files "$AGENT/../.."
    for path in run everyboot imds-guard; do [ -x "$SEALROOT_ROOT/usr/lib/sealroot/agent/preseed/$path" ]; done
    for hook in "$AGENT"/../inithooks/firstboot.d/*; do [ -x "$SEALROOT_ROOT/usr/lib/inithooks/firstboot.d/${hook##*/}" ]; done
    # Files that the recipes source are there, in the layout of the repository.
    cd "$AGENT/../.."
    find lib initramfs agent -name '*.sh' >"$BATS_TEST_TMPDIR/libraries"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/libraries")" -gt 40 ]
    while read -r library; do cmp "$library" "$SEALROOT_ROOT/usr/lib/sealroot/$library"; done <"$BATS_TEST_TMPDIR/libraries"
    [ "$(grep -c ' -q enable sealroot-' "$BATS_TEST_TMPDIR/systemctl")" -eq 4 ]
}

@test "a configuration that the boot would not take is refused, with the boot's own words" {
    for line in 'wait_limit=1h' 'colour=red' 'key=prompt' 'device=/etc/shadow'; do
        image write-configuration persistent "$ENDPOINT" us-east-1
        trust_anchor
        echo "$line" >>"$SEALROOT_ROOT/etc/sealroot/sealroot.conf"
        run -1 image check-configuration
        assert_output --regexp '^check-configuration: configuration'
    done
}

@test "a preset of which no mode is installed is not written" {
    for preset in overlay-nothing ../modes/persistent 'persistent volatile'; do
        run -1 image write-configuration "$preset" "$ENDPOINT" us-east-1
        assert_output --partial 'unknown preset'
    done
}

@test "a configuration without a trusted key is refused" {
    image write-configuration persistent "$ENDPOINT" us-east-1
    run -1 image check-configuration
    assert_output --partial 'no /etc/sealroot/trust/keyserver.jwks'
}

@test "a trusted key whose kid is of another key is refused" {
    image write-configuration persistent "$ENDPOINT" us-east-1
    trust_anchor
    sed -i 's/"kid":"[^"]*/"kid":"AAAA/' "$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks"
    run -1 image check-configuration
    assert_output --partial 'another thumbprint'
}

@test "a boot menu that starts a kernel without its initramfs is refused" {
    image write-configuration persistent "$ENDPOINT" us-east-1
    trust_anchor
    mkdir -p "$SEALROOT_ROOT/boot/grub"
    printf '\tlinux /vmlinuz root=PARTUUID=1 ro\n\tlinux /vmlinuz root=LABEL=x ro\n\tinitrd /initrd.img\n' \
        >"$SEALROOT_ROOT/boot/grub/grub.cfg"
    run -1 image check-configuration
    assert_output --partial 'without its initramfs'
}

@test "a clean image is accepted" {
    trust_anchor
    run -0 image check-secrets
}

@test "what makes an instance that instance is removed, and nothing is found after that" {
    touch "$SEALROOT_ROOT"/etc/ssh/ssh_host_ed25519_key{,.pub} "$SEALROOT_ROOT/var/lib/systemd/random-seed"
    mkdir -p "$SEALROOT_ROOT/home/ubuntu/.ssh"
    echo 'ssh-ed25519 AAAA' >"$SEALROOT_ROOT/home/ubuntu/.ssh/authorized_keys"
    echo 0123456789abcdef0123456789abcdef >"$SEALROOT_ROOT/etc/machine-id"
    run -1 image check-secrets
    assert_output --partial 'SSH host key: /etc/ssh/ssh_host_ed25519_key'
    assert_output --partial 'SSH login key: /home/ubuntu/.ssh/authorized_keys'
    assert_output --partial 'machine id: /etc/machine-id'
    assert_output --partial 'random seed: /var/lib/systemd/random-seed'
    image remove-secrets
    run -0 image check-secrets
}

@test "credentials and disk keys are named and refused" {
    mkdir -p "$SEALROOT_ROOT/root/.aws" "$SEALROOT_ROOT/etc/cryptsetup-keys.d"
    touch "$SEALROOT_ROOT/etc/cryptsetup-keys.d/root.key"
    echo 'data UUID=1 /srv/data.key luks' >"$SEALROOT_ROOT/etc/crypttab"
    run -1 image check-secrets
    assert_output --partial 'credentials: /root/.aws'
    assert_output --partial 'disk key: /etc/cryptsetup-keys.d/root.key'
    assert_output --partial 'disk key named in /etc/crypttab: /srv/data.key'
}

@test "a private key is found by its content, under any name" {
    mkdir -p "$SEALROOT_ROOT/etc/service"
    printf -- '-----BEGIN %s KEY-----\nAAAA\n' 'EC PRIVATE' >"$SEALROOT_ROOT/etc/service/settings"
    run -1 image check-secrets
    assert_output --partial '/etc/service/settings'
}

@test "the private half of a trusted key is refused" {
    trust_anchor
    printf '{"keys":[%s]}' "$(cat "$BATS_TEST_TMPDIR/private")" >"$SEALROOT_ROOT/etc/sealroot/trust/keyserver.jwks"
    run -1 image check-secrets
    assert_output --partial 'private key: /etc/sealroot/trust'
}

# fake_systemd: units of a build instance as files, LOAD ACTIVE in each; systemctl and sleep work on those.
fake_systemd() {
    export UNITS=$BATS_TEST_TMPDIR/units SEALROOT_PAUSED=$BATS_TEST_TMPDIR/paused
    mkdir -p "$UNITS" "$BATS_TEST_TMPDIR/bin"
    for unit in apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service; do echo loaded active >"$UNITS/$unit"; done
    echo loaded inactive >"$UNITS/apt-daily.service"
    # At work, until somebody has waited for it twice.
    echo loaded activating >"$UNITS/apt-daily-upgrade.service"
    cat >"$BATS_TEST_TMPDIR/bin/systemctl" <<'END'
#!/bin/bash
echo "$*" >>"$UNITS.log"
for last; do :; done
[ -e "$UNITS/$last" ] || { echo 'not-found'; exit 0; }
read -r load active <"$UNITS/$last"
case $* in
'show -p LoadState --value '*) echo "$load" ;;
'show -p ActiveState --value '*) echo "$active" ;;
'-q mask --runtime '*) [ -n "${MASKS_FAIL:-}" ] || echo "masked $active" >"$UNITS/$last" ;;
'-q unmask --runtime '*) echo "loaded $active" >"$UNITS/$last" ;;
'stop '*) [ "$active" != activating ] || touch "$UNITS.interrupted"; echo "$load inactive" >"$UNITS/$last" ;;
*) exit 1 ;;
esac
END
    cat >"$BATS_TEST_TMPDIR/bin/sleep" <<'END'
#!/bin/sh
echo >>"$UNITS.waits"
[ "$(wc -l <"$UNITS.waits")" -lt 2 ] || echo masked inactive >"$UNITS/apt-daily-upgrade.service"
END
    chmod +x "$BATS_TEST_TMPDIR"/bin/*
}

# step COMPONENT STEP: runs that step's script.
step() {
    node "$BATS_TEST_DIRNAME/component-step.mjs" "$1" "$2" >"$BATS_TEST_TMPDIR/step.sh"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH bash "$BATS_TEST_TMPDIR/step.sh"
}

@test "updates stand still during the build: none begins, and one that has begun ends by itself" {
    fake_systemd
    run -0 step packages PauseUpdates
    run -0 sort -u "$UNITS"/*
    assert_output 'masked inactive'
    [ "$(wc -l <"$UNITS.waits")" -eq 2 ]
    [ ! -e "$UNITS.interrupted" ]
    # Masks that are not in /run would be in the image, whose instances would then never be updated.
    [ "$(grep -c -e mask "$UNITS.log")" -eq 5 ]
    [ "$(grep -c -e '^-q mask --runtime ' "$UNITS.log")" -eq 5 ]
}

@test "updates are back when the image is complete, and nothing has started them" {
    fake_systemd
    step packages PauseUpdates
    : >"$UNITS.log"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 image resume-updates
    run -0 sort -u "$UNITS"/*
    assert_output 'loaded inactive'
    run -1 grep start "$UNITS.log"
    [ ! -e "$SEALROOT_PAUSED" ]
    # A reboot of the build instance, and a chroot, leave nothing to take back.
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 image resume-updates
}

@test "a unit that is not installed, or that the parent image masks for good, is left as it is" {
    fake_systemd
    rm "$UNITS/unattended-upgrades.service"
    echo masked inactive >"$UNITS/apt-daily.timer"
    step packages PauseUpdates
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 image resume-updates
    [ "$(cat "$UNITS/apt-daily.timer")" = 'masked inactive' ]
    run -1 grep 'mask --runtime unattended' "$UNITS.log"
}

@test "a unit that can still be started, or that stays masked, ends the build" {
    fake_systemd
    MASKS_FAIL=yes run -1 step packages PauseUpdates
    assert_output 'apt-daily.timer can still be started'
    step packages PauseUpdates
    sed -i "s/^'-q unmask.*/'-q unmask '*) ;;/" "$BATS_TEST_TMPDIR/bin/systemctl"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 image resume-updates
    assert_output 'resume-updates: apt-daily.timer is still masked'
}

@test "the build pauses updates before it installs, and resumes them as its last change" {
    steps() { node -e 'const { parse } = require("yaml"); const { readFileSync } = require("fs");
        const { phases } = parse(readFileSync(process.argv[1], "utf8"));
        console.log(phases.find(({ name }) => name === "build").steps.map(({ name }) => name).join(" "));' \
        "$BATS_TEST_DIRNAME/../../image-builder/components/$1/component.yaml"; }
    run -0 steps packages
    assert_output 'PauseUpdates InstallPackages'
    run -0 steps validation
    assert_output 'RemoveSecrets ResumeUpdates'
}
