import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { formatDocument } from '../../../protocol/local-state.ts';
import { singleFile } from '../../../setup/package/single-file.ts';
import { SECRET } from '../cli/sigv4.ts';
import { useWorld } from '../cli/world.ts';

/** A machine where nothing of ours is but the file: no clone above it, no node_modules. */
const elsewhere = mkdtempSync(path.join(tmpdir(), 'sealroot-package-'));
const file = path.join(elsewhere, 'sealroot');
let text: string;

beforeAll(async () => {
  text = await singleFile(process.cwd());
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}, 60_000);

const world = useWorld();

interface Ended {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the file itself, by its first line. Not spawnSync: the world that it talks to is in this process. */
function run(words: readonly string[], program = file, env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, words, { cwd: path.dirname(program), env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

describe('the packaged command line', () => {
  it('is the same when it is made again', async () => {
    expect(await singleFile(process.cwd())).toBe(text);
  });

  it('says nothing of the machine that it was made on', () => {
    expect(text).not.toContain(process.cwd());
  });

  it('comes with the licences of what it contains', () => {
    const notices = text.slice(text.lastIndexOf('\n/*\n'));
    expect(notices).toContain('commander 14.0.3 (MIT)');
    expect(notices).toContain('@aws-sdk/client-ec2 ');
    expect(notices).toContain('Apache License');
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });

  it('needs nothing but itself and node', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const help = await run(['--help']);
    expect([help.status, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('sealroot login');
    const completion = await run(['completion', 'bash']);
    expect([completion.status, completion.stderr]).toEqual([0, '']);
    expect(completion.stdout).toContain('complete -F _sealroot sealroot');
  });

  it.each(['module', 'commonjs'])('runs in a folder whose package.json says %s', async (type) => {
    const folder = path.join(elsewhere, type);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type }));
    const copy = path.join(folder, 'sealroot');
    writeFileSync(copy, text, { mode: 0o755 });
    expect(await run(['help', 'exit-codes'], copy)).toMatchObject({ status: 0, stderr: '' });
  });

  it('answers a prompt', async () => {
    const env = { ...process.env, SEALROOT_STAGE: 'dev', SEALROOT_ROLE: 'operator', SEALROOT_EXPIRES: '1' };
    const line = { status: 0, stdout: 'dev:operator expired\n', stderr: '' };
    expect(await run(['login', 'prompt'], file, env)).toEqual(line);
  });

  it('asks the local cloud of the folder that it is run in', async () => {
    const state = path.join(elsewhere, '.sealroot');
    mkdirSync(state);
    const { endpoint } = world();
    const environment = {
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_EXECUTE_API: endpoint },
      ...{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' },
      ...{ AWS_ACCESS_KEY_ID: 'LOCAL', AWS_SECRET_ACCESS_KEY: SECRET },
    };
    writeFileSync(
      path.join(state, 'daemon.json'),
      formatDocument({ endpoint, began: '1', pid: process.pid }),
    );
    writeFileSync(path.join(state, 'environment.json'), formatDocument({ variables: environment }));
    world().ec2.add('i-00000000000000001');
    world().operator.volume('0b54aaaa-1111-4222-8333-444444444444');
    const { status, stdout, stderr } = await run(['--local', '--json', 'instances']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      instances: [{ id: 'i-00000000000000001', volumes: [{ state: 'active' }] }],
    });
  });

  it('comes without the local cloud, and says so', async () => {
    const { status, stderr } = await run(['local', 'up']);
    expect([status, stderr]).toEqual([3, expect.stringContaining('Use a clone of the repository.')]);
  });

  it('tells a node that is too old what it needs', () => {
    const future = text.replace(/^start\(\[\d+,\s?\d+\]/m, 'start([99,1]');
    const { status, stderr } = spawnSync(process.execPath, ['-'], { input: future, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('sealroot: needs Node 99.1 or later; this is '),
    ]);
  });
});
