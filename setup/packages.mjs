// @ts-check
/**
 * What the commands need from the machine, once: which Debian or Ubuntu package, what shows that it is there, and why.
 *
 * `for` lists the purposes that need it:
 * check (`npm run check`), test (`npm test`), bake (build the image), boot (run virtual machines).
 * `gives` is a command, looked up on the PATH and in the sbin directories, or an absolute path.
 *
 * @typedef {'check' | 'test' | 'bake' | 'boot'} Purpose
 * @typedef {{ name: string, gives: string, why: string, for: readonly Purpose[] }} Package
 */

/** @type {readonly Purpose[]} */
export const PURPOSES = ['check', 'test', 'bake', 'boot'];

/** @type {readonly Package[]} */
export const PACKAGES = [
  { name: 'shellcheck', gives: 'shellcheck', why: 'checks the shell scripts', for: ['check'] },
  { name: 'shfmt', gives: 'shfmt', why: 'checks the layout of the shell scripts', for: ['check'] },

  { name: 'bats', gives: 'bats', why: 'runs the shell tests', for: ['test'] },
  {
    name: 'bats-assert',
    gives: '/usr/lib/bats/bats-assert/load.bash',
    why: 'assertions in the shell tests',
    for: ['test'],
  },
  {
    name: 'bats-support',
    gives: '/usr/lib/bats/bats-support/load.bash',
    why: 'assertions in the shell tests',
    for: ['test'],
  },
  {
    name: 'dash',
    gives: 'dash',
    why: 'first of the two shells that the boot scripts run under',
    for: ['test'],
  },
  { name: 'busybox', gives: 'busybox', why: 'second of the two; the shell of the initramfs', for: ['test'] },
  {
    name: 'jose',
    gives: 'jose',
    why: 'opens and verifies released keys, as in the initramfs',
    for: ['test'],
  },
  { name: 'procps', gives: 'pkill', why: 'ends shell tests that take too long', for: ['test'] },
  { name: 'openssh-client', gives: 'ssh-keygen', why: 'compares fingerprints of SSH keys', for: ['test'] },
  { name: 'curl', gives: 'curl', why: 'signs requests, as in the initramfs', for: ['test'] },
  { name: 'cryptsetup-bin', gives: 'cryptsetup', why: 'writes and reads LUKS2 headers', for: ['test'] },
  { name: 'e2fsprogs', gives: 'mke2fs', why: 'makes and copies file systems', for: ['test', 'bake'] },
  {
    name: 'openssl',
    gives: 'openssl',
    why: 'issues the local VPC endpoint’s certificate',
    for: ['test', 'boot'],
  },

  {
    name: 'debootstrap',
    gives: 'debootstrap',
    why: 'builds the base system of the local image',
    for: ['bake'],
  },
  { name: 'fdisk', gives: 'sfdisk', why: 'partitions the disk of the local image', for: ['bake'] },
  { name: 'zstd', gives: 'zstd', why: 'packs the kept layers of the local image', for: ['bake'] },
  { name: 'util-linux', gives: 'unshare', why: 'runs the image components in a namespace', for: ['bake'] },

  { name: 'qemu-system-x86', gives: 'qemu-system-x86_64', why: 'runs instances', for: ['boot'] },
  { name: 'qemu-utils', gives: 'qemu-img', why: 'makes the disks of instances', for: ['test', 'boot'] },
  { name: 'socat', gives: 'socat', why: 'connects instances to IMDS and the VPC endpoint', for: ['boot'] },
];
