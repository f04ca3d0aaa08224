import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { called, stageInstances, type Ec2, type Instance } from './instance.ts';
import { InstanceEnded } from './state-reason.ts';

const POLL_MS = 2000;
/** An answer of EC2's may be older than the call before it: a start that went well can still read `stopped` this long. */
const SETTLE_MS = 10_000;

type Target = 'running' | 'stopped' | 'terminated';

/**
 * Waits until every instance has reached `state`, telling each change on the way.
 *
 * @param seconds how long at most.
 * @throws Failure `unavailable` when the time is over. When an instance can no longer get there, `conflict` or what EC2's
 *   reason comes to: `refused` when it may not use the key of a volume.
 */
export async function waitForState(
  session: Session,
  ec2: Ec2,
  ids: readonly string[],
  state: Target,
  seconds: number,
): Promise<Instance[]> {
  const begun = session.context.now();
  const seen = new Map<string, string>();
  for (;;) {
    const instances = (await stageInstances(ec2, session.stage)).filter(({ id }) => ids.includes(id));
    const settled = session.context.now() - begun >= SETTLE_MS;
    for (const instance of instances) {
      const before = seen.get(instance.id);
      if (before !== instance.state) session.note(`${called(instance)} is ${instance.state}`);
      seen.set(instance.id, instance.state);
      if (isLost(instance, state, settled || (before !== undefined && before !== instance.state))) {
        throw lost(session, instance, state);
      }
    }
    // An instance that was just launched may not be listed yet; EC2 is eventually consistent.
    const waiting = ids.filter((id) => seen.get(id) !== state);
    if (waiting.length === 0) return instances;
    if (session.context.now() >= begun + seconds * 1000) {
      throw new Failure(
        'unavailable',
        `After ${seconds} s not yet ${state}: ${waiting.join(', ')}.`,
        `Look again: ${session.suggest('instances')}`,
      );
    }
    await session.context.sleep(POLL_MS);
  }
}

/** @param moved whether what is read now is of after the call */
function isLost({ state }: Instance, target: Target, moved: boolean): boolean {
  if (target === 'terminated') return false;
  if (state === 'terminated' || state === 'shutting-down') return true;
  return target === 'running' && moved && (state === 'stopped' || state === 'stopping');
}

function lost(session: Session, instance: Instance, target: Target): Failure {
  return new InstanceEnded(
    `${called(instance)} is ${instance.state} and will not be ${target}`,
    instance.reason,
    `See why: ${session.suggest(`console ${instance.id}`)}`,
  );
}
