import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpResponse } from '../../local/engine/contracts/http.ts';
import type { Vm } from '../../local/services/ec2/service.ts';
import { names, TAGS } from '../../protocol/names.ts';
import { SERVER_OPERATIONS } from '../../protocol/operations/servers.ts';
import type { Server } from '../../protocol/server.ts';
import { wireString } from '../../protocol/ssh/wire.ts';
import { operate, sessionAs } from '../local/support/operator-api.ts';
import { ConsoleReader, guest, waitUntilUp } from './support/console.ts';
import { MachineRoom, STAGE } from './support/machine-room.ts';

const secret = (what: string): string => `${what}-${randomBytes(12).toString('hex')}`;
const SECRETS = { password: secret('pass'), value: secret('value'), content: secret('content') };
/** Everything that a naive shell would trip over, and 8-bit text. */
const AWKWARD = `${SECRETS.value} a"b'c\`id\`$(id)$HOME\\ \nsecond line\tüñ€ %s * \n`;
const LOGIN_KEY = `ssh-ed25519 ${Buffer.concat([
  wireString('ssh-ed25519'),
  wireString(randomBytes(32)),
]).toString('base64')} ann@example.org`;
const SCRIPT = `#!/bin/sh
. /etc/inithooks.conf
printf %s "$APP_NAME" >/var/lib/app-name
echo ran >>/var/lib/app-ran
`;

