import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from '../world/memory-table.ts';
import { Machine, type Disk } from '../world/machine.ts';
import { KeyserverWorld } from '../world/keyserver-world.ts';

/** One way for a boot to go. */
type Step =
  | { readonly kind: 'boot' }
  /** The keyserver answered, and power failed before anything was written. */
  | { readonly kind: 'cut-before-write' }
  /** Power failed after the new ticket was written, and before `ready`. */
  | { readonly kind: 'cut-after-write' }
  /** A call of the keyserver to its table failed, or worked and its answer was lost. */
  | { readonly kind: 'fault'; readonly call: number; readonly fault: Fault }
  /** The same boot asks again and takes the later answer. */
  | { readonly kind: 'asked-twice' }
  | { readonly kind: 'time'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ kind: 'boot' }),
  fc.constant<Step>({ kind: 'cut-before-write' }),
  fc.constant<Step>({ kind: 'cut-after-write' }),
  fc.constant<Step>({ kind: 'asked-twice' }),
  fc.record({
    kind: fc.constant('fault' as const),
    call: fc.nat(6),
    fault: fc.constantFrom<Fault>('lost-request', 'lost-answer'),
  }),
  fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(5000) }),
);

async function take(world: KeyserverWorld, machine: Machine, { ...step }: Step): Promise<void> {
  if (step.kind === 'time') world.now += step.seconds;
  else if (step.kind === 'boot') await machine.boot();
  else if (step.kind === 'fault') await faulty(world, machine, step.call, step.fault);
  else {
    machine.restart();
    let release = await machine.release();
    if (step.kind === 'asked-twice') release = await machine.release();
    if (!('envelope' in release)) throw new Error(release.result.body);
    if (step.kind !== 'cut-before-write') machine.apply(release.envelope);
    if (step.kind === 'asked-twice' && release.envelope.header === undefined) await machine.ready();
  }
}

async function faulty(world: KeyserverWorld, machine: Machine, at: number, fault: Fault): Promise<void> {
  let call = 0;
  world.table.fault = () => (call++ === at ? fault : undefined);
  await machine.boot().catch(() => undefined);
  world.table.fault = undefined;
}

const runs = { numRuns: 25 };

describe('when boots fail at any point, in any order', () => {
  it('the machine comes up with the same volume at the next undisturbed boot, and nobody has to approve it', async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const world = new KeyserverWorld();
      const machine = new Machine(world, 1);
      for (const each of steps) await take(world, machine, each);
      const known = machine.disk.luks;
      const luks = await machine.boot();
      if (known !== undefined) expect(luks).toBe(known);
      expect([...world.table.items.keys()].filter((key) => key.startsWith('volume#'))).toEqual([
        `volume#${luks}`,
      ]);
      expect([...world.table.items.keys()].some((key) => key.startsWith('request#'))).toBe(false);
    });
    await fc.assert(property, runs);
  });
});

describe('when the disk is set back', () => {
  it('to before the last boot but one, it is held until a person approves, and then boots for good', async () => {
    const history = fc.record({
      before: fc.nat(4),
      between: fc.integer({ min: 2, max: 12 }),
      cuts: fc.boolean(),
    });
    const property = fc.asyncProperty(history, async ({ before, between, cuts }) => {
      const world = new KeyserverWorld();
      const machine = new Machine(world, 1);
      for (let boot = 0; boot <= before; boot += 1) await machine.boot();
      const copy: Disk = { ...machine.disk };
      for (let boot = 0; boot < between; boot += 1) {
        if (cuts) await take(world, machine, { kind: 'cut-before-write' });
        await machine.boot();
      }
      const latest = { ...machine.disk };
      machine.disk = { ...copy };
      machine.restart();
      const held = await machine.release();
      expect(held.status).toBe(202);
      expect(world.lastAudit?.reason).toMatch(between <= 8 ? /^stale-ticket$/ : /^(stale|unknown)-ticket$/);
      await world.approve('id' in held ? held.id : '');
      const released = await machine.release();
      if ('envelope' in released) machine.apply(released.envelope);
      await machine.boot();
      await machine.boot();
      // And now what had been the latest is the one that is set back.
      machine.disk = latest;
      machine.restart();
      expect((await machine.release()).status).toBe(202);
    });
    await fc.assert(property, runs);
  });

  it('and approved, survives a lost answer and a fault at any call', async () => {
    const faults = fc.record({
      call: fc.nat(4),
      fault: fc.constantFrom<Fault>('lost-request', 'lost-answer'),
    });
    const property = fc.asyncProperty(faults, async ({ call, fault }) => {
      const world = new KeyserverWorld();
      const machine = new Machine(world, 1);
      await machine.boot();
      const copy = { ...machine.disk };
      await machine.boot();
      await machine.boot();
      machine.disk = copy;
      machine.restart();
      const held = await machine.release();
      await world.approve('id' in held ? held.id : '');
      let count = 0;
      world.table.fault = () => (count++ === call ? fault : undefined);
      await machine.release();
      world.table.fault = undefined;
      const first = await machine.release();
      const again = await machine.release();
      if (!('envelope' in first) || !('envelope' in again)) throw new Error('held again');
      expect(again.envelope.ticket).toBe(first.envelope.ticket);
      machine.apply(again.envelope);
      await machine.boot();
    });
    await fc.assert(property, runs);
  });
});
