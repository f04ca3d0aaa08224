import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import type { Credentials } from '../../local/engine/contracts/identity.ts';
import type { AccessRole } from '../../protocol/access.ts';
import { APP, names, TAGS } from '../../protocol/names.ts';
import { SERVER_OPERATIONS } from '../../protocol/operations/servers.ts';
import type { Server } from '../../protocol/server.ts';
import { sealroot } from './support/command-line.ts';
import { one, STAGE } from './support/instance.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { operate, sessionAs } from './support/operator-api.ts';
import { PreseedInstance } from './support/preseed-instance.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
/** Everything that a naive shell would trip over, and 8-bit text. */
const AWKWARD = 'a"b\'c`id`$(id)$HOME\\ \nsecond line\tüñ€ 🔑 %s *';
const SECRET = 'correct horse battery staple';
const DISK_BYTES = 2 ** 26;

let cloud: LocalCloud;
let folder: string;
let server: string;
let instance: PreseedInstance;

const sdk = () => ({
  endpoint: cloud.endpoint,
  region: cloud.region,
  credentials: cloud.identities.operator(),
});
const cli = (role: AccessRole, words: string[], person: Parameters<typeof sealroot>[3] = {}) =>
  sealroot(cloud, role, words, { cwd: folder, ...person });
const table = () => one(cloud, 'AWS::DynamoDB::Table', (id) => id.includes('-Preseed-')).physicalId;
const key = (item: string) => ({ server: { S: server }, item: { S: item } });

