import { beforeEach, describe, expect, it } from '@jest/globals';
import { createProgram } from '../../../../cli/program.ts';
import { COMMAND_ROLES } from '../../../../cli/login/command-roles.ts';
import { promptLine } from '../../../../cli/login/prompt.js';
import type { Context } from '../../../../cli/context.ts';
import { json } from '../fake-operator.ts';
import { useWorld } from '../world.ts';

const world = useWorld();
const REQUEST = '7f3aaaaa00000000';

beforeEach(() => {
  world().typed = ['123456', '234567', '345678'];
  world().operator.request(REQUEST);
});

const login = (role: string, ...words: string[]) => world().run(['login', '--role', role, ...words]);
/** Access keys that signed the calls of the operator API. */
const signers = () => world().signers;

describe('a command that needs a role', () => {
  it('uses the session of that role', async () => {
    await login('operator');
    await login('custodian');
    expect((await world().run(['keys', 'approve', REQUEST])).exit).toBe(0);
    expect(new Set(signers())).toEqual(new Set(['ASIA2']));
  });

  it('uses the session that can do least, when several would do', async () => {
    await login('custodian');
    await login('auditor');
    await world().run(['keys', 'list']);
    expect(new Set(signers())).toEqual(new Set(['ASIA2']));
  });

  it.each<[string, () => unknown]>([
    ['of another role', () => login('operator')],
    ['of another stage', () => login('custodian')],
    [
      'that has ended',
      async () => {
        await login('custodian');
        world().time += 3600_000;
      },
    ],
    [
      'of somebody else',
      async () => {
        await login('custodian');
        process.env['AWS_ACCESS_KEY_ID'] = 'OTHER';
      },
    ],
    [
      'of another place',
      async () => {
        await login('custodian');
        process.env['AWS_ENDPOINT_URL_STS'] = 'http://127.0.0.1:9';
      },
    ],
    [
      'that was forgotten',
      async () => {
        await login('custodian');
        await world().run(['logout']);
      },
    ],
  ])('does not use a session %s', async (which, prepare) => {
    await prepare();
    const stage = which === 'of another stage' ? ['--stage', 'prod'] : [];
    world().parameters['/sealroot/prod/operator-api'] = world().parameters['/sealroot/dev/operator-api']!;
    await world().run([...stage, 'keys', 'approve', REQUEST]);
    expect(signers().length).toBeGreaterThan(0);
    expect(new Set(signers())).toEqual(new Set([process.env['AWS_ACCESS_KEY_ID']]));
  });

  it('uses the last login, when two accounts have a role of the same name', async () => {
    await login('custodian');
    world().time += 1000;
    await login('arn:aws:iam::111111111111:role/sealroot-dev-eu-west-1-access-custodian');
    await world().run(['keys', 'approve', REQUEST]);
    expect(new Set(signers())).toEqual(new Set(['ASIA2']));
    world().time += 1000;
    // Its own account's role is kept still, and not mistaken for the other.
    const { stdout } = await login('custodian', '--json');
    expect(JSON.parse(stdout).roleArn).toContain('000000000000');
  });

  it('leaves a session in the environment alone when it is of the right role', async () => {
    await login('auditor');
    await login('operator');
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIA2', AWS_SESSION_TOKEN: 'token-of-ASIA2' });
    await world().run(['keys', 'list']);
    expect(new Set(signers())).toEqual(new Set(['ASIA2']));
  });

  it('leaves a session in the environment alone when it is not from here', async () => {
    await login('auditor');
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIA9', AWS_SESSION_TOKEN: 'x' });
    await world().run(['keys', 'list']);
    expect(new Set(signers())).toEqual(new Set(['ASIA9']));
  });

  it('finds the session of the right role from a shell that has one of the wrong role', async () => {
    await login('custodian');
    await login('operator');
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'ASIA2', AWS_SESSION_TOKEN: 'token-of-ASIA2' });
    await world().run(['keys', 'approve', REQUEST]);
    expect(new Set(signers())).toEqual(new Set(['ASIA1']));
  });

  it('names the login that would help when it is refused without one', async () => {
    world().operator.next.push(json({ Message: 'User is not authorized to access this resource' }, 403));
    const { exit, stderr } = await world().run(['--stage', 'dev', 'keys', 'approve', REQUEST]);
    expect(exit).toBe(4);
    expect(stderr).toContain('Log in: sealroot --stage dev login --role custodian\n');
  });

  it('does not send somebody to log in who is', async () => {
    await login('custodian');
    world().operator.next.push(json({ Message: 'denied' }, 403));
    const { exit, stderr } = await world().run(['keys', 'approve', REQUEST]);
    expect(exit).toBe(4);
    expect(stderr).not.toContain('Log in');
  });

  it('is launched by who IAM says launches', async () => {
    await login('operator');
    await world().run(['launch']);
    expect(world().iam.calls.findLast(({ action }) => action === 'GetCallerIdentity')?.key).toBe('ASIA1');
  });
});

