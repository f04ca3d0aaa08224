import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InstanceRecord } from '../../../local/services/ec2/service.ts';
import { DaemonDocument, formatDocument, parseDocument } from '../../../protocol/local-state.ts';
import { localStateSchema } from '../../support/local-state-schema.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const MINUTE = 60_000;
const ROOT = path.resolve(import.meta.dirname, '../../..');
const assembly = smallAssembly();
const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));

/** Runs a command of the daemon as a person would. */
function local(...args: string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const options = ['--state', state, '--assembly', assembly, '--port', '0', ...args.slice(1)];
    const main = ['--import', 'tsx', 'local/main.ts', args[0] ?? '', ...options];
    const child = spawn(process.execPath, main, { cwd: ROOT });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('exit', (status) => resolve({ status, output }));
  });
}

const daemonFile = path.join(state, 'daemon.json');
const daemon = () => parseDocument(DaemonDocument, readFileSync(daemonFile, 'utf8'));

/** The record of an instance whose local cloud was killed. */
const RUNNING_INSTANCE = {
  id: 'i-0123456789abcdef0',
  state: 'running',
  imageId: 'ami-0123456789abcdef0',
  instanceType: 't3.small',
  launchTime: '2026-11-01T00:00:00.000Z',
  launchIndex: 0,
  reservationId: 'r-1',
  privateIp: '169.254.16.10',
  mac: '02:5e:a9:fe:10:0a',
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  availabilityZone: 'us-east-1a',
  securityGroups: [],
  metadataOptions: { httpTokens: 'required', hopLimit: 1, instanceTags: false },
  tags: {},
  volumes: [],
  shutdownBehavior: 'stop',
  consoleOffset: 0,
} satisfies InstanceRecord;

describe('the daemon', () => {
  beforeAll(async () => {
    // Remains of a daemon that was killed; its process id belongs to somebody else by now.
    writeFileSync(
      daemonFile,
      formatDocument({ pid: process.pid, began: '1', endpoint: 'http://127.0.0.1:1' }),
    );
  });
  afterAll(() => local('down'), MINUTE);

  it(
    'does not run because a dead one left its file',
    async () => {
      expect(await local('status')).toEqual({ status: 3, output: 'the local cloud is not running\n' });
    },
    MINUTE,
  );

  it(
    'starts in the background and says where it answers',
    async () => {
      const { status, output } = await local('up', '--detach');
      expect([status, output]).toEqual([0, expect.stringContaining(`local cloud at ${daemon().endpoint}`)]);
      const answer = await fetch(daemon().endpoint ?? '');
      expect([answer.status, await answer.text()]).toEqual([
        403,
        expect.stringContaining('MissingAuthenticationToken'),
      ]);
      expect((await local('status')).output).toContain(daemon().endpoint);
    },
    MINUTE,
  );

  it(
    'refuses a second one on the same state, in the background and in the foreground',
    async () => {
      const { pid } = daemon();
      for (const mode of ['--detach', '--foreground']) {
        const { status, output } = await local('up', mode);
        expect(status).toBe(1);
        expect(output).toContain(`is running already: process ${String(pid)} answers at`);
      }
      expect(daemon().pid).toBe(pid);
    },
    MINUTE,
  );

  it.each(['daemon', 'environment', 'mfa'] as const)('writes %s.json by the published schema', (name) => {
    const document: unknown = JSON.parse(readFileSync(path.join(state, `${name}.json`), 'utf8'));
    expect(localStateSchema(name)(document)).toEqual([]);
  });

  it(
    'shows its log',
    async () => {
      expect((await local('logs')).output).toContain('local cloud of account 000000000000 in us-east-1');
    },
    MINUTE,
  );

  it(
    'stops, and twice is once',
    async () => {
      expect(await local('down')).toEqual({ status: 0, output: 'the local cloud is stopped\n' });
      expect(await local('down')).toEqual({ status: 0, output: 'the local cloud is not running\n' });
    },
    MINUTE,
  );

  it(
    'stops the instances that a local cloud left which was killed, and says before that they run',
    async () => {
      const id = 'i-0123456789abcdef0';
      const directory = path.join(state, 'instances', id);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(path.join(directory, 'instance.json'), JSON.stringify(RUNNING_INSTANCE));
      const qemu = spawn(
        process.execPath,
        ['test/local/support/fake-qemu.mjs', directory, `${id},process=x`],
        {
          cwd: ROOT,
          stdio: 'ignore',
        },
      );
      const ended = new Promise((resolve) => qemu.once('exit', resolve));
      while (!existsSync(path.join(directory, 'qemu.pid'))) await delay(20);
      expect((await local('status')).output).toBe(
        `the local cloud is not running\nit was killed and has left running: ${id}; local down stops them\n`,
      );
      expect(await local('down')).toEqual({
        status: 0,
        output: `${id}: running\n${id}: stopping\n${id}: stopped\nthe local cloud was not running; what it had left running is stopped: ${id}\n`,
      });
      await ended;
      const record = JSON.parse(readFileSync(path.join(directory, 'instance.json'), 'utf8')) as {
        state: string;
      };
      expect(record.state).toBe('stopped');
      expect((await local('down')).output).toBe('the local cloud is not running\n');
    },
    2 * MINUTE,
  );

  it(
    'leaves a state that another version may hold alone',
    async () => {
      const later = '{"version":2,"process":{"id":1}}';
      writeFileSync(daemonFile, later);
      for (const command of ['status', 'up', 'down']) {
        const { status, output } = await local(command);
        expect([command, status]).toEqual([command, 1]);
        expect(output).toContain(`${daemonFile} cannot be read: it is of version 2`);
      }
      expect(readFileSync(daemonFile, 'utf8')).toBe(later);
      rmSync(daemonFile);
    },
    MINUTE,
  );

  it(
    'says what it lacks when there is nothing to run',
    async () => {
      const empty = mkdtempSync(path.join(tmpdir(), 'sealroot-none-'));
      const { status, output } = await local('up', '--detach', '--assembly', empty);
      expect([status, output]).toEqual([1, expect.stringContaining('run `npx cdk synth` first')]);
      expect((await local('status')).status).toBe(3);
    },
    MINUTE,
  );
});
