// @ts-check
/**
 * Needs of the commands, declared once: which Debian or Ubuntu package, which programs and files of it, and
 * why. Each of them is looked for before work begins. Nothing else may be started: test/unit/setup/programs.test.ts
 * reads the sources for it, and `npm test` runs with these programs on its PATH and no others (declared-path.mjs).
 *
 * `for` lists the purposes that need it:
 * check (`npm run check`), test (`npm test`), bake (build the image), boot (run virtual machines), bare (make a machine
 * that has nothing of this, for `.ci/run`).
 * `gives` are programs, looked up on the PATH and in the sbin directories, or absolute paths.
 *
 * @typedef {'check' | 'test' | 'bake' | 'boot' | 'bare'} Purpose
 * @typedef {{ name: string, gives: readonly string[], why: string, for: readonly Purpose[] }} Package
 */

/** @type {readonly Purpose[]} */
export const PURPOSES = ['check', 'test', 'bake', 'boot', 'bare'];

/** Programs that have to be there before any of this can run, as README says. */
export const RUNTIME = ['node', 'npm', 'npx'];

/**
 * Programs that are used where they are, and never installed: why.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const OPTIONAL = {
  'secret-tool':
    'holds the key of the CLI’s session cache, where there is a Secret Service (libsecret-tools)',
  security: 'the same in the keychain of macOS',
  sudo: 'for an ordinary user, who may not install packages or bake images otherwise',
};

/**
 * In every Debian and Ubuntu, minimal ones too. Looked for all the same: another system may lack them.
 *
 * @type {Readonly<Record<string, string>>} programs by package
 */
const ESSENTIAL = {
  apt: 'apt-config apt-get',
  bash: 'bash',
  bsdutils: 'script',
  coreutils:
    'base64 basename cat chmod chown chroot cp cut date dd dirname env head id install ln ls mkdir mkfifo mktemp mv nl od paste ' +
    'readlink rm rmdir sha256sum sleep sort stat sync tail timeout touch tr true truncate uniq wc',
  dash: 'dash sh',
  diffutils: 'cmp diff',
  dpkg: 'dpkg dpkg-query',
  findutils: 'find',
  grep: 'grep',
  gzip: 'gzip',
  'libc-bin': 'ldd',
  mount: 'mount umount',
  passwd: 'useradd',
  'perl-base': 'perl',
  sed: 'sed',
  tar: 'tar',
  'util-linux': 'blkid blockdev flock setpriv setsid unshare',
};

/** @type {readonly Package[]} */
export const PACKAGES = [
  ...Object.entries(ESSENTIAL).map(([name, gives]) => ({
    name,
    gives: gives.split(' '),
    why: 'part of every Debian and Ubuntu',
    for: PURPOSES,
  })),

  { name: 'shellcheck', gives: ['shellcheck'], why: 'checks the shell scripts', for: ['check'] },
  {
    name: 'shfmt',
    gives: ['shfmt'],
    why: 'reads the shell scripts and checks their layout',
    for: ['check', 'test'],
  },

  { name: 'bats', gives: ['bats'], why: 'runs the shell tests', for: ['test'] },
  {
    name: 'bats-assert',
    gives: ['/usr/lib/bats/bats-assert/load.bash'],
    why: 'assertions in the shell tests',
    for: ['test'],
  },
  {
    name: 'bats-support',
    gives: ['/usr/lib/bats/bats-support/load.bash'],
    why: 'assertions in the shell tests',
    for: ['test'],
  },
  { name: 'busybox', gives: ['busybox'], why: 'the shell of the initramfs, for its scripts', for: ['test'] },
  {
    name: 'cryptsetup-bin',
    gives: ['cryptsetup'],
    why: 'writes and reads LUKS2 headers',
    for: ['test', 'boot'],
  },
  { name: 'curl', gives: ['curl'], why: 'signs requests, as in the initramfs', for: ['test'] },
  {
    name: 'e2fsprogs',
    gives: ['e2fsck', 'e2image', 'mke2fs', 'mkfs.ext4'],
    why: 'makes, checks and copies file systems',
    for: ['test', 'bake'],
  },
  { name: 'fdisk', gives: ['sfdisk'], why: 'partitions disks', for: ['test', 'bake'] },
  {
    name: 'jose',
    gives: ['jose'],
    why: 'opens and verifies released keys, as in the initramfs',
    for: ['test'],
  },
  {
    name: 'openssh-client',
    gives: ['ssh-keygen'],
    why: 'makes keys that are compared with ours',
    for: ['test'],
  },
  {
    name: 'openssl',
    gives: ['openssl'],
    why: 'issues the local VPC endpoint’s certificate',
    for: ['test', 'bake', 'boot'],
  },
  { name: 'procps', gives: ['pkill', 'ps'], why: 'ends a shell test that takes too long', for: ['test'] },

  { name: 'debootstrap', gives: ['debootstrap'], why: 'builds minimal systems', for: ['bake', 'bare'] },
  { name: 'git', gives: ['git'], why: 'clones this repository', for: ['bare'] },
  { name: 'zstd', gives: ['zstd'], why: 'keeps stages of the image small', for: ['bake'] },

  { name: 'qemu-system-x86', gives: ['qemu-system-x86_64'], why: 'runs instances', for: ['boot'] },
  { name: 'qemu-utils', gives: ['qemu-img'], why: 'makes the disks of instances', for: ['test', 'boot'] },
  { name: 'socat', gives: ['socat'], why: 'connects instances to IMDS and the VPC endpoint', for: ['boot'] },
];
