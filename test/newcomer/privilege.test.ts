import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { missingPackages } from '../../setup/debian-packages.mjs';
import { run, type Ran } from './support/sealroot.ts';

// This adds a user and installs sudo: only on a machine of .ci/run (setup/test-newcomer.ts).
const USER = 'newcomer';
const HOME = `/home/${USER}`;
const CLONE = path.join(HOME, 'sealroot');
/** A password is asked for by sudo, and never typed here. */
const SUDOERS = '/etc/sudoers.d/newcomer';

/** The set-up, as the ordinary user in a clone of his own. */
function prepare(...purposes: string[]): Ran {
  const user = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups', '--inh-caps=-all'];
  const { CI = '', PATH = '', NODE_EXTRA_CA_CERTS } = process.env;
  const certificates =
    NODE_EXTRA_CA_CERTS === undefined ? [] : [`NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS}`];
  const environment = ['env', '-i', '-C', CLONE, `HOME=${HOME}`, `PATH=${PATH}`, `CI=${CI}`, ...certificates];
  return run([...user, ...environment, 'node', 'setup/prepare.mjs', ...purposes]);
}

function must(...argv: string[]): void {
  expect(run(argv)).toMatchObject({ status: 0 });
}

function sudoers(rule: string): void {
  writeFileSync(SUDOERS, `${USER} ALL=(ALL) ${rule}\n`);
  chmodSync(SUDOERS, 0o440);
}

/** Package that `npm run check` needs; on this machine it was not installed before. */
const names = missingPackages(['check']).map(({ name }) => name);
const install = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;

beforeAll(() => {
  must('useradd', '--create-home', '--shell', '/bin/sh', USER);
  const own = new Set(['node_modules', '.sealroot', 'cdk.out', 'dist'].map((name) => path.resolve(name)));
  cpSync(path.resolve('.'), CLONE, { recursive: true, filter: (source) => !own.has(source) });
  must('chown', '-R', `${USER}:${USER}`, CLONE);
});

it('something is missing here, so that there is something to install', () => {
  expect(names).toContain('shellcheck');
});

describe('an ordinary user without sudo', () => {
  it('is told what root has to run', () => {
    const { status, stderr } = prepare('check');
    expect(status).toBe(1);
    expect(stderr).toContain(`Have root run this once, then try again:\n\n  ${install}\n`);
  });

  it('is told before the bake that it needs root, although every program is there', () => {
    const { status, stderr } = prepare('bake');
    expect(status).toBe(1);
    expect(stderr).toContain('The image cannot be baked: this user is not root, and there is no sudo.');
  });
});

describe('an ordinary user with sudo', () => {
  beforeAll(() => {
    must('apt-get', '-qq', 'update');
    must('apt-get', '-qq', 'install', '-y', '--no-install-recommends', 'sudo');
  });

  it('that asks for a password is told the one command to run', () => {
    sudoers('ALL');
    const { status, stderr } = prepare('check');
    expect(status).toBe(1);
    expect(stderr).toContain(`Run this once, then try again:\n\n  sudo sh -c '${install}'\n`);
  });

  it('that asks for none gets what is missing', () => {
    sudoers('NOPASSWD: ALL');
    rmSync(path.join(CLONE, 'node_modules'), { recursive: true, force: true });
    const { status, stdout } = prepare('check');
    expect(stdout).toContain('Installing them: sudo -n apt-get install');
    expect(status).toBe(0);
    expect(missingPackages(['check'])).toEqual([]);
    expect(prepare('check')).toMatchObject({ status: 0, stdout: '' });
  });
});
