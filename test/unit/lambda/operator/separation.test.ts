import { describe, expect, it } from '@jest/globals';
import type { Launched } from '../../../../lambda/operator/core/deps.ts';
import { mayApprove } from '../../../../lambda/operator/core/separation.ts';
import { parseSeparation } from '../../../../lambda/operator/core/settings.ts';
import { Machine } from '../world/machine.ts';
import { ACCOUNT, KeyserverWorld } from '../world/keyserver-world.ts';

const ID = 'i-00000000000000001';
const USER_ID = 'AROAEXAMPLEEXAMPLE123';
const approver = (session: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/custodian/${session}`;
const launchedBy = (tag: string): Launched => ({
  instance: () => Promise.resolve({ ...FACTS, tags: { Name: 'x', 'sealroot:launched-by': tag } }),
});
const FACTS = { state: 'running', vpc: 'vpc-1', address: '10.0.0.1', image: 'ami-1', profile: '' };

/** An instance that waits for approval, in a stage that holds launching and approving apart. */
async function waiting(launcher?: string) {
  const launchers = new Map(launcher === undefined ? [] : [[ID, launcher]]);
  const world = new KeyserverWorld({ enrolment: 'approve' }, launchers);
  const machine = new Machine(world, 1);
  const held = await machine.release();
  return { world, machine, id: 'id' in held ? held.id : '' };
}

describe('when who approves may not be who launched', () => {
  it('lets another person approve', async () => {
    const { world, machine, id } = await waiting(`${USER_ID}:grace`);
    expect((await world.approve(id)).statusCode).toBe(200);
    expect((await machine.release()).status).toBe(200);
  });

  it('refuses who launched, says why, and leaves the request as it was', async () => {
    const { world, machine, id } = await waiting(`${USER_ID}:ada`);
    const answer = await world.approve(id);
    expect(answer.statusCode).toBe(409);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining('another custodian') });
    expect(world.lastAudit).toMatchObject({ action: 'approve', decision: 'conflict', pending: id });
    expect((await machine.release()).status).toBe(202);
    expect((await world.deny(id)).statusCode).toBe(200);
  });

  it('refuses everybody when nobody knows who launched', async () => {
    const { world, id } = await waiting();
    const answer = await world.approve(id);
    expect(answer.statusCode).toBe(409);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining('not known') });
  });

  it('lets who launched deny', async () => {
    const { world, id } = await waiting(`${USER_ID}:ada`);
    expect((await world.deny(id)).statusCode).toBe(200);
  });

  it('takes names that differ in case for one person', async () => {
    expect(await mayApprove(launchedBy(`${USER_ID}:Ada`), ID, approver('ada'))).toBeDefined();
  });

  it.each([
    ['a user', 'AIDAEXAMPLEEXAMPLE123'],
    ['an ARN, as any user may write one', approver('grace')],
    ['nobody', `${USER_ID}:`],
    ['two people', `${USER_ID}:grace:ada`],
    ['an empty tag', ''],
  ])('does not take %s for a launcher', async (_, tag) => {
    expect(await mayApprove(launchedBy(tag), ID, approver('ada'))).toMatchObject({ kind: 'conflict' });
  });

  it('does not take an instance that is gone, or has no such tag, for launched by another', async () => {
    const gone = { instance: () => Promise.resolve(undefined) };
    expect(await mayApprove(gone, ID, approver('ada'))).toMatchObject({ kind: 'conflict' });
    const untagged = { instance: () => Promise.resolve({ ...FACTS, tags: {} }) };
    expect(await mayApprove(untagged, ID, approver('ada'))).toMatchObject({ kind: 'conflict' });
  });

  it.each([`arn:aws:iam::${ACCOUNT}:user/ada`, `arn:aws:iam::${ACCOUNT}:root`, ''])(
    'refuses %p, who has no session',
    async (by) => {
      const known = launchedBy(`${USER_ID}:grace`);
      expect(await mayApprove(known, ID, by)).toMatchObject({ kind: 'conflict' });
    },
  );

  it('does not approve when EC2 gives no answer', async () => {
    const silent = { instance: () => Promise.reject(new Error('no answer')) };
    await expect(mayApprove(silent, ID, approver('ada'))).rejects.toThrow('no answer');
  });
});

describe('when nobody is to be held apart', () => {
  it('asks nobody who launched', async () => {
    expect(await mayApprove(undefined, ID, approver('ada'))).toBeUndefined();
  });
});

describe('the setting', () => {
  it('is on, off, or an error', () => {
    expect(parseSeparation('required')).toBe(true);
    expect(parseSeparation('none')).toBe(false);
    expect(() => parseSeparation('true')).toThrow('not a separation of duties');
  });
});