describe('the roles of the commands', () => {
  it('are decided for every command that there is', () => {
    const WITHOUT = /^(login|logout|completion|guard|help|local|preseed new-id)\b/;
    const names: string[] = [];
    const walk = (command: ReturnType<typeof createProgram>, path: string) => {
      for (const each of command.commands) walk(each, `${path} ${each.name()}`.trim());
      if (command.commands.length === 0) names.push(path);
    };
    walk(
      createProgram({ stdout: {}, stderr: {} } as unknown as Context, () => undefined),
      '',
    );
    expect(names.filter((name) => !WITHOUT.test(name)).toSorted()).toEqual(
      Object.keys(COMMAND_ROLES).toSorted(),
    );
  });
});

describe('login status', () => {
  it('lists the sessions and what is left of them', async () => {
    await login('operator');
    await login('custodian');
    const { exit, stdout } = await world().run(['login', 'status']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^operator +dev +eu-west-1 +4h /m);
    expect(stdout).toMatch(/^custodian +dev +eu-west-1 +1h .* arn:aws:iam::000000000000:user\/ann/m);
  });

  it('ends with 3 when there is none', async () => {
    const { exit, stdout } = await world().run(['login', 'status', '--json']);
    expect({ exit, sessions: JSON.parse(stdout) }).toEqual({ exit: 3, sessions: { sessions: [] } });
  });
});

describe('logout', () => {
  it('forgets one role, the stage, or everything', async () => {
    const left = async () =>
      JSON.parse((await world().run(['login', 'status', '--json'])).stdout).sessions.map(
        (each: { role: string }) => each.role,
      );
    await login('operator');
    await login('custodian');
    await world().run(['logout', '--role', 'custodian']);
    expect(await left()).toEqual(['operator']);
    await world().run(['--stage', 'prod', 'logout']);
    expect(await left()).toEqual(['operator']);
    await world().run(['logout']);
    expect(await left()).toEqual([]);
    await login('operator', '--code', '345678');
    await world().run(['--stage', 'prod', 'logout', '--all']);
    expect(await left()).toEqual([]);
  });
});

describe('login prompt', () => {
  it('is empty without a session', async () => {
    expect(await world().run(['login', 'prompt'])).toEqual({ exit: 0, stdout: '', stderr: '' });
  });

  it('shows role and time left of what is kept', async () => {
    await login('operator');
    await login('custodian');
    world().time += 1000;
    expect((await world().run(['login', 'prompt'])).stdout).toBe('dev:custodian 1h00m dev:operator 4h00m\n');
    world().time += 3500_000;
    expect((await world().run(['login', 'prompt'])).stdout).toBe('dev:custodian 2m dev:operator 3h02m\n');
    world().time += 3500_000;
    expect((await world().run(['login', 'prompt'])).stdout).toBe('dev:operator 2h04m\n');
  });

  it('shows the session of the shell before any other, also when it has ended', () => {
    const env = { SEALROOT_ROLE: 'operator', SEALROOT_STAGE: 'dev', SEALROOT_EXPIRES: '1000' };
    expect(promptLine(env, 400_000)).toBe('dev:operator 10m');
    expect(promptLine(env, 2_000_000)).toBe('dev:operator expired');
  });

  it('lets nothing through that would drive the terminal', () => {
    const env = { SEALROOT_ROLE: 'x\u001b[2J', SEALROOT_EXPIRES: '1000' };
    expect(promptLine(env, 0)).toBe('x[2J 17m');
  });
});
