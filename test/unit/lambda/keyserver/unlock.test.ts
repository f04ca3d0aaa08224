import { describe, expect, it } from '@jest/globals';
import type { VolumeItem } from '../../../../lambda/domain/volumes/items.ts';
import { Machine } from '../world/machine.ts';
import { KeyserverWorld, type From } from '../world/keyserver-world.ts';

async function enrolled(policy = {}) {
  const world = new KeyserverWorld(policy);
  const machine = new Machine(world, 1);
  const luks = await machine.boot();
  return { world, machine, luks };
}

describe('when an enrolled instance boots', () => {
  it('costs one KMS call and at most two of the table, and none of EC2', async () => {
    const { world, machine } = await enrolled();
    for (let boot = 0; boot < 3; boot += 1) {
      world.kms.calls.length = 0;
      world.table.calls.length = 0;
      world.ec2Calls = 0;
      await machine.boot();
      expect(world.kms.calls).toEqual(['unseal']);
      expect(world.table.calls).toEqual(boot === 0 ? ['read'] : ['read', 'change']);
      expect(world.ec2Calls).toBe(0);
    }
  });

  it('gets the key it was formatted with, the digest of its header, and nothing to format with', async () => {
    const { machine } = await enrolled();
    const release = await machine.release();
    expect(release).toMatchObject({
      envelope: { state: 'active', header: machine.disk.header, keys: [machine.disk.key] },
    });
    expect(release).not.toHaveProperty('envelope.recovery');
  });

  it('is handed the same next ticket until it uses it', async () => {
    const { machine } = await enrolled();
    const answers = [await machine.release(), await machine.release()];
    const tickets = answers.map((answer) => ('envelope' in answer ? answer.envelope.ticket : ''));
    expect(tickets[0]).toBe(tickets[1]);
    expect(tickets[0]).not.toBe(machine.disk.ticket);
  });

  it('signs with one delegated key as long as that lasts', async () => {
    const { world, machine } = await enrolled();
    world.kms.calls.length = 0;
    world.now += 2999;
    await machine.boot();
    expect(world.kms.calls).not.toContain('sign');
    world.now += 2;
    await machine.boot();
    expect(world.kms.calls.filter((call) => call === 'sign')).toHaveLength(1);
  });
});

