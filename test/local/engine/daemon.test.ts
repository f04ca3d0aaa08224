import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatDocument, parseDaemon } from '../../../protocol/local-state.ts';
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
const daemon = () => parseDaemon(readFileSync(daemonFile, 'utf8'));

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
      const answer = await fetch(daemon().endpoint);
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
    'prints what points an SDK at it',
    async () => {
      const { output } = await local('env');
      expect(output).toContain(`export AWS_ENDPOINT_URL='${daemon().endpoint}'`);
      expect(output).toMatch(/^export AWS_SECRET_ACCESS_KEY='.+'$/m);
    },
    MINUTE,
  );

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
