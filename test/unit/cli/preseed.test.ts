import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Message } from '../../../protocol/message.ts';
import { MAX_MESSAGE_BYTES } from '../../../protocol/server.ts';
import { apiError } from './fake-operator.ts';
import { SERVER_A, SERVER_B, status } from './fake-servers.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const servers = () => world().operator.preseed;
const PUBLIC_KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')}`;

/** A file in the folder that commands are run in. */
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(world().cwd, name), content);
  return name;
}

async function send(...words: string[]) {
  const outcome = await world().run(['preseed', 'send', SERVER_A, ...words]);
  const batch = servers().batches.at(-1)?.messages ?? [];
  return { ...outcome, batch, sent: batch.map(({ message }) => message as Message) };
}

beforeEach(() => {
  world().cwd = mkdtempSync(join(tmpdir(), 'sealroot-preseed-'));
  servers().add(SERVER_A);
});

describe('preseed create', () => {
  it('draws the id itself, prints it alone, and says what comes next', async () => {
    const { exit, stdout, stderr } = await world().run(['preseed', 'create', '--for', 'web-2']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^srv-[0-9a-hjkmnp-tv-z]{26}\n$/);
    const id = stdout.trim();
    expect(servers().servers.at(-1)).toMatchObject({ server: id, for: 'web-2' });
    expect(stderr).toContain(`sealroot launch --server-id ${id}`);
    expect(stderr).toContain(`sealroot preseed send ${id}`);
  });

  it('makes one server when the answer is lost and the call repeated', async () => {
    world().operator.next.push(apiError('unavailable'));
    await world().run(['preseed', 'create', '--for', 'web-2']);
    const bodies = world().operator.calls.filter((call) => call.startsWith('POST'));
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
    expect(servers().servers).toHaveLength(2);
  });

  it.each(['', ' web', 'a\u0007b', 'a\u2028b', '\ud800', 'x'.repeat(101)])(
    'refuses %j as a name',
    async (name) => {
      expect((await world().run(['preseed', 'create', '--for', name])).exit).toBe(2);
    },
  );
});

describe('preseed list', () => {
  it('shows contested servers first, leaves finished ones out, and says what to do', async () => {
    servers().add(SERVER_B, {
      for: 'db-1',
      state: 'registered',
      contested: true,
      instance: 'i-00000000000000001',
    });
    servers().add(`srv-${'c'.repeat(26)}`, { for: 'old-1', state: 'finished' });
    const { stdout, stderr } = await world().run(['preseed', 'list']);
    expect(stdout).toMatch(/srv-b+ {2}db-1 .*registered, CONTESTED/);
    expect(stdout.indexOf('db-1')).toBeLessThan(stdout.indexOf('web-1'));
    expect(stdout).not.toContain('old-1');
    expect(stderr).toContain(`sealroot preseed status ${SERVER_B}`);
  });
});

