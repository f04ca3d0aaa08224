import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import { names } from '../../protocol/names.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { answering, finished, Person, type Ran } from './support/person.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
const ROOT = path.resolve(import.meta.dirname, '../..');
const CUSTODIAN = ['members', 'members-operator', 'members-custodian'];

let cloud: LocalCloud;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'sealroot-work-'));
  const state = path.join(home, '.sealroot');
  mkdirSync(state, { mode: 0o700 });
  cloud = await LocalCloud.start({ assembly: synthesized(), state, port: 0, ec2: idleMachines });
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

function person(name: string, policies?: readonly string[]): Person {
  const somebody = new Person(cloud, name, policies);
  cloud.mfa.enrol(name);
  return somebody;
}

/** The local cloud ends a session before its time. */
function end(accessKeyId: string): void {
  const { on } = cloud.identities as unknown as {
    on: { sessions: { sessions: Record<string, { expires: number }> } };
  };
  on.sessions.sessions[accessKeyId]!.expires = Date.now() - 1000;
}

const credentials = ({ stdout }: Ran) =>
  JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };

/** Runs a program against the SDK that ships, as somebody's tool would. */
function withSdk(somebody: Person, program: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return finished(
    spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      env: { PATH: somebody.env['PATH'], HOME: somebody.home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

const CALLER = `
  import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
  process.stdout.write((await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn);
`;

describe('who has a device', () => {
  it(
    'logs in at a terminal, wrong code first, and every command finds the session',
    async () => {
      const ann = person('ann');
      const before = await ann.run(['keys', 'list']);
      expect(before.status).toBe(4);
      expect(before.stderr).toContain('Log in: sealroot login --role operator');

      const login = await ann.onTerminal(['login'], answering('000000', ann.code()));
      expect(login).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('You are operator of stage dev'),
      });
      expect(login.shown).toContain('MFA code of mfa/ann for operator of stage dev: ');
      expect(login.shown).toContain('wrong, or was used already');
      expect(login.stderr).toContain('only you can read');

      expect(await ann.run(['keys', 'list'])).toMatchObject({ status: 0, stderr: expect.any(String) });
      expect((await ann.run(['instances', '--json'])).stdout).toContain('"instances": []');
      const status = await ann.run(['login', 'status', '--json']);
      expect(JSON.parse(status.stdout).sessions).toMatchObject([
        { role: 'operator', stage: 'dev', sourceArn: `arn:aws:iam::${cloud.account}:user/ann` },
      ]);
      expect((await ann.run(['login', 'prompt'])).stdout).toMatch(/^dev:operator (4h00m|3h5\dm)\n$/);
      expect((await ann.run(['logout'])).status).toBe(0);
      expect((await ann.run(['keys', 'list'])).status).toBe(4);
      expect((await ann.run(['login', 'status'])).status).toBe(3);
    },
    MINUTE,
  );

  it(
    'gets no second session for one code: the CLI knows, and so does STS',
    async () => {
      const bea = person('bea', CUSTODIAN);
      const code = bea.code();
      expect((await bea.run(['login', '--code', code])).status).toBe(0);
      const known = await bea.run(['login', '--role', 'custodian', '--code', code]);
      expect(known).toMatchObject({ status: 4, stderr: expect.stringContaining('was used already, at') });
      await bea.run(['logout', '--all']);
      const refused = await bea.run(['login', '--role', 'custodian', '--code', code]);
      expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('AWS refused the code') });
      expect((await bea.run(['login', '--role', 'custodian', '--code', bea.code(1)])).status).toBe(0);
    },
    MINUTE,
  );

  it(
    'gets no role that is another’s, and is told whom to ask',
    async () => {
      const cyd = person('cyd');
      const login = await cyd.run(['login', '--role', 'custodian', '--code', cyd.code()]);
      expect(login).toMatchObject({
        status: 4,
        stdout: '',
        stderr: expect.stringContaining('docs/reference/access.md'),
      });
      expect((await cyd.run(['login', '--code', cyd.code(1)])).status).toBe(0);
      const approve = await cyd.run(['keys', 'approve', '7f3a7f3a7f3a7f3a']);
      expect(approve).toMatchObject({ status: 4, stderr: expect.stringContaining('login --role custodian') });
    },
    MINUTE,
  );

  it(
    'is told to log in again when the session has ended',
    async () => {
      const dan = person('dan');
      const session = credentials(await dan.run(['login', '--format', 'process', '--code', dan.code()]));
      expect((await dan.run(['keys', 'list'])).status).toBe(0);
      end(session.AccessKeyId);
      const shell = {
        ...dan.env,
        AWS_ACCESS_KEY_ID: session.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: session.SecretAccessKey,
        AWS_SESSION_TOKEN: session.SessionToken,
      };
      await dan.run(['logout']);
      const ended = await dan.run(['keys', 'list'], shell);
      expect(ended).toMatchObject({ status: 4, stderr: expect.stringContaining('login --role operator') });
    },
    MINUTE,
  );

  it(
    'is told of a session that the role does not give, and keeps the code',
    async () => {
      const eve = person('eve');
      const code = eve.code();
      const long = await eve.run(['login', '--duration', '5h', '--code', code]);
      expect(long).toMatchObject({ status: 2, stderr: expect.stringContaining('4h at most, not 5h') });
      const login = await eve.run(['login', '--duration', '20m', '--code', code]);
      expect(login).toMatchObject({ status: 0, stdout: expect.stringContaining('for 19m') });
    },
    MINUTE,
  );

  it(
    'launches with the session, under the name that IAM demands',
    async () => {
      const gus = person('gus');
      cloud.setParameter(names('dev').amiParameter, emptyImage(cloud, names('dev').imageRecipe));
      const plain = await gus.run(['launch']);
      expect(plain).toMatchObject({ status: 4, stderr: expect.stringContaining('login --role operator') });
      expect((await gus.run(['login', '--code', gus.code()])).status).toBe(0);
      const launched = await gus.run(['launch', '--name', 'web', '--json']);
      expect(launched.status).toBe(0);
      expect(JSON.parse(launched.stdout).instances[0].launchedBy).toMatch(/^AROA[A-Z2-7]+:gus$/);
    },
    MINUTE,
  );
});

