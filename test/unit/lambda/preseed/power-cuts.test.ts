import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from '../world/memory-table.ts';
import { Agent } from '../world/agent.ts';
import { batch, PreseedWorld } from '../world/preseed-world.ts';

/** One thing that happens on the way. */
type Step =
  /** The agent runs, and power fails after an answer. */
  | { readonly kind: 'cut'; readonly answers: number }
  /** A call of the service to its table fails, or works and its answer is lost. */
  | { readonly kind: 'fault'; readonly call: number; readonly fault: Fault }
  | { readonly kind: 'kms-down' }
  | { readonly kind: 'send'; readonly count: number }
  /** The operator's answer was lost, or the service failed on the way, and he repeats it. */
  | { readonly kind: 'send-faulty'; readonly count: number; readonly call: number; readonly fault: Fault };

const fault = fc.constantFrom<Fault>('lost-request', 'lost-answer');
const count = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), answers: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('fault' as const), call: fc.nat(30), fault }),
  fc.constant<Step>({ kind: 'kms-down' }),
  fc.record({ kind: fc.constant('send' as const), count }),
  fc.record({ kind: fc.constant('send-faulty' as const), count, call: fc.nat(10), fault }),
);

class Story {
  readonly world = new PreseedWorld();
  readonly agent = new Agent(this.world, 1);
  /** Messages that operators were told are published, in order. */
  readonly sent: string[] = [];
  #number = 0;

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'cut':
        return this.agent.run(step.answers).catch(() => undefined);
      case 'fault':
        return this.#with(step, () => this.agent.run().catch(() => undefined));
      case 'kms-down':
        this.world.kms.isDown = true;
        await this.agent.run().catch(() => undefined);
        this.world.kms.isDown = false;
        return;
      case 'send':
        return this.#send(step.count);
      case 'send-faulty':
        return this.#send(step.count, step);
    }
  }

  /** Until it is told that it is done, or that it is too late. */
  async #send(count: number, faulty?: { call: number; fault: Fault }): Promise<void> {
    const contents = Array.from({ length: count }, () => `m${String((this.#number += 1))}`);
    const messages = batch(...contents);
    if (faulty !== undefined) {
      await this.#with(faulty, async () => {
        await this.world.operator('sendMessages', messages);
      });
    }
    const { statusCode } = await this.world.operator('sendMessages', messages);
    expect([200, 409]).toContain(statusCode);
    if (statusCode === 200) this.sent.push(...contents);
  }

  async #with({ call, fault }: { call: number; fault: Fault }, act: () => Promise<void>): Promise<void> {
    let calls = 0;
    this.world.table.fault = () => (calls++ === call ? fault : undefined);
    await act();
    this.world.table.fault = undefined;
  }

  get applied(): (string | undefined)[] {
    return this.agent.applied.map(({ message }) =>
      message.type === 'inithooks' ? message.values['APP_PASS'] : '',
    );
  }
}

describe('when anything fails at any point, in any order', () => {
  it('what was published is applied once and in order, and nothing secret is left', async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      const story = new Story();
      const { world, agent } = story;
      await world.create();
      for (const each of steps) await story.take(each);
      await agent.run();
      expect(story.applied).toEqual(story.sent);
      const { state, contested, messages = [] } = await world.show();
      expect([state, contested]).toEqual(['finished', false]);
      expect(messages.filter((each) => each.state !== 'applied')).toEqual([]);
      for (const item of world.table.items.values()) {
        for (const member of ['secret', 'body', 'binding']) expect(item).not.toHaveProperty(member);
      }
      expect(world.alarms).toEqual([]);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

describe('when a registration is disturbed at every call in turn', () => {
  it.each(['lost-request', 'lost-answer'] as const)(
    'by a %s, the next try has the same secret',
    async (fault) => {
      for (let at = 0; at < 12; at += 1) {
        const world = new PreseedWorld();
        await world.create();
        const agent = new Agent(world, 1);
        let calls = 0;
        world.table.fault = () => (calls++ === at ? fault : undefined);
        await agent.register();
        world.table.fault = undefined;
        const first = agent.memory.secret;
        expect((await agent.register()).statusCode).toBe(200);
        if (first !== undefined) expect(agent.memory.secret).toEqual(first);
        expect(world.alarms).toEqual([]);
      }
    },
  );
});