async function status(): Promise<Server> {
  const { exit, stdout, stderr } = await cli('operator', ['preseed', 'status', server, '--json']);
  expect([exit, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Server;
}

/** `state`, or `state: reason`, of every message. */
const ways = ({ messages = [] }: Server) =>
  messages.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`));

/** An instance that somebody launched by other means than the CLI, with these tags. */
async function launched(tags: Record<string, string>): Promise<PreseedInstance> {
  const { Instances } = await new EC2Client(sdk()).send(
    new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateName: names(STAGE).launchTemplate() },
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  return new PreseedInstance(cloud, Instances![0]!.InstanceId!, server);
}

/** Reasons of the audit lines that raise an alarm. */
function alarms(): string[] {
  const logs = path.join(cloud.state, 'logs');
  const log = readdirSync(logs).find((name) => name.includes('-Preseed-'))!;
  return readFileSync(path.join(logs, log), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { alarm?: boolean; reason?: string })
    .flatMap(({ alarm, reason }) => (alarm === true ? [reason ?? ''] : []));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sealroot-preseed-'));
  cloud = await LocalCloud.start({
    assembly: synthesized(),
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    port: 0,
    ec2: idleMachines,
  });
  cloud.setParameter(names(STAGE).amiParameter, emptyImage(cloud, names(STAGE).imageRecipe));
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('a server that is preseeded by the command line', () => {
  it('is created, and told things before it exists', async () => {
    const created = await cli('operator', ['preseed', 'create', '--for', 'web-1']);
    expect([created.exit, created.stdout]).toEqual([0, expect.stringMatching(/^srv-\w{26}\n$/)]);
    server = created.stdout.trim();
    writeFileSync(path.join(folder, 'values.json'), JSON.stringify({ APP_NAME: AWKWARD }));
    writeFileSync(path.join(folder, 'app.conf'), Buffer.from([0, 1, 254, 255]));
    const words = [
      'ROOT_PASS',
      '--from',
      'values.json',
      '--file',
      'app.conf:/etc/app.conf:0640:root:www-data',
    ];
    const sent = await cli('operator', ['preseed', 'send', 'web-1', ...words], { typed: [SECRET, SECRET] });
    expect([sent.exit, sent.stderr]).toEqual([0, expect.not.stringContaining(SECRET)]);
    const late = await cli('operator', ['preseed', 'send', server, 'LATE=1', '--expires', '1s']);
    expect(late.exit).toBe(0);
    expect(await status()).toMatchObject({ for: 'web-1', state: 'created', contested: false });
    // The third lives for a second, which may be over by now.
    const third = expect.stringMatching(/^(published|expired)$/);
    expect(ways(await status())).toEqual(['published', 'published', third]);
  });

  it('carries types that the service does not know, for an image that may', async () => {
    const message = { type: 'hologram', beam: 'up' };
    const body = { messages: [{ id: '5d0c6f3e-2b1a-4c8d-9e7f-001122334455', lifetime: 3600, message }] };
    for (const attempt of [1, 2]) {
      const credentials = sessionAs(cloud, 'operator');
      const answer = await operate(
        cloud,
        credentials,
        SERVER_OPERATIONS.sendMessages,
        server,
        JSON.stringify(body),
      );
      expect([attempt, answer.status]).toEqual([attempt, 200]);
    }
    expect(ways(await status())).toHaveLength(4);
  });

  it('keeps nothing in clear in the table', async () => {
    const { Items = [] } = await new DynamoDBClient(sdk()).send(
      new QueryCommand({
        TableName: table(),
        KeyConditionExpression: '#server = :server',
        ExpressionAttributeNames: { '#server': 'server' },
        ExpressionAttributeValues: { ':server': { S: server } },
      }),
    );
    expect(Items.length).toBeGreaterThan(4);
    expect(JSON.stringify(Items)).not.toMatch(/correct horse|app\.conf|beam/);
  });

  it('is launched with its id and nothing secret, once', async () => {
    writeFileSync(path.join(folder, 'user-data'), '#cloud-config\npackages: []\n');
    const words = ['launch', '--server-id', 'web-1', '--user-data', 'user-data'];
    const { exit, stdout, stderr } = await cli('operator', words);
    expect([exit, stderr]).toEqual([0, expect.stringContaining(`preseed status ${server}`)]);
    instance = new PreseedInstance(cloud, stdout.trim(), server);
    const { tags, userData = '' } = cloud.ec2.vm(instance.id).record;
    expect(tags).toMatchObject({
      [TAGS.server]: server,
      [TAGS.launchedBy]: expect.stringMatching(/^AROA\w+:local-operator$/),
    });
    expect(Buffer.from(userData, 'base64').toString()).toBe(
      `#cloud-config\n# sealroot-server: ${server}\npackages: []\n`,
    );
    expect((await cli('operator', words)).exit).toBe(5);
  });

  it('is not registered by an instance without its tag, which raises the alarm and changes nothing', async () => {
    const stranger = await launched({});
    expect(await stranger.register()).toBe(403);
    expect(alarms()).toHaveLength(1);
    expect(await status()).toMatchObject({ state: 'created', contested: false });
  });

  it('registers, and again with the same key when the answer was lost', async () => {
    const first = await instance.register();
    const again = await instance.register();
    if (typeof first === 'number' || typeof again === 'number') throw new Error('refused');
    expect(again.secret).toBe(first.secret);
    expect(again.subkey).toBe(first.subkey);
    expect(again.nonce).not.toBe(first.nonce);
    expect(await status()).toMatchObject({ state: 'registered', instance: instance.id });
    expect((await cli('operator', ['launch', '--server-id', server])).exit).toBe(5);
  });

  it('is contested when another instance tries, though it has the tag: then nobody gets anything', async () => {
    const other = await launched({ [TAGS.server]: server });
    expect(await other.register()).toBe(403);
    expect(alarms()).toHaveLength(2);
    expect(await instance.receive()).toBe(403);
    const shown = await cli('auditor', ['preseed', 'status', server]);
    expect(shown.stdout).toMatch(/^CONTESTED/);
    expect(await status()).toMatchObject({ contested: true, instance: instance.id });
  });

  it('goes on once a custodian, and not an operator, has decided', async () => {
    const decide = ['preseed', 'resolve', server, '--keep', '--reason', 'a clone of mine'];
    expect((await cli('operator', decide)).exit).toBe(4);
    expect((await cli('custodian', decide)).exit).toBe(0);
    expect(await status()).toMatchObject({ contested: false, state: 'registered', instance: instance.id });
  });

  it('receives what is good, in order; what was tampered with or is over does not stop it', async () => {
    await new DynamoDBClient(sdk()).send(
      new UpdateItemCommand({
        TableName: table(),
        Key: key('message#000002'),
        UpdateExpression: 'SET body = :body',
        ExpressionAttributeValues: { ':body': { S: Buffer.alloc(60, 1).toString('base64url') } },
      }),
    );
    const last = await cli('operator', ['preseed', 'send', server, '--stdin', 'APP_PASS'], {
      stdin: 'later\n',
    });
    expect(last.exit).toBe(0);
    const received = await instance.receive();
    if (typeof received === 'number') throw new Error(`refused: ${String(received)}`);
    expect([...received]).toEqual([
      [1, { step: 'ok', value: { type: 'inithooks', values: { APP_NAME: AWKWARD, ROOT_PASS: SECRET } } }],
      [4, { step: 'unknown-type' }],
      [5, { step: 'ok', value: { type: 'inithooks', values: { APP_PASS: 'later' } } }],
    ]);
    expect(alarms()).toHaveLength(3);
    expect(await instance.receive(5)).toEqual(new Map());
    expect(ways(await status())).toEqual([
      'delivered',
      'rejected: unreadable',
      'expired',
      'delivered',
      'delivered',
    ]);
  });

  it('says what became of each, and the content is erased', async () => {
    const results = [
      { seq: 1, result: 'applied' },
      { seq: 4, result: 'rejected', reason: 'unknown-type' },
      { seq: 5, result: 'applied' },
    ] as const;
    for (const attempt of ['first', 'repeated']) {
      expect([attempt, (await instance.ack(results)).status]).toEqual([attempt, 200]);
    }
    expect(ways(await status())).toEqual([
      'applied',
      'rejected: unreadable',
      'expired',
      'rejected: unknown-type',
      'applied',
    ]);
    const { Items = [] } = await new DynamoDBClient(sdk()).send(
      new QueryCommand({
        TableName: table(),
        KeyConditionExpression: '#server = :server AND begins_with(#item, :item)',
        ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
        ExpressionAttributeValues: { ':server': { S: server }, ':item': { S: 'message#' } },
      }),
    );
    expect(Items.map(({ body, key: dataKey }) => [body, dataKey])).toEqual(
      Items.map(() => [undefined, undefined]),
    );
  });

  it('closes its mailbox, reports, and ends', async () => {
    expect(await instance.report({ status: 'configuring', hooks: [], hostKeys: [] })).toBe(200);
    expect((await cli('operator', ['preseed', 'send', server, 'TOO=late'])).exit).toBe(5);
    const hooks = [
      { stage: 'firstboot', name: '10-hostname', status: 0 },
      { stage: 'firstboot', name: '90-scripts', status: 2 },
    ] as const;
    const hostKeys = [{ type: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` }];
    for (const attempt of ['first', 'repeated']) {
      const answer = await instance.report({ status: 'finished', hooks, hostKeys });
      expect([attempt, answer]).toEqual([attempt, 200]);
    }
    expect(await status()).toMatchObject({ state: 'finished', hooks, hostKeys });
    const { stdout } = await cli('operator', ['preseed', 'status', server]);
    expect(stdout).toContain('FAILED with status 2');
    expect(stdout).toContain(hostKeys[0]!.fingerprint);
  });

  it('refuses every replay afterwards', async () => {
    expect(await instance.receive()).toBe(403);
    expect((await instance.ack([{ seq: 1, result: 'applied' }])).status).toBe(403);
    const before = alarms().length;
    instance.forgetKey();
    expect(await instance.register()).toBe(403);
    expect(alarms()).toHaveLength(before + 1);
  });

  it('left nothing secret in the state of the cloud or in its logs', () => {
    const files = readdirSync(cloud.state, { recursive: true, withFileTypes: true })
      .map((entry) => ({ file: path.join(entry.parentPath, entry.name), isFile: entry.isFile() }))
      // Disks of machines that do nothing are gigabytes of holes.
      .filter(({ file, isFile }) => isFile && statSync(file).size < DISK_BYTES)
      .map(({ file }) => ({ file, content: readFileSync(file) }));
    const holders = (text: string) =>
      files.filter(({ content }) => content.includes(text)).map(({ file }) => file);
    expect(holders(server).length).toBeGreaterThan(1);
    expect([...holders(SECRET), ...holders('second line')]).toEqual([]);
  });
});

describe('a server whose registration is reset', () => {
  it('gives what was not settled to the next instance, and nothing more to the first', async () => {
    server = (await cli('operator', ['preseed', 'create', '--for', 'web-2'])).stdout.trim();
    expect((await cli('operator', ['preseed', 'send', server, 'A=1'])).exit).toBe(0);
    const [wrong, right] = [
      await launched({ [TAGS.server]: server }),
      await launched({ [TAGS.server]: server }),
    ];
    await wrong.register();
    expect(await right.register()).toBe(403);
    expect((await cli('custodian', ['preseed', 'resolve', 'web-2', '--reset'])).exit).toBe(0);
    expect(await right.register()).toMatchObject({ instance: right.id });
    expect(await wrong.receive()).toBe(403);
    expect(await right.receive()).toEqual(
      new Map([[1, { step: 'ok', value: { type: 'inithooks', values: { A: '1' } } }]]),
    );
    expect(await status()).toMatchObject({ state: 'registered', instance: right.id, contested: false });
  });
});

describe('a message at rest', () => {
  it('opens for the preseed service, as that server’s, and for nobody else', async () => {
    const { Item } = await new DynamoDBClient(sdk()).send(
      new GetItemCommand({ TableName: table(), Key: key('message#000001') }),
    );
    const sealed = Buffer.from(Item?.['key']?.S ?? '', 'base64url');
    expect(sealed.length).toBeGreaterThan(64);
    const open = (credentials: Credentials, more: Record<string, string> = {}) =>
      new KMSClient({ ...sdk(), credentials, maxAttempts: 1 }).send(
        new DecryptCommand({
          KeyId: `alias/sealroot-${STAGE}-preseed-seal`,
          CiphertextBlob: sealed,
          EncryptionContext: { app: APP, stage: STAGE, purpose: 'preseed-message', server, ...more },
        }),
      );
    const roles = cloud.resources.ofType('AWS::IAM::Role').map(({ physicalId }) => physicalId);
    const preseed = roles.find((role) => role.endsWith('-preseed'))!;
    const others = roles.filter((role) => role !== preseed);
    expect(others.length).toBeGreaterThan(7);
    for (const role of others) {
      const answer = await open(cloud.identities.issue(role, 'test')).catch(
        (error: unknown) => (error as Error).name,
      );
      expect([role, answer]).toEqual([role, 'AccessDeniedException']);
    }
    await expect(open(cloud.identities.operator())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const own = cloud.identities.issue(preseed, 'test');
    expect((await open(own)).Plaintext).toHaveLength(32);
    const another = `srv-${'0'.repeat(26)}`;
    await expect(open(own, { server: another })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    await expect(open(own, { purpose: 'other' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a server that is called off', () => {
  it('has no messages any more, registers no instance, and is not listed', async () => {
    server = (await cli('operator', ['preseed', 'create', '--for', 'web-3'])).stdout.trim();
    await cli('operator', ['preseed', 'send', server, 'A=1']);
    expect((await cli('operator', ['preseed', 'withdraw', 'web-3', '--yes'])).exit).toBe(0);
    expect(await status()).toMatchObject({ state: 'withdrawn', messages: [{ state: 'expired' }] });
    const stranger = await launched({ [TAGS.server]: server });
    expect(await stranger.register()).toBe(403);
    const { stdout } = await cli('auditor', ['preseed', 'list', '--json']);
    const listed = (JSON.parse(stdout) as { servers: Server[] }).servers.map((each) => each.for);
    // The first one was contested again by a replay, so it stays until somebody has looked.
    expect(listed.sort()).toEqual(['web-1', 'web-2']);
  });
});