/** One server through its life: each test goes on from where the last one left it. */
describe('an instance that is launched with a SERVER_ID', () => {
  let room: MachineRoom;
  let folder: string;
  let server: string;
  let vm: Vm;
  let screen: ConsoleReader;
  /** Sends a request of the instance once more, as it was signed. */
  const replays = new Map<string, () => Promise<HttpResponse>>();
  /** Paths that the keyserver answers no more, until this is emptied. */
  const away = new Set<string>();
  /** Called when the answer to this route is on its way, which the instance then never gets. */
  let cut: { readonly at: string; readonly now: () => void } | undefined;
  let lost = 0;

  const sdk = () => {
    const { endpoint, region, identities } = room.cloud;
    return { endpoint, region, credentials: identities.operator() };
  };
  const cli = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await room.sealroot(...words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  const shown = async (): Promise<Server> =>
    JSON.parse(await cli('preseed', 'status', server, '--json')) as Server;
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  beforeAll(async () => {
    room = await MachineRoom.open('preseed');
    folder = mkdtempSync(join(tmpdir(), 'sealroot-preseed-'));
  });
  afterAll(async () => {
    await room.close();
  });

  it('can be told things before it exists', async () => {
    server = (await cli('preseed', 'create', '--for', 'web-1')).trim();
    const values = { ROOT_PASS: SECRETS.password, APP_NAME: AWKWARD, HOSTNAME: 'web-1' };
    await cli(
      ...['preseed', 'send', 'web-1', '--from', file('values.json', JSON.stringify(values))],
      ...['--file', `${file('app.conf', `${SECRETS.content}\n\u00ff`)}:/etc/app/app.conf:0640:root:ubuntu`],
      ...['--authorized-key', `ubuntu=${file('key.pub', `${LOGIN_KEY}\n`)}`],
      ...['--script', file('script', SCRIPT)],
    );
    await cli('preseed', 'send', server, 'TAMPERED=1');
    await cli('preseed', 'send', server, 'LATE=1', '--expires', '1s');
    const unknown = {
      id: '5d0c6f3e-2b1a-4c8d-9e7f-001122334455',
      lifetime: 3600,
      message: { type: 'hologram' },
    };
    const body = JSON.stringify({ messages: [unknown] });
    const session = sessionAs(room.cloud, 'operator');
    expect((await operate(room.cloud, session, SERVER_OPERATIONS.sendMessages, server, body)).status).toBe(
      200,
    );
    const { messages = [] } = await shown();
    const tampered = messages.findIndex(({ seq }) => seq === 5) + 1;
    expect([messages.length, tampered]).toEqual([7, 5]);
    await new DynamoDBClient(sdk()).send(
      new UpdateItemCommand({
        TableName: room.table('Preseed'),
        Key: { server: { S: server }, item: { S: 'message#000005' } },
        UpdateExpression: 'SET body = :body',
        ConditionExpression: 'attribute_exists(body)',
        ExpressionAttributeValues: { ':body': { S: randomBytes(60).toString('base64url') } },
      }),
    );
  });

  it('registers, though the keyserver is away for a while and the first answer is lost', async () => {
    const userData = file('user-data', '#cloud-config\npackages: []\n');
    const id = (await cli('launch', '--server-id', 'web-1', '--user-data', userData)).trim().split('\n')[0];
    vm = room.ec2.vm(id ?? '');
    let refusals = 0;
    away.add('receive');
    vm.intercept = async (request, forward) => {
      const route = request.path.slice(request.path.lastIndexOf('/') + 1);
      if (route === 'register' && refusals++ < 2) return 'drop';
      if (away.has(route)) return 'drop';
      const answer = await forward();
      if (request.path.includes('/preseed/')) replays.set(route, forward);
      if (route === 'register' && lost++ === 0) return 'drop';
      if (route !== cut?.at) return answer;
      cut.now();
      return 'hang';
    };
    screen = ConsoleReader.start(vm);
    await screen.waitFor(/sealroot: preseed: registered as srv-/);
    expect(lost).toBeGreaterThan(1);
    expect(await shown()).toMatchObject({ state: 'registered', contested: false, instance: id });
  });

  it('keeps SSH closed until it is configured', async () => {
    await vm.waitForAgent(120_000);
    const { status } = await vm.run('systemctl is-active --quiet ssh.service');
    expect(status).not.toBe(0);
  });

  it('is not disturbed by a stranger, but waits for a custodian once another one has tried', async () => {
    const { Instances } = await new EC2Client(sdk()).send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: names(STAGE).launchTemplate() },
        MinCount: 1,
        MaxCount: 1,
        UserData: Buffer.from(`#!/bin/sh\n# sealroot-server: ${server}\n`).toString('base64'),
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: [
              { Key: TAGS.stage, Value: STAGE },
              { Key: TAGS.server, Value: server },
            ],
          },
        ],
      }),
    );
    const other = room.ec2.vm(Instances?.[0]?.InstanceId ?? '');
    await ConsoleReader.start(other).waitFor(/sealroot: preseed: refused \(server srv-/);
    expect(await shown()).toMatchObject({ state: 'registered', contested: true, instance: vm.id });
    expect(room.audit('preseed').filter(({ alarm }) => alarm === true)).toMatchObject([
      { decision: 'refused', instance: other.id },
    ]);
    away.clear();
    await screen.waitFor(/sealroot: preseed: refused \(server srv-/);
    await other.powerCut();
    const denied = await room.sealrootAs('operator', 'preseed', 'resolve', server, '--keep');
    expect(denied.status).not.toBe(0);
    // The power fails when everything is received and nothing is applied yet.
    const reported = new Promise<void>((resolve) => (cut = { at: 'report', now: resolve }));
    await cli('preseed', 'resolve', server, '--keep', '--reason', 'a clone of mine');
    await reported;
    await vm.powerCut();
    cut = undefined;
    expect(await shown()).toMatchObject({ state: 'configuring', contested: false });
  });

  it('goes on after a power cut, and is configured exactly', async () => {
    screen = await ConsoleReader.here(vm);
    await vm.boot();
    await screen.waitFor(/sealroot: preseed: configured as srv-/);
    await waitUntilUp(vm);
    expect(await guest(vm, 'hostname')).toBe('web-1');
    expect(await guest(vm, 'base64 -w0 /var/lib/app-name')).toBe(Buffer.from(AWKWARD).toString('base64'));
    expect(await guest(vm, 'base64 -w0 /etc/app/app.conf; stat -c " %a %U:%G" /etc/app/app.conf')).toBe(
      `${Buffer.from(`${SECRETS.content}\n\u00ff`).toString('base64')} 640 root:ubuntu`,
    );
    expect(
      await guest(
        vm,
        'cat /home/ubuntu/.ssh/authorized_keys; stat -c "%a %U" /home/ubuntu/.ssh/authorized_keys',
      ),
    ).toBe(`${LOGIN_KEY}\n600 ubuntu`);
    const hash = await guest(vm, 'getent shadow root | cut -d: -f2');
    const crypt = (password: string): string =>
      execFileSync('perl', ['-e', 'chomp(my $p = <STDIN>); print crypt($p, $ARGV[0])', hash], {
        input: password,
        encoding: 'utf8',
      });
    expect(crypt(SECRETS.password)).toBe(hash);
    expect(crypt('something else')).not.toBe(hash);
    // Started as soon as the agent is done: a moment after that line.
    expect(await guest(vm, 'systemctl start ssh.service && systemctl is-active ssh.service')).toBe('active');
  });

  it('tells the operator what became of everything', async () => {
    const { state, hooks, hostKeys, messages = [] } = await shown();
    expect(state).toBe('finished');
    expect(messages.map(({ seq, type, state: way, reason }) => [seq, type, way, reason ?? ''])).toEqual([
      [1, 'inithooks', 'applied', ''],
      [2, 'authorized-key', 'applied', ''],
      [3, 'file', 'applied', ''],
      [4, 'script', 'applied', ''],
      [5, 'inithooks', 'rejected', 'unreadable'],
      [6, 'inithooks', 'expired', ''],
      [7, 'hologram', 'rejected', 'unknown-type'],
    ]);
    expect(hooks.filter(({ status }) => status !== 0)).toEqual([]);
    expect(hooks.map(({ name }) => name)).toContain('20-root-password');
    const printed = await guest(vm, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    expect(hostKeys.map(({ fingerprint }) => fingerprint)).toContain(printed.split(' ')[1]);
  });

  it('has forgotten what it was told, in memory, on disk and in logs', async () => {
    // The guest agent puts every command in the journal: the secrets must not be in this one as they are.
    const needles = Buffer.from(`${Object.values(SECRETS).join('\n')}\n`).toString('base64');
    const search = (what: string): string => `echo ${needles} | base64 -d >/dev/shm/needles; ${what}`;
    const places = search(
      'grep -rlaFf /dev/shm/needles /run /var /etc /tmp /root /home 2>/dev/null; rm /dev/shm/needles',
    );
    // The content that it was told to write, where it was told to.
    expect((await guest(vm, places)).split('\n').sort()).toEqual(['/etc/app/app.conf', '/var/lib/app-name']);
    const journal = search('journalctl --no-pager | grep -cFf /dev/shm/needles; rm /dev/shm/needles');
    expect(await guest(vm, journal)).toBe('0');
    expect(await guest(vm, 'ls -A /run/sealroot/preseed 2>/dev/null || :')).toBe('');
    expect(await guest(vm, 'ls /var/lib/sealroot/preseed')).not.toMatch(/key|registered/);
    expect(await guest(vm, 'readlink -e /etc/inithooks.conf || echo gone')).toBe('gone');
    const { leaks, control } = await room.leaks(vm, SECRETS);
    expect(control).toEqual(['label']);
    expect(leaks).toEqual([]);
  });

  it('gets nothing for what it sent before', async () => {
    expect([...replays.keys()].sort()).toEqual(['ack', 'receive', 'register', 'report']);
    for (const [route, replay] of replays) {
      const { status } = await replay();
      // A repeated end is an end; it says nothing.
      expect([route, status]).toEqual([route, route === 'report' ? 200 : 403]);
    }
  });

  it('keeps the metadata service for root', async () => {
    const token =
      "curl -sS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token";
    expect((await vm.run(token)).status).toBe(0);
    expect((await vm.run(token, { user: 'ubuntu' })).status).not.toBe(0);
  });

  it('runs no first-boot hook again, and keeps the metadata service closed in the next boot', async () => {
    await vm.reboot();
    screen = await ConsoleReader.here(vm);
    await screen.waitFor(/sealroot: \/ is on dm-crypt/);
    await waitUntilUp(vm);
    expect(await guest(vm, 'cat /var/lib/app-ran')).toBe('ran');
    expect(await guest(vm, 'hostname')).toBe('web-1');
    const peek = await vm.run('curl -sS -m 5 http://169.254.169.254/', { user: 'ubuntu' });
    expect(peek.status).not.toBe(0);
    expect(await guest(vm, 'sealroot-status --json')).toContain(server);
  });
});
