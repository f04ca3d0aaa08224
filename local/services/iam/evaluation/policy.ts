import type { Access, PolicyDocument, Statement, Verdict } from '../../../engine/contracts/policy.ts';
import { holds, toStrings } from './conditions.ts';
import { lookupIn, matches, type Lookup } from './patterns.ts';

/** The caller under every name that a resource policy may use. */
export interface NamedPrincipal {
  /** ARNs under which a statement may name the caller: the session's, the role's or user's. */
  readonly arns: readonly string[];
  readonly account: string;
  /** Name of an AWS service that calls for itself, such as `apigateway.amazonaws.com`. */
  readonly service?: string;
}

type Warn = (line: string) => void;

/**
 * Evaluates policies the way IAM does: an explicit deny wins, and without an allow nothing is allowed
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). What is not understood
 * neither allows nor lifts a deny, and is said loudly.
 *
 * @param principal given for policies of resources and endpoints, whose statements name principals.
 */
export function evaluate(
  policies: readonly PolicyDocument[],
  access: Access,
  warn: Warn,
  principal?: NamedPrincipal,
): Verdict {
  const lookup = lookupIn(access.context);
  let verdict = 'none' as Verdict;
  for (const statement of policies.flatMap(statements)) {
    const named = principal === undefined ? 'named' : names(statement, principal);
    if (named === 'no') continue;
    const denies = statement.Effect !== 'Allow';
    if (!concerns(statement, access, lookup)) continue;
    if (!conditionHolds(statement, lookup, denies, warn)) continue;
    if (denies) return 'deny';
    verdict = named === 'account' && verdict !== 'allow' ? 'delegated' : 'allow';
  }
  return verdict;
}

function statements({ Statement = [] }: PolicyDocument): readonly Statement[] {
  return Array.isArray(Statement) ? (Statement as readonly Statement[]) : [Statement as Statement];
}

function concerns(statement: Statement, { action, resource }: Access, lookup: Lookup): boolean {
  // Actions are compared without regard to case and know no variables.
  const isAction = (pattern: string): boolean =>
    matches(pattern.toLowerCase(), action.toLowerCase(), () => undefined);
  const isResource = (pattern: string): boolean => matches(pattern, resource, lookup);
  const { Action, NotAction, Resource, NotResource } = statement;
  const byAction =
    NotAction === undefined ? toStrings(Action ?? []).some(isAction) : !toStrings(NotAction).some(isAction);
  // Trust policies have no resource: the role that carries them is meant.
  const byResource =
    NotResource === undefined
      ? Resource === undefined || toStrings(Resource).some(isResource)
      : !toStrings(NotResource).some(isResource);
  return byAction && byResource;
}

function conditionHolds(statement: Statement, lookup: Lookup, denies: boolean, warn: Warn): boolean {
  const result = holds(statement.Condition ?? {}, lookup);
  if (result !== undefined) return result;
  warn(
    `POLICY NOT UNDERSTOOD: operators ${Object.keys(statement.Condition ?? {}).join(', ')} in statement ` +
      `${statement.Sid ?? '(no Sid)'}; it is taken ${denies ? 'to deny' : 'not to allow'}`,
  );
  return denies;
}

/** Whether a statement's `Principal` means the caller by name, through its account, or not at all. */
function names(statement: Statement, principal: NamedPrincipal): 'named' | 'account' | 'no' {
  // NotPrincipal is read on the safe side: an Allow with it names nobody, a Deny everybody.
  if (statement.NotPrincipal !== undefined) return statement.Effect === 'Allow' ? 'no' : 'named';
  if (statement.Principal === '*') return 'named';
  const { AWS, Service } = (statement.Principal ?? {}) as { AWS?: unknown; Service?: unknown };
  if (principal.service !== undefined) {
    return toStrings(Service ?? []).includes(principal.service) ? 'named' : 'no';
  }
  const wanted = toStrings(AWS ?? []);
  if (wanted.includes('*') || principal.arns.some((arn) => wanted.includes(arn))) return 'named';
  const root = `arn:aws:iam::${principal.account}:root`;
  if (!wanted.includes(root) && !wanted.includes(principal.account)) return 'no';
  // A deny for the account is a deny for everybody in it.
  return statement.Effect === 'Allow' ? 'account' : 'named';
}
