#!/bin/sh
# Adds cloud-init to a tree of the stand-in parent image, configured for EC2. Runs as root.
#
#   cloud-init.sh TREE
#
# Ordinary images here have none. With Python it is a third of a small system, every block of which is copied and
# encrypted at first boot, and it takes most of a minute of an emulated boot.
set -eu
umask 022

tree=$1

in_tree() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive INITRD=No \
        chroot "$tree" "$@"
}

cat /etc/resolv.conf >"$tree/etc/resolv.conf"
in_tree apt-get -q -y update
in_tree apt-get -q -y install --no-install-recommends cloud-init
in_tree apt-get -q -y clean
# Sources of locales: no small part, and only C.UTF-8 is used.
rm -rf "$tree"/usr/share/i18n "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/*.bin

# The parent configures its network itself. One kind of host key, because RSA takes seconds on an emulated processor.
cat >"$tree/etc/cloud/cloud.cfg.d/95-stand-in.cfg" <<'END'
datasource_list: [ Ec2 ]
network:
  config: disabled
ssh_genkeytypes: [ ed25519 ]
locale: C.UTF-8
system_info:
  default_user:
    name: ubuntu
END
# Host keys are cloud-init's work now.
rm -f "$tree/etc/systemd/system/ssh.service.d/host-key.conf"
