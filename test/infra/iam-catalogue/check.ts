import type { Statement } from '../app.ts';
import type { PolicyKind } from '../policy-documents.ts';
import { actionsNamed, type Action } from './catalogue.ts';
import { conditionProblems } from './conditions.ts';
import { isFor, listed, resourcesOf } from './resources.ts';

/** Something that AWS takes without a word, and that then does not mean what it says. */
export interface Problem {
  /** An action, a resource, a condition key or a variable. */
  readonly what: string;
  readonly why: string;
}

/**
 * Holds a statement against AWS's service authorization reference.
 *
 * @param statement with values where its template has references
 */
export async function check(statement: Statement, kind: PolicyKind): Promise<Problem[]> {
  const names = [...listed(statement.Action), ...listed(statement.NotAction)].filter((name) => name !== '*');
  const found = await Promise.all(names.map(async (name) => [name, await actionsNamed(name)] as const));
  const unknown = found.filter(([, actions]) => actions.length === 0);
  const actions = found.flatMap(([, matching]) => matching);
  return [
    ...unknown.map(([name]) => ({ what: name, why: 'AWS has no such action' })),
    ...resourceProblems(statement, kind, actions),
    ...(await conditionProblems(statement, kind, actions)),
  ];
}

/** Each action has a resource that it works on, and each resource an action that works on it. */
function resourceProblems(statement: Statement, kind: PolicyKind, actions: readonly Action[]): Problem[] {
  const resources = resourcesOf(statement, kind);
  if (actions.length === 0 || resources.length === 0 || resources.includes('*')) return [];
  const without = actions.filter(({ resourceTypes }) => !resources.some((one) => isFor(one, resourceTypes)));
  const useless = resources.filter((one) => !actions.some(({ resourceTypes }) => isFor(one, resourceTypes)));
  return [
    ...without.map((action) => ({ what: action.name, why: worksOn(action, resources) })),
    ...useless.map((what) => ({ what, why: 'none of the actions works on such a resource' })),
  ];
}

function worksOn({ resourceTypes }: Action, resources: readonly string[]): string {
  if (resourceTypes.length === 0) return 'takes no resource: only * matches it';
  return `works on ${resourceTypes.map(({ arn }) => arn).join(' or ')}, not on ${resources.join(' or ')}`;
}