describe('when the same boot is asked for twice at the moment the ticket changes', () => {
  it('answers both alike, whoever wins the write', async () => {
    const { machine } = await enrolled();
    await machine.boot();
    const answers = await Promise.all([machine.release(), machine.release()]);
    const tickets = answers.map((answer) => ('envelope' in answer ? answer.envelope.ticket : ''));
    expect(tickets[0]).toBe(tickets[1]);
    expect(tickets[0]).not.toBe('');
  });

  it('does not release when the volume is revoked between the read and the write', async () => {
    const { world, machine, luks } = await enrolled();
    await machine.boot();
    world.table.beforeWrite = async (key) => {
      world.table.beforeWrite = undefined;
      if (key === `volume#${luks}`) await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    };
    expect((await machine.release()).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('revoked');
  });
});

describe('when an ordinary process uses the role of the instance', () => {
  it('gets no key without the ticket', async () => {
    const { world, machine } = await enrolled();
    const answer = await machine.release({ ticket: undefined, sealed: undefined });
    expect(answer.status).toBe(202);
    expect(world.lastAudit?.reason).toBe('no-ticket');
  });

  it('gets no key with a ticket of its own making, and does not hinder the next boot', async () => {
    const { world, machine, luks } = await enrolled();
    const ticket = Buffer.alloc(32, 7).toString('base64url');
    expect((await machine.release({ ticket })).status).toBe(202);
    expect(world.lastAudit?.reason).toBe('unknown-ticket');
    expect(await machine.boot()).toBe(luks);
  });

  it('cannot have an approval that was meant for the boot that waits', async () => {
    const { world, machine } = await enrolled();
    const intruder = new Machine(world, 1);
    intruder.disk = { ...machine.disk, ticket: undefined };
    const waiting = await machine.release({ ticket: undefined });
    await world.approve('id' in waiting ? waiting.id : '');
    expect((await intruder.release()).status).toBe(202);
    expect((await machine.release({ ticket: undefined })).status).toBe(200);
  });
});

describe('when a request is refused', () => {
  const strange: [string, Partial<From>, object][] = [
    ['not-an-instance', { userArn: 'arn:aws:iam::111122223333:user/eve' }, {}],
    ['not-an-instance', { userArn: 'arn:aws:sts::111122223333:assumed-role/fleet/eve' }, {}],
    ['account', { userArn: 'arn:aws:sts::999999999999:assumed-role/fleet/i-00000000000000001' }, {}],
    ['role', { userArn: 'arn:aws:sts::111122223333:assumed-role/other/i-00000000000000001' }, {}],
    ['endpoint', { vpceId: 'vpce-2' }, {}],
    ['endpoint', { vpcId: 'vpc-2' }, {}],
    ['address', { sourceIp: '10.0.0.77' }, {}],
    ['volume-name', {}, { volume: 'data-x' }],
    ['unknown-volume', {}, { luks: '00000000-0000-4000-8000-000000000000', sealed: undefined }],
    ['unsealable', {}, { luks: '00000000-0000-4000-8000-000000000000' }],
  ];

  it.each(strange)('says nothing of why (%s) and writes it down', async (reason, from, over) => {
    const { world, machine } = await enrolled();
    const answer = await machine.release(over, { ...machine.from, ...from });
    expect(world.lastAudit).toMatchObject({ decision: 'refused', reason });
    const { request = '' } = world.lastAudit ?? {};
    expect('result' in answer ? answer.result : undefined).toEqual({
      statusCode: 403,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ code: 'refused', request }),
    });
  });

  it('says the same to a revoked volume as to a stranger', async () => {
    const { world, machine, luks } = await enrolled();
    await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks }, { reason: 'lost' });
    const answer = await machine.release();
    const { request = '' } = world.lastAudit ?? {};
    expect('result' in answer ? answer.result.body : '').toBe(JSON.stringify({ code: 'refused', request }));
    expect((await machine.ready()) as object).toMatchObject({ statusCode: 403 });
    await world.operatorApi('POST', '/v1/volumes/{luks}/restore', { luks });
    expect(await machine.boot()).toBe(luks);
  });

  it('holds nothing for approval where the policy says so', async () => {
    const { world, machine } = await enrolled({ ticket: 'refuse', moved: 'refuse' });
    expect((await machine.release({ ticket: undefined })).status).toBe(403);
    const other = new Machine(world, 2);
    other.disk = { ...machine.disk };
    expect((await other.release()).status).toBe(403);
    expect([...world.table.items.keys()].some((key) => key.startsWith('request#'))).toBe(false);
  });
});

describe('when a dependency is down', () => {
  it('asks the instance to come again, and changes nothing', async () => {
    const { world, machine, luks } = await enrolled();
    await machine.boot();
    const before = structuredClone(world.table.items.get(`volume#${luks}`));
    world.kms.isDown = true;
    expect(await machine.release()).toMatchObject({
      status: 503,
      result: { headers: { 'retry-after': '5' } },
    });
    expect(world.table.items.get(`volume#${luks}`)).toEqual(before);
    world.kms.isDown = false;
    expect(await machine.boot()).toBe(luks);
  });

  it('refuses, and does not crash, when KMS says that the key was sealed for something else', async () => {
    const { world, machine, luks } = await enrolled();
    const item = world.table.items.get(`volume#${luks}`) as unknown as VolumeItem;
    world.table.items.set(`volume#${luks}`, { ...item, sealed: 'AAAA' });
    expect((await machine.release()).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('unsealable');
  });
});
