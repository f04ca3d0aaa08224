import { isInstanceId } from '../../protocol/fields.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import { stageInstances, type Ec2, type Instance } from './instance.ts';

/**
 * Finds instances by id or Name tag. Only those of the stage can be named, so that a slip of the hand cannot stop
 * somebody else's machine.
 *
 * @throws Failure `not-found`, or `usage` when a name is that of several instances.
 */
export async function selectInstances(
  session: Session,
  ec2: Ec2,
  selectors: readonly string[],
): Promise<Instance[]> {
  const all = await stageInstances(ec2, session.stage);
  const selected = selectors.map((selector) => selectOne(session, all, selector));
  return [...new Map(selected.map((instance) => [instance.id, instance])).values()];
}

function selectOne(session: Session, all: readonly Instance[], selector: string): Instance {
  const matching = isInstanceId(selector)
    ? all.filter((instance) => instance.id === selector)
    : all.filter((instance) => instance.name === selector && instance.state !== 'terminated');
  const [first, second] = matching;
  if (first === undefined) {
    throw new Failure(
      'not-found',
      `Stage ${session.stage} has no instance ${plain(selector)}.`,
      `See which there are: ${session.suggest('instances')}`,
    );
  }
  if (second !== undefined) {
    const ids = matching.map((instance) => `${instance.id}  ${instance.state}`);
    throw new Failure(
      'usage',
      `${matching.length} instances are named ${plain(selector)}.`,
      ['Name one by its id:', ...ids].join('\n  '),
    );
  }
  return first;
}
