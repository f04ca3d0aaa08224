import { describe, expect, it } from '@jest/globals';
import { ConsoleText, growth } from '../../../cli/instances/console-log.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const ID = 'i-00000000000000001';
const lines = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, n) => `[${String(from + n).padStart(6)}.000000] a line of the kernel's log\n`,
  ).join('');

describe('console', () => {
  it('prints each line once while it follows, until the instance is terminated', async () => {
    const instance = world().ec2.add(ID);
    world().ec2.consoles = ['', lines(0, 3), lines(0, 3), lines(0, 5), lines(0, 6)];
    world().ec2.beforeDescribe = () => {
      if (world().slept.length === 4) instance.state = 'terminated';
    };
    const { exit, stdout, stderr } = await world().run(['console', ID]);
    expect(exit).toBe(0);
    expect(stdout).toBe(lines(0, 6));
    expect(stderr).toContain('has been terminated');
  });

  it('fails when EC2 ended an instance that never ran, and says why', async () => {
    world().ec2.add(ID, 'terminated').reason = [
      'Client.InternalError',
      'Client.InternalError: Client error on launch',
    ];
    const { exit, stderr } = await world().run(['console', ID]);
    expect(exit).toBe(4);
    expect(stderr).toContain(`${ID} has been terminated: Client.InternalError: Client error on launch.`);
    expect(stderr).toContain('KMS key');
  });

  it('says why an instance is stopped when EC2 did it', async () => {
    world().ec2.add(ID, 'stopped').reason = ['Server.InternalError', 'Server.InternalError: a disk'];
    world().interruptAtSleep = 1;
    expect((await world().run(['console', ID])).stderr).toContain(
      `${ID} is stopped (Server.InternalError: a disk).`,
    );
  });

  it('ends with 130 on Ctrl-C', async () => {
    world().ec2.add(ID);
    world().ec2.consoles = [lines(0, 2)];
    world().interruptAtSleep = 2;
    const { exit, stdout } = await world().run(['console', ID]);
    expect(exit).toBe(130);
    expect(stdout).toBe(lines(0, 2));
  });

  it('goes on over a reboot that starts the log again', async () => {
    world().ec2.add(ID);
    world().ec2.consoles = [lines(0, 9), lines(100, 102), lines(100, 104)];
    world().interruptAtSleep = 3;
    const { stdout, stderr } = await world().run(['console', ID]);
    expect(stdout).toBe(lines(0, 9) + lines(100, 104));
    expect(stderr).toContain('starts again');
  });

  it('goes on when EC2 has dropped the beginning', async () => {
    world().ec2.add(ID);
    const all = lines(0, 3000);
    world().ec2.consoles = [all.slice(0, 65_536), all.slice(20_000, 85_536), all.slice(30_000, 95_536)];
    world().interruptAtSleep = 3;
    const { stdout, stderr } = await world().run(['console', ID]);
    expect(stdout).toBe(all.slice(0, 95_536));
    expect(stderr).not.toContain('---');
  });

  it('says that output was lost when it was', async () => {
    world().ec2.add(ID);
    const all = lines(0, 4000);
    world().ec2.consoles = [all.slice(0, 65_536), all.slice(100_000, 165_536)];
    world().interruptAtSleep = 2;
    expect((await world().run(['console', ID])).stderr).toContain('some output was lost');
  });

  it('stays when EC2 is throttled or down for a while', async () => {
    world().ec2.add(ID);
    world().ec2.consoles = [lines(0, 2)];
    world().ec2.errors.set('GetConsoleOutput', ['RequestLimitExceeded', 'InternalError']);
    world().interruptAtSleep = 3;
    const { exit, stdout, stderr } = await world().run(['console', ID]);
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: lines(0, 2) });
    expect(stderr.match(/Trying again/g)).toHaveLength(1);
  });

  it('leaves when it may not read', async () => {
    world().ec2.add(ID);
    world().ec2.errors.set('GetConsoleOutput', ['UnauthorizedOperation']);
    expect((await world().run(['console', ID])).exit).toBe(4);
  });

  it('ends by itself when EC2 has forgotten the instance', async () => {
    world().ec2.add(ID);
    world().ec2.consoles = [lines(0, 2)];
    world().ec2.errors.set('DescribeInstances', []);
    world().ec2.beforeDescribe = () => {
      if (world().slept.length === 2) world().ec2.instances = [];
    };
    const { exit, stdout } = await world().run(['console', ID]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: lines(0, 2) });
  });

  it('prints once and leaves with --no-follow', async () => {
    world().ec2.add(ID, 'running', { Name: 'web' });
    world().ec2.consoles = ['\u001b[1mraw\u00ff'];
    const { exit, stdout } = await world().run(['console', 'web', '--no-follow']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '\u001b[1mraw\u00ff' });
    expect(world().slept).toEqual([]);
    const document = await world().run(['console', 'web', '--no-follow', '--json']);
    expect(JSON.parse(document.stdout)).toMatchObject({ instance: ID, at: '2026-01-01T00:05:00.000Z' });
  });

  it('is not one JSON document while it follows', async () => {
    expect((await world().run(['console', ID, '--json'])).exit).toBe(2);
  });

  it('lets a guest colour, but not drive, the terminal', async () => {
    world().ec2.add(ID);
    world().ec2.consoles = ['\u001b[0;32m  OK  \u001b[0m up\u001b[2J\u001b]0;title\u0007\u001bc!\r\n'];
    const { stdout } = await world().run(['console', ID, '--no-follow'], { tty: true });
    expect(stdout).toBe('\u001b[0;32m  OK  \u001b[0m up!\r\n');
  });
});

describe('growth of a console', () => {
  it('does not take a few equal bytes for the same log', () => {
    expect(growth(Buffer.from('the end\n'), Buffer.from('\nSeaBIOS'))).toMatchObject({ kind: 'restarted' });
  });

  it('finds the true overlap where lines repeat', () => {
    const known = Buffer.from('a'.repeat(100) + 'b'.repeat(100));
    const current = Buffer.from(`${'b'.repeat(100)}new`);
    expect(growth(known, current).added.toString()).toBe('new');
  });

  it('knows a log that became shorter for a new one', () => {
    const known = Buffer.from(lines(0, 9));
    expect(growth(known, known.subarray(0, 200))).toMatchObject({ kind: 'restarted' });
  });
});

describe('console text', () => {
  it('keeps characters and escapes together that arrive in pieces', () => {
    const text = new ConsoleText();
    const bytes = Buffer.from('gr\u00fcn \u001b[32mok\u001b[2J');
    expect([...bytes].map((byte) => text.push(Buffer.of(byte))).join('')).toBe('gr\u00fcn \u001b[32mok');
  });
});