describe('who has no device', () => {
  it(
    'cannot log in, nor attach the guard; enrols one, attaches the guard and is held to it',
    async () => {
      const fay = new Person(cloud, 'fay');
      const login = await fay.run(['login', '--code', '123456']);
      expect(login).toMatchObject({ status: 4, stderr: expect.stringContaining('sealroot guard enrol') });
      expect(await fay.run(['guard', 'attach'])).toMatchObject({
        status: 5,
        stderr: expect.stringContaining('sealroot guard enrol'),
      });
      expect((await fay.run(['guard', 'enrol'])).status).toBe(2);

      // Cut in the middle: the device is there and nobody's.
      const cut = await fay.onTerminal(['guard', 'enrol'], answering(''));
      expect(cut.status).toBe(130);
      expect(cloud.mfa.ofUser('fay')).toEqual([]);

      const enrolled = await fay.onTerminal(['guard', 'enrol'], typistWith(fay, [-1, 0]));
      expect(enrolled).toMatchObject({ status: 0, stdout: expect.stringContaining('mfa/fay') });
      expect(enrolled.shown).toContain('otpauth://totp/');
      const secret = /Secret: ([A-Z2-7]+)/.exec(enrolled.shown)![1]!;
      expect(enrolled.stdout + enrolled.stderr).not.toContain(secret);
      expect((await fay.run(['guard', 'enrol'])).status).toBe(5);

      expect(JSON.parse((await fay.run(['guard', 'status', '--json'])).stdout).attachment).toBe(
        'not attached',
      );
      expect((await fay.run(['guard', 'attach'])).status).toBe(0);
      expect(JSON.parse((await fay.run(['guard', 'status', '--json'])).stdout).attachment).toBe('denied');
      expect((await fay.run(['guard', 'attach'])).status).toBe(0);
      expect((await fay.run(['login', '--code', fay.code(1)])).status).toBe(0);
      expect((await fay.run(['keys', 'list'])).status).toBe(0);
    },
    2 * MINUTE,
  );
});

