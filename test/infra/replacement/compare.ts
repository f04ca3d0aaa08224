import type { Identities, Identity } from './identities.ts';

interface ResourceName {
  readonly stack: string;
  readonly logicalId: string;
}

type Placed = ResourceName & Identity;

/** Resources of `now` that `before` does not know: nothing can be said of their next change. */
export function newcomers(before: Identities, now: Identities): string[] {
  return placed(now)
    .filter(({ stack, logicalId }) => before[stack]?.[logicalId] === undefined)
    .map(({ stack, logicalId, type }) => `${stack}: ${logicalId} (${type})`);
}

/** Faults and losses of a deployment of `now` over `before`; one sentence each. */
export function replacements(before: Identities, now: Identities): string[] {
  return placed(before).flatMap((old) => {
    const current = now[old.stack]?.[old.logicalId];
    if (current === undefined) return disappearance(old, now);
    const where = `${old.stack}: ${old.logicalId} (${old.type})`;
    if (current.type !== old.type)
      return [`${where} becomes a ${current.type}: CloudFormation refuses to change a resource's type`];
    return [...withdrawn(where, old, current), ...change(where, old, current, before)];
  });
}

const placed = (identities: Identities): Placed[] =>
  Object.entries(identities).flatMap(([stack, resources]) =>
    Object.entries(resources).map(([logicalId, identity]) => ({ stack, logicalId, ...identity })),
  );

/** A new resource is made before an old one is deleted, and stacks are deployed one after the other. */
function disappearance(old: Placed, now: Identities): string[] {
  const where = `${old.stack}: ${old.logicalId} (${old.type})`;
  const lost = old.stateful
    ? [`${where} is gone: its data stays behind, and what takes its place is empty. Keep the logical id`]
    : [];
  const heir = placed(now).find(
    (one) => one.type === old.type && sameName(one, old) && isElsewhere(one, old),
  );
  const collision =
    heir === undefined
      ? []
      : [
          `${where} becomes ${heir.stack}: ${heir.logicalId} under the name ${nameOf(old)}, which the old one still has when it is made. Keep the logical id, or change the name`,
        ];
  return [...lost, ...collision, ...withdrawn(where, old, {})];
}

const isElsewhere = (one: ResourceName, other: ResourceName): boolean =>
  one.stack !== other.stack || one.logicalId !== other.logicalId;

const sameName = (one: Identity, other: Identity): boolean =>
  one.named !== undefined && JSON.stringify(one.named) === JSON.stringify(other.named);

const nameOf = ({ named = {} }: Identity): string => Object.values(named).join(' ');

/** Exports that other stacks were deployed with. */
function withdrawn(where: string, old: Identity, { exported = [] }: Partial<Identity>): string[] {
  return (old.exported ?? [])
    .filter((name) => !exported.includes(name))
    .map((name) => `${where} is no longer exported as ${name}, which deployed stacks may still import`);
}

/** Of one resource: what its changed properties replace, and why that cannot be. */
function change(where: string, old: Placed, current: Identity, before: Identities): string[] {
  const changes = differences(old.createOnly, current.createOnly);
  const renamed = differences(old.named, current.named);
  if (changes.length + renamed.length === 0) return [];
  const what = `${where} is replaced, since ${[...renamed, ...changes].join(' and ')}`;
  const dependents = placed(before).filter((one) => one.stack === old.stack && refersTo(one, old.logicalId));
  return [
    ...(old.named !== undefined && renamed.length === 0
      ? [
          `${what}; the new one cannot have the name ${nameOf(old)} while the old one stands. Change the name with it`,
        ]
      : []),
    ...(old.exported ?? []).map(
      (name) =>
        `${what}; its id is the export ${name}, which CloudFormation refuses to change while it is in use`,
    ),
    ...(old.baked ?? []).map((name) => `${what}; images that were built with ${name} know the old one alone`),
    ...(old.stateful ? [`${what}; the new one is empty`] : []),
    ...dependents.map(
      (one) => `${what}; with it ${one.logicalId} (${one.type}) is replaced, which refers to it`,
    ),
  ];
}

const refersTo = ({ createOnly = {} }: Identity, logicalId: string): boolean =>
  Object.values(createOnly).some(
    (value) => value.includes(`<${logicalId}>`) || value.includes(`<${logicalId}.`),
  );

function differences(
  before: Readonly<Record<string, string>> = {},
  now: Readonly<Record<string, string>> = {},
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} changes from ${before[name] ?? 'nothing'} to ${now[name] ?? 'nothing'}`);
}
