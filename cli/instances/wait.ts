import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { called, stageInstances, type Ec2, type Instance } from './instance.ts';

const POLL_MS = 2000;

/**
 * Waits until every instance has reached `state`, telling each change on the way.
 *
 * @param seconds how long at most.
 * @throws Failure `unavailable` when the time is over, `conflict` when an instance can no longer get there.
 */
export async function waitForState(
  session: Session,
  ec2: Ec2,
  ids: readonly string[],
  state: 'running' | 'stopped' | 'terminated',
  seconds: number,
): Promise<Instance[]> {
  const end = session.context.now() + seconds * 1000;
  const seen = new Map<string, string>();
  for (;;) {
    const instances = (await stageInstances(ec2, session.stage)).filter(({ id }) => ids.includes(id));
    for (const instance of instances) {
      if (seen.get(instance.id) !== instance.state) session.note(`${called(instance)} is ${instance.state}`);
      seen.set(instance.id, instance.state);
    }
    // An instance that was just launched may not be listed yet; EC2 is eventually consistent.
    const waiting = ids.filter((id) => seen.get(id) !== state);
    if (waiting.length === 0) return instances;
    const lost = waiting.find((id) => state !== 'terminated' && seen.get(id) === 'terminated');
    if (lost !== undefined) {
      throw new Failure(
        'conflict',
        `${lost} has been terminated and will not be ${state}.`,
        `See why: ${session.suggest(`console ${lost}`)}`,
      );
    }
    if (session.context.now() >= end) {
      throw new Failure(
        'unavailable',
        `After ${seconds} s not yet ${state}: ${waiting.join(', ')}.`,
        `Look again: ${session.suggest('instances')}`,
      );
    }
    await session.context.sleep(POLL_MS);
  }
}