describe('the guard', () => {
  it(
    'comes off with a code, and not without',
    async () => {
      const flo = person('flo');
      expect((await flo.run(['guard', 'attach'])).status).toBe(0);
      expect((await flo.run(['guard', 'detach'])).status).toBe(2);
      expect((await flo.run(['guard', 'detach', '--code', '000000'])).status).toBe(4);
      expect(cloud.users.get('flo').policies).toHaveLength(3);
      expect((await flo.run(['guard', 'detach', '--code', flo.code()])).status).toBe(0);
      expect(cloud.users.get('flo').policies).toHaveLength(2);
    },
    MINUTE,
  );
});

/** Shows the codes of a device that is being enrolled, by the secret on the terminal. */
function typistWith(somebody: Person, steps: readonly number[]) {
  let asked = 0;
  return (shown: string): string | undefined => {
    if (!shown.endsWith(': ') || asked >= steps.length) return undefined;
    return `${somebody.codeOf(/Secret: ([A-Z2-7]+)/.exec(shown)![1]!, steps[asked++])}\n`;
  };
}

describe('credential_process', () => {
  function configure(somebody: Person, source: string): Record<string, string> {
    const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '', ...env } = somebody.env;
    const aws = path.join(somebody.home, '.aws');
    mkdirSync(aws, { recursive: true });
    writeFileSync(
      path.join(aws, 'credentials'),
      `[keys]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    );
    const sealroot = `${process.execPath} ${path.join(ROOT, 'bin', 'sealroot.js')}`;
    // The authenticator: the command waits for a code that was not used.
    const code = path.join(somebody.home, 'code');
    writeFileSync(code, `cd ${home} && ${sealroot} local mfa --user ${somebody.name}\n`);
    writeFileSync(
      path.join(aws, 'config'),
      `[profile ops]\ncredential_process = ${sealroot} ${source} login --format process --code-command "sh ${code}"\n`,
    );
    return { ...env, AWS_PROFILE: 'ops' };
  }

  it(
    'gives the AWS SDK a session, with one code for all that ask at the same time',
    async () => {
      const hal = person('hal');
      const env = configure(hal, '--profile keys');
      const ran = await Promise.all([1, 2, 3].map(() => withSdk(hal, CALLER, env)));
      for (const each of ran)
        expect(each).toMatchObject({
          status: 0,
          stdout: `arn:aws:sts::${cloud.account}:assumed-role/sealroot-dev-${cloud.region}-access-operator/hal`,
        });
      expect(readdirSync(path.join(hal.cache, 'sessions'))).toHaveLength(1);
    },
    2 * MINUTE,
  );

  it(
    'is not its own source, which would go round forever',
    async () => {
      const ida = person('ida');
      const env = configure(ida, '');
      expect((await withSdk(ida, CALLER, env)).status).not.toBe(0);
      const itself = await ida.run(['login', '--format', 'process'], env);
      expect(itself).toMatchObject({ status: 4, stderr: expect.stringContaining('--profile NAME') });
    },
    MINUTE,
  );
});

describe('login -- COMMAND', () => {
  it(
    'gives the command the session, and its exit code back',
    async () => {
      const jon = person('jon');
      const login = await jon.run(['login', '--code', jon.code(), '--', 'sh', '-c', 'env; exit 7']);
      expect(login.status).toBe(7);
      expect(login.stdout).toMatch(/^AWS_SESSION_TOKEN=.{20}/m);
      expect(login.stdout).toMatch(/^SEALROOT_ROLE=operator$/m);
      const inside = ['sh', '-c', 'kill -TERM $$'];
      expect((await jon.run(['login', '--', ...inside])).status).toBe(143);
      expect((await jon.run(['login', '--', 'no-such-program'])).status).toBe(3);
      expect((await jon.run(['login', '--', 'cat', '/proc/self/cmdline'])).stdout).toBe(
        'cat\0/proc/self/cmdline\0',
      );
    },
    MINUTE,
  );

  it(
    'passes a signal on to the command',
    async () => {
      const kim = person('kim');
      await kim.run(['login', '--code', kim.code()]);
      const mark = path.join(kim.home, 'mark');
      const script = `trap 'echo ended > ${mark}; exit 9' TERM; echo $$ > ${mark}.ready; while :; do sleep 0.1; done`;
      const child = spawn(
        process.execPath,
        [path.join(ROOT, 'bin', 'sealroot.js'), 'login', '--', 'sh', '-c', script],
        { cwd: kim.home, env: kim.env, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const done = finished(child);
      for (let tries = 0; tries < 400 && !existsSync(`${mark}.ready`); tries++) await delay(50);
      child.kill('SIGTERM');
      expect((await done).status).toBe(9);
      expect(readFileSync(mark, 'utf8')).toBe('ended\n');
    },
    MINUTE,
  );
});

describe('a shell', () => {
  it(
    'has the session after eval, and logs in again and out from there',
    async () => {
      const lea = person('lea', CUSTODIAN);
      const lines = await lea.run(['login', '--format', 'env', '--code', lea.code()]);
      const script = path.join(lea.home, 'session.sh');
      writeFileSync(script, lines.stdout, { mode: 0o600 });
      const sealroot = `'${process.execPath}' '${path.join(ROOT, 'bin', 'sealroot.js')}'`;
      const steps = [
        `. ${script}`,
        `${sealroot} keys list --json > list.json || exit 21`,
        `${sealroot} login prompt`,
        `eval "$(${sealroot} logout --format env)"`,
        'test -z "$AWS_SESSION_TOKEN$AWS_ACCESS_KEY_ID$SEALROOT_ROLE" || exit 22',
        `${sealroot} login status && exit 23`,
        'true',
      ];
      const { status, stdout } = await finished(
        spawn('sh', ['-c', steps.join('\n')], { cwd: lea.home, env: lea.env }),
      );
      expect({ status, stdout }).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^dev:operator (4h00m|3h5\dm)\n/),
      });
    },
    MINUTE,
  );
});

describe('--local', () => {
  it(
    'leads to the local STS, whatever the environment says',
    async () => {
      const mia = person('mia');
      const env = { ...mia.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_PROFILE: 'production' };
      const sealroot = path.join(ROOT, 'bin', 'sealroot.js');
      const code = `${process.execPath} ${sealroot} local mfa`;
      const run = (...words: string[]) =>
        finished(
          spawn(process.execPath, [sealroot, '--local', ...words], {
            cwd: home,
            env,
            stdio: ['ignore', 'pipe', 'pipe'],
          }),
        );
      const json = await run('login', '--format', 'json', '--code-command', code);
      expect(json.status).toBe(0);
      expect(JSON.parse(json.stdout).environment).toMatchObject({
        AWS_ENDPOINT_URL: cloud.endpoint,
        SEALROOT_ROLE: 'operator',
      });
      expect((await run('keys', 'list')).status).toBe(0);
    },
    MINUTE,
  );
});

describe('what is kept', () => {
  it(
    'is readable by its owner alone, and refused when it is not',
    async () => {
      const ned = person('ned');
      await ned.run(['login', '--code', ned.code()]);
      const directory = path.join(ned.cache, 'sessions');
      const file = path.join(directory, readdirSync(directory)[0]!);
      expect([ned.cache, directory, file].map((each) => statSync(each).mode & 0o777)).toEqual([
        0o700, 0o700, 0o600,
      ]);
    },
    MINUTE,
  );
});