describe('preseed status', () => {
  it('shows each message’s way, the hooks and the host keys', async () => {
    servers().servers = [];
    servers().add(SERVER_A, {
      state: 'finished',
      instance: 'i-00000000000000001',
      messages: [
        status(1, { state: 'applied', deliveries: 1 }),
        status(2, { type: 'file', state: 'rejected', reason: 'unreadable' }),
        status(3, { type: 'script', state: 'expired' }),
      ],
      hooks: [
        { stage: 'firstboot', name: '10-hostname', status: 0 },
        { stage: 'firstboot', name: '90-scripts', status: 3 },
      ],
      hostKeys: [{ type: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` }],
    });
    const { exit, stdout } = await world().run(['preseed', 'status', 'web-1']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/1 +inithooks +applied/);
    expect(stdout).toMatch(/2 +file +rejected: unreadable/);
    expect(stdout).toMatch(/3 +script +expired/);
    expect(stdout).toMatch(/^1 .* ann$/m);
    expect(stdout).toMatch(/firstboot +90-scripts +FAILED with status 3/);
    expect(stdout).toContain(`ssh-ed25519  SHA256:${'A'.repeat(43)}`);
  });

  it('says loudly and first that a server is contested, and what can be done', async () => {
    servers().servers = [];
    servers().add(SERVER_A, { state: 'registered', contested: true, instance: 'i-00000000000000001' });
    const { stdout, stderr } = await world().run(['preseed', 'status', SERVER_A]);
    expect(stdout).toMatch(/^CONTESTED: .*withheld/);
    expect(stderr).toContain(`preseed resolve ${SERVER_A} --keep`);
    expect(stderr).toContain(`preseed resolve ${SERVER_A} --reset`);
  });

  it('lets nothing that the API says drive the terminal', async () => {
    servers().servers = [];
    servers().add(SERVER_A, {
      for: 'web\u001b[2J',
      hooks: [{ stage: 'firstboot', name: '20-password', status: 0 }],
    });
    const { stdout } = await world().run(['preseed', 'status', SERVER_A]);
    expect(stdout).toContain('firstboot');
    expect(stdout).not.toContain('\u001b');
  });

  it('takes nothing for a report of an instance that the service would not have taken', async () => {
    servers().servers = [];
    servers().add(SERVER_A, { hooks: [{ stage: 'firstboot', name: '\u001b[1A', status: 0 }] });
    const { exit, stdout, stderr } = await world().run(['preseed', 'status', SERVER_A]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toContain('(hooks.0.name)');
    expect(stderr).not.toContain('\u001b');
  });

  it.each([SERVER_B, 'web-9'])(
    'ends with 3 for %s, which is not there, and says where to look',
    async (word) => {
      const { exit, stderr } = await world().run(['preseed', 'status', word]);
      expect([exit, stderr]).toEqual([3, expect.stringContaining('sealroot preseed list')]);
    },
  );

  it('does not guess between two servers for one name', async () => {
    servers().add(SERVER_B);
    const { exit, stderr } = await world().run(['preseed', 'status', 'web-1']);
    expect(exit).toBe(2);
    expect(stderr).toContain(SERVER_A);
    expect(stderr).toContain(SERVER_B);
  });

  it('ends with 1 when the API says something that is not the protocol', async () => {
    servers().servers = [];
    servers().add(SERVER_A, { state: 'melted' as 'created' });
    const { exit, stderr } = await world().run(['preseed', 'status', SERVER_A]);
    expect(exit).toBe(1);
    expect(stderr).toContain('(state)');
  });
});

describe('preseed send', () => {
  it('asks for a key without a value, and twice for a password', async () => {
    world().typed = ['s3cr`et', 's3cr`et', 'you@example.org'];
    const { exit, sent, stdout, stderr } = await send('ROOT_PASS', 'APP_EMAIL');
    expect(exit).toBe(0);
    expect(sent).toEqual([
      { type: 'inithooks', values: { ROOT_PASS: 's3cr`et', APP_EMAIL: 'you@example.org' } },
    ]);
    expect(world().asked).toEqual(['ROOT_PASS: ', 'ROOT_PASS once more: ', 'APP_EMAIL: ']);
    expect(stdout + stderr).not.toContain('s3cr`et');
  });

  it('asks again when the two differ or nothing was typed, and gives up after three tries', async () => {
    world().typed = ['one', 'two', 'right', 'right'];
    expect((await send('ROOT_PASS')).sent).toEqual([{ type: 'inithooks', values: { ROOT_PASS: 'right' } }]);
    world().typed = [];
    const { exit, stderr } = await send('APP_EMAIL');
    expect(exit).toBe(2);
    expect(stderr).toContain('Nothing was sent');
    expect(servers().batches).toHaveLength(1);
  });

  it('says where else a value can come from when there is no terminal', async () => {
    const { exit, stderr } = await send('ROOT_PASS');
    expect(exit).toBe(2);
    expect(stderr).toContain('--value-file ROOT_PASS=FILE');
    expect(servers().batches).toEqual([]);
  });

  it('takes values from files, lists and stdin, without the line feed at the end', async () => {
    world().input = Buffer.from('from stdin\n\n');
    const { exit, sent } = await send(
      '--value-file',
      `A=${file('a', 'line 1\nline 2\n')}`,
      '--stdin',
      'B',
      '--from',
      file('list', '# comment\n\nC= "$(rm)" `x` = \'y\r\nD=\n'),
      '--from',
      file('json', JSON.stringify({ E: 'two\nlines\n', F: 'ünïcödé' })),
    );
    expect(exit).toBe(0);
    expect(sent).toEqual([
      {
        type: 'inithooks',
        values: {
          A: 'line 1\nline 2',
          B: 'from stdin\n',
          C: ' "$(rm)" `x` = \'y',
          D: '',
          E: 'two\nlines\n',
          F: 'ünïcödé',
        },
      },
    ]);
  });

  it('takes a value from the command line, and says who can see it', async () => {
    const { sent, stderr } = await send('APP_EMAIL=a=b');
    expect(sent).toEqual([{ type: 'inithooks', values: { APP_EMAIL: 'a=b' } }]);
    expect(stderr).toContain('process list');
  });

  it('sends keys, files, scripts and a second factor, each as a message of its own', async () => {
    world().typed = [];
    const { exit, sent, stdout, stderr } = await send(
      '--authorized-key',
      file('id.pub', `# mine\n${PUBLIC_KEY} me@here\n\n${PUBLIC_KEY}\n`),
      '--authorized-key',
      `deploy=${file('other.pub', PUBLIC_KEY)}`,
      '--file',
      `${file('app.conf', Buffer.from([0, 255]))}:/etc/app.conf:0640:root:www-data`,
      '--file',
      'app.conf:/etc/b',
      '--script',
      file('setup', '#!/bin/sh\ntrue\n'),
      '--totp',
      'root',
    );
    expect([exit, stderr]).toEqual([0, expect.any(String)]);
    const secret = sent.find(({ type }) => type === 'totp') as { secret: string };
    expect(sent).toEqual([
      { type: 'authorized-key', user: 'root', key: `${PUBLIC_KEY} me@here` },
      { type: 'authorized-key', user: 'root', key: PUBLIC_KEY },
      { type: 'authorized-key', user: 'deploy', key: PUBLIC_KEY },
      { type: 'file', path: '/etc/app.conf', mode: '0640', owner: 'root:www-data', content: 'AP8' },
      { type: 'file', path: '/etc/b', mode: '0600', owner: 'root:root', content: 'AP8' },
      { type: 'totp', user: 'root', secret: expect.stringMatching(/^[A-Z2-7]{32}$/) },
      { type: 'script', content: Buffer.from('#!/bin/sh\ntrue\n').toString('base64url') },
    ]);
    expect(world().shown).toContain(`otpauth://totp/Sealroot:root%40web-1?secret=${secret.secret}`);
    expect(stdout + stderr).not.toContain(secret.secret);
  });

  it('draws no second factor when there is no terminal to show it on', async () => {
    expect((await send('--totp', 'root')).exit).toBe(2);
    expect(servers().batches).toEqual([]);
  });

  it('publishes nothing twice when the answer is lost: the ids are the same', async () => {
    const original = servers().handle.bind(servers());
    let lost = false;
    servers().handle = (id, action, method, body) => {
      const answer = original(id, action, method, body);
      if (action !== 'messages' || lost) return answer;
      lost = true;
      return apiError('unavailable');
    };
    expect((await send('A=1', 'B=2')).exit).toBe(0);
    const [first, second] = servers().batches;
    expect(first).toEqual(second);
    expect(first?.messages[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('warns before a repetition when nobody answered at all', async () => {
    const handle = servers().handle.bind(servers());
    servers().handle = (id, action, method, body) =>
      action === 'messages' ? apiError('unavailable') : handle(id, action, method, body);
    const { exit, stderr } = await send('A=1');
    expect(exit).toBe(7);
    expect(stderr).toContain(`It may have arrived. Look before you repeat it: sealroot preseed status`);
  });

  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['7d', 604_800],
  ])('lets it expire after %s', async (time, seconds) => {
    expect((await send('A=1', '--expires', time)).batch[0]?.lifetime).toBe(seconds);
  });

  it.each([
    ['nothing', []],
    ['a time that is too long', ['A=1', '--expires', '8d']],
    ['a key twice', ['A=1', 'A=2']],
    ['a name that the shell acts on', ['PATH=/tmp']],
    ['a name in small letters', ['path=/tmp']],
    ['a prompt for a name that cannot be set', ['LD_PRELOAD']],
    ['stdin for two things', ['--stdin', 'A', '--from', '-']],
    ['a file that is not there', ['--value-file', 'A=nowhere']],
    ['a file for a folder of the kernel', ['--file', 'some:/proc/x']],
    ['a path that climbs', ['--file', 'some:/etc/../root/x']],
    ['a file without a place', ['--file', 'some']],
    ['a private key', ['--authorized-key', 'private']],
    ['a key with options', ['--authorized-key', 'options.pub']],
    ['a script without an interpreter', ['--script', 'some']],
    ['a list with quotes', ['--from', 'quoted']],
    ['a value that is not text', ['--value-file', 'A=binary']],
    ['more than fits in a message', ['--file', 'large:/root/large']],
  ])('refuses %s, and sends nothing', async (_, words) => {
    file('some', 'text');
    file('private', '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    file('options.pub', `command="/bin/true" ${PUBLIC_KEY}\n`);
    file('quoted', 'A="b"\n');
    file('binary', Buffer.from([0xff, 0xfe]));
    file('large', Buffer.alloc(MAX_MESSAGE_BYTES * 0.75));
    const { exit, stderr } = await send(...words);
    expect(exit).toBe(2);
    expect(stderr).not.toBe('');
    expect(servers().batches).toEqual([]);
  });

  it('never repeats a value in what it says is wrong', async () => {
    file('list', 'hunter2 is my password\n');
    file('json', '{"A": "hunter2" oops}');
    for (const words of [
      ['--from', 'list'],
      ['--from', 'json'],
      ['LD_PRELOAD=hunter2'],
      ['A=hunter2', 'A=hunter2'],
    ]) {
      const { exit, stdout, stderr } = await send(...words);
      expect(exit).toBe(2);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it.each([
    ['takes no messages any more', { state: 'configuring' }, 'configuring'],
    ['is contested', { state: 'registered', contested: true }, 'CONTESTED'],
  ] as const)('asks for nothing when the server %s', async (_, members, why) => {
    servers().servers = [];
    servers().add(SERVER_A, members);
    world().typed = ['x', 'x'];
    const { exit, stderr } = await send('ROOT_PASS');
    expect([exit, stderr]).toEqual([5, expect.stringContaining(why)]);
    expect(world().asked).toEqual([]);
  });
});

describe('preseed resolve', () => {
  it('wants one decision, and passes the reason on', async () => {
    expect((await world().run(['preseed', 'resolve', SERVER_A])).exit).toBe(2);
    expect((await world().run(['preseed', 'resolve', SERVER_A, '--keep', '--reset'])).exit).toBe(2);
    const { exit } = await world().run(['preseed', 'resolve', SERVER_A, '--keep', '--reason', 'mine']);
    expect(exit).toBe(0);
    expect(world().operator.calls.at(-1)).toContain(
      `${SERVER_A}/resolve {"decision":"keep","reason":"mine"}`,
    );
  });

  it('says after a reset that what was handed out is known', async () => {
    const { stderr } = await world().run(['preseed', 'resolve', SERVER_A, '--reset']);
    expect(stderr).toContain('send other values');
  });
});

describe('preseed withdraw', () => {
  it('asks first', async () => {
    expect((await world().run(['preseed', 'withdraw', 'web-1'])).exit).toBe(2);
    expect((await world().run(['preseed', 'withdraw', 'web-1'], { answer: 'n' })).exit).toBe(130);
    expect(servers().servers[0]?.state).toBe('created');
    expect((await world().run(['preseed', 'withdraw', 'web-1'], { answer: 'y' })).exit).toBe(0);
    expect(servers().servers[0]?.state).toBe('withdrawn');
  });
});

describe('instances --json', () => {
  it('says which server each was launched as', async () => {
    world().ec2.add('i-00000000000000001', 'running', { 'sealroot:server': SERVER_A });
    const { stdout } = await world().run(['instances', '--json']);
    expect(JSON.parse(stdout).instances).toEqual([expect.objectContaining({ server: SERVER_A })]);
  });
});

describe('launch --server-id', () => {
  const launch = (...words: string[]) => world().run(['launch', '--server-id', 'web-1', ...words]);

  it('tags the instance, and says the id in its user data', async () => {
    const { exit, stderr } = await launch('--user-data', file('ud', '#cloud-config\npackages: []\n'));
    expect([exit, stderr]).toEqual([0, expect.stringContaining(`preseed status ${SERVER_A}`)]);
    expect(world().ec2.instances[0]?.tags).toMatchObject({ 'sealroot:server': SERVER_A });
    const userData = Buffer.from(world().ec2.call('RunInstances')?.['UserData'] ?? '', 'base64').toString();
    expect(userData).toBe(`#cloud-config\n# sealroot-server: ${SERVER_A}\npackages: []\n`);
  });

  it.each(['registered', 'configuring', 'finished', 'withdrawn'] as const)(
    'refuses a server that is %s',
    async (state) => {
      servers().servers = [];
      servers().add(SERVER_A, { state });
      expect((await world().run(['launch', '--server-id', SERVER_A])).exit).toBe(5);
      expect(world().ec2.actions()).not.toContain('RunInstances');
    },
  );

  it('refuses a second instance of one server', async () => {
    await launch();
    const { exit, stderr } = await launch();
    expect(exit).toBe(5);
    expect(stderr).toContain('has been launched already: i-00000000000000000');
    expect(
      world()
        .ec2.actions()
        .filter((action) => action === 'RunInstances'),
    ).toHaveLength(1);
  });

  it.each([
    ['several instances', ['--count', '2'], '--count 1'],
    ['user data without a place for the id', ['--user-data', 'other'], 'none of'],
    ['user data that is too large with it', ['--user-data', 'full'], '16384 at most'],
  ])('refuses %s', async (_, words, why) => {
    file('other', 'hello');
    file('full', `#!/bin/sh\n${'#'.repeat(16 * 1024 - 20)}\n`);
    const { exit, stderr } = await launch(...words);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(world().ec2.actions()).not.toContain('RunInstances');
  });
});
