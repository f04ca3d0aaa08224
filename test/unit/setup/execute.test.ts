import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { execute } from '../../../setup/execute.ts';

/** A process that has ended has no words left, even before its parent has asked. */
const runs = (pid: string): boolean =>
  existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
const sh = (script: string): string[] => ['sh', '-c', script];

describe('a program of ours', () => {
  it('has its output and its status', async () => {
    const done = await execute(sh('cat; echo error >&2; exit 3'), { stdin: 'input' });
    expect(done).toEqual({ status: 3, stdout: 'input', stderr: 'error\n' });
  });

  it('that is not there is no success', async () => {
    expect(await execute(['cat'], { env: { PATH: '/nowhere' } })).toMatchObject({
      status: null,
      stderr: expect.stringContaining('ENOENT'),
    });
  });

  it('that hangs is stopped with all that it started, and these are named', async () => {
    const script = 'setsid sleep 604801 & sleep 604802 & echo $$; wait';
    const { status, stdout, stderr } = await execute(sh(script), { limitMs: 3000 });
    expect(status).toBeNull();
    expect(stderr).toMatch(/^\nsh: it did not end within 0.05 minutes. Stopped:\n {2}\d+ sh -c/);
    const pids = [...stderr.matchAll(/^ {2}(\d+) (\S+) (\S+)/gm)].map(([, pid = '', name, word]) => ({
      pid,
      name,
      word,
    }));
    expect(pids.map(({ name, word }) => [name, word])).toEqual([
      ['sh', '-c'],
      ['sleep', '604801'],
      ['sleep', '604802'],
    ]);
    expect(pids[0]?.pid).toBe(stdout.trim());
    await delay(100);
    expect(pids.filter(({ pid }) => runs(pid))).toEqual([]);
  });

  it('that ends and leaves a process with its output is stopped, and is no success', async () => {
    const { status, stderr } = await execute(sh('sleep 604803 & exit 0'), { leftBehindMs: 1500 });
    expect([status, stderr]).toEqual([
      null,
      expect.stringMatching(/hold its output. Stopped:\n {2}\d+ sleep 604803 \n$/),
    ]);
  });

  it('is interrupted with the program that runs it', async () => {
    const module = path.resolve(import.meta.dirname, '../../../setup/execute.ts');
    const program = `
      import { execute } from '${module}';
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 500);
      await execute(['sh', '-c', 'trap "exit 0" INT; echo $$ >&2; sleep 604804']);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(130);
    await delay(100);
    const { stdout } = await execute(['sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "']);
    expect(stdout).not.toContain('sleep 604804 ');
  });
});
