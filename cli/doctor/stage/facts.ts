import { STACKS, type StackId } from '../../../protocol/names.ts';
import type { Account, Build, StackState } from '../aws/account.ts';
import { assembledTemplates } from './assembly.ts';
import { planOf, type Plan, type Templates } from './plan.ts';
import { zonesOf, type Zones } from './zones.ts';

/** Facts that several checks build on; each is found out once. */
export interface StageFacts {
  /** State by stack; only those that there are. */
  stacks(): Promise<ReadonlyMap<StackId, StackState>>;
  /** Origin of the stage's templates; undefined when there are none. */
  source(): Promise<string | undefined>;
  plan(): Promise<Plan | undefined>;
  /** Zones of the plan; undefined without one. */
  zones(): Promise<Zones | undefined>;
  builds(): Promise<readonly Build[] | undefined>;
}

/**
 * @param assemblies directories that may hold what `cdk synth` wrote; the first that has the stage counts.
 * @param deployed whether the templates that are deployed go before those.
 */
export function stageFacts(
  account: Account,
  stage: string,
  assemblies: readonly string[],
  deployed: boolean,
): StageFacts {
  const stacks = once(async () => {
    const states = await Promise.all(STACKS.map(async (id) => [id, await account.stack(id)] as const));
    return new Map(states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const])));
  });
  const templates = once(async () => {
    const found = deployed ? await deployedTemplates(account) : undefined;
    if (found !== undefined) return { source: 'deployed', templates: found };
    for (const directory of assemblies) {
      const synthesized = assembledTemplates(directory, stage);
      if (synthesized !== undefined) return { source: directory, templates: synthesized };
    }
    return undefined;
  });
  const plan = once(async () => {
    const found = await templates();
    return found && planOf(stage, found.templates);
  });
  return {
    stacks,
    source: async () => (await templates())?.source,
    plan,
    zones: once(async () => {
      const known = await plan();
      return known && zonesOf(known, account);
    }),
    builds: once(() => account.builds()),
  };
}

const PLANNED = ['Network', 'Image', 'Fleet'] as const satisfies readonly StackId[];

/** Templates as they are deployed; undefined unless all are there: half of a stage says nothing of the rest. */
async function deployedTemplates(account: Account): Promise<Templates | undefined> {
  const found = await Promise.all(PLANNED.map(async (id) => [id, await account.template(id)] as const));
  return found.some(([, template]) => template === undefined) ? undefined : Object.fromEntries(found);
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= find());
}
