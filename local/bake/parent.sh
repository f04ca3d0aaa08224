#!/bin/sh
# Builds the tree of the stand-in parent image: a small Debian (or whatever this machine runs) that plays the part
# which Ubuntu's AMI plays on AWS. Runs as root.
#
#   parent.sh TREE
#
# The mirror, suites, components and keyrings are the ones that this machine's own apt uses.
set -eu
umask 022

tree=$1
# shellcheck source=/dev/null
. /etc/os-release
suite=$VERSION_CODENAME
arch=$(dpkg --print-architecture)
case $ID in
debian) kernel=linux-image-cloud-$arch ;;
ubuntu) kernel=linux-image-virtual ;;
*) printf 'no stand-in parent image on %s: needs Debian or Ubuntu\n' "$ID" >&2 && exit 1 ;;
esac

step() { printf '== %s\n' "$*"; }

# One line for each package index that apt knows: URI, release, component.
sources() {
    apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
        while read -r uri release component; do
            case $release in
            "$suite" | "$suite-updates" | "$suite-security" | "$suite/updates")
                printf '%s %s %s\n' "$uri" "$release" "$component"
                ;;
            esac
        done | sort -u
}

in_tree() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive INITRD=No \
        chroot "$tree" "$@"
}

list=$(sources)
mirror=$(printf '%s\n' "$list" | while read -r uri release component _; do
    if [ "$release $component" = "$suite main" ]; then printf '%s\n' "$uri" && break; fi
done)
if [ -z "$mirror" ]; then
    printf "this machine's apt has no source of %s main\n" "$suite" >&2
    exit 1
fi
step "unpacking $ID $suite"
# Manuals and translations are half of a small system, and every block in use is copied and encrypted at first boot.
mkdir -p "$tree/etc/dpkg/dpkg.cfg.d"
cat >"$tree/etc/dpkg/dpkg.cfg.d/small" <<'END'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
END
debootstrap --variant=minbase --keyring="/usr/share/keyrings/$ID-archive-keyring.gpg" \
    --components=main "$suite" "$tree" "$mirror"

step 'installing the kernel and services'
# No service may start in the chroot.
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod 0755 "$tree/usr/sbin/policy-rc.d"
rm -f "$tree/etc/apt/sources.list"
printf '%s\n' "$list" | sed 's/^/deb /' >"$tree/etc/apt/sources.list.d/parent.list"
# A mirror of one's own may have a key of its own.
cp -- /etc/apt/trusted.gpg.d/* "$tree/etc/apt/trusted.gpg.d/" 2>/dev/null || :
# Proxies and checks as this machine has them; the bake takes the file out again.
apt-config dump --format '%f "%v";%n' |
    grep -E '^Acquire::(https?::.*Proxy|Check-Valid-Until|Check-Date) ' >"$tree/etc/apt/apt.conf.d/00bake" || :
cat /etc/resolv.conf >"$tree/etc/resolv.conf"
mount -t proc proc "$tree/proc"
trap 'umount "$tree/proc"' EXIT
trap 'exit 1' INT TERM HUP
in_tree apt-get -q -y update
in_tree apt-get -q -y dist-upgrade
in_tree apt-get -q -y install --no-install-recommends \
    busybox ca-certificates initramfs-tools iproute2 iputils-ping openssh-server qemu-guest-agent \
    systemd-sysv udev zstd "$kernel"
in_tree apt-get -q -y clean

step 'configuring'
rm -rf "$tree"/var/lib/apt/lists/* "$tree"/var/log/*.log "$tree"/var/log/apt "$tree"/var/cache/debconf/*-old \
    "$tree"/var/cache/apt/*.bin
rm -rf "$tree"/usr/share/doc/* "$tree"/usr/share/locale/* "$tree"/usr/share/man/*
rm -f "$tree"/etc/ssh/ssh_host_*
: >"$tree/etc/machine-id"
printf 'ubuntu\n' >"$tree/etc/hostname"
printf '127.0.0.1 localhost\n' >"$tree/etc/hosts"
cat >"$tree/etc/fstab" <<'END'
LABEL=cloudimg-rootfs / ext4 discard,commit=30,errors=remount-ro 0 1
LABEL=BOOT /boot ext4 defaults 0 2
END
cat >"$tree/etc/systemd/network/10-dhcp.network" <<'END'
[Match]
Name=en* eth*

[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
END
# A host key of its own for each instance, which cloud-init makes on EC2. One kind, because RSA takes seconds on an
# emulated processor.
mkdir -p "$tree/etc/systemd/system/ssh.service.d"
cat >"$tree/etc/systemd/system/ssh.service.d/host-key.conf" <<'END'
[Service]
ExecStartPre=
ExecStartPre=/bin/sh -c 'test -s /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
END
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\n' >"$tree/etc/ssh/sshd_config.d/host-key.conf"
in_tree useradd --create-home --shell /bin/bash ubuntu
in_tree systemctl -q enable systemd-networkd.service
# Leaves out what only costs time on an emulated processor.
in_tree systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty@tty1.service systemd-networkd-wait-online.service

step 'building the initramfs'
in_tree update-initramfs -c -k all
