import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../../../local/engine/contracts/policy.ts';
import { evaluate } from '../../../local/services/iam/evaluation/policy.ts';
import { ACCOUNT } from './deployed.ts';

export interface Caller {
  /** Of the user, or of the session of a role. */
  readonly arn: string;
  /** Name by which a policy knows the caller: the same for a user, the role's for its session. */
  readonly identityArn: string;
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  /** Condition keys of the credentials. */
  readonly context: Readonly<Record<string, string>>;
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly resourcePolicy?: PolicyDocument | undefined;
}

/** Whether a request is allowed. */
export type Judge = (caller: Caller, request: Request) => Promise<boolean>;

const contextOf = (caller: Caller, request: Request): Record<string, string | string[]> => ({
  'aws:PrincipalArn': caller.identityArn,
  'aws:PrincipalAccount': ACCOUNT,
  ...caller.context,
  ...request.context,
});

/** A simulator that others wrote. It must understand every policy, and every condition key must be one that the action has. */
export const simulator: Judge = async (caller, request) => {
  const named = (policies: readonly PolicyDocument[]) =>
    policies.map((policy, index) => ({ name: `policy ${index}`, policy }));
  const { boundary } = caller;
  const result = await runSimulation(
    {
      request: {
        principal: caller.arn,
        action: request.action,
        resource: { resource: request.resource, accountId: ACCOUNT },
        contextVariables: contextOf(caller, request),
      },
      identityPolicies: named(caller.identity),
      ...(boundary === undefined ? {} : { permissionBoundaryPolicies: named([boundary]) }),
      ...(request.resourcePolicy === undefined ? {} : { resourcePolicy: request.resourcePolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (result.resultType !== 'single') {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result)}`);
  }
  const ignored = (result.result.ignoredContextKeys ?? []).filter((key) => key in (request.context ?? {}));
  if (ignored.length > 0) throw new Error(`${request.action} has no ${ignored.join()}`);
  return result.overallResult === 'Allowed';
};

/** Keys and roles are open only to whom their own policy lets in; with other resources either side may allow. */
const OWN_POLICY_DECIDES = /^(kms:|sts:AssumeRole$)/;

/** The evaluator of the local cloud. */
export const localCloud: Judge = async (caller, request) => {
  const warn = (line: string): never => {
    throw new Error(line);
  };
  const { action, resource, resourcePolicy } = request;
  const access = { action, resource, context: contextOf(caller, request) };
  const named = { arns: [caller.arn, caller.identityArn], account: ACCOUNT };
  const byIdentity = evaluate(caller.identity, access, warn);
  const byBoundary = caller.boundary === undefined ? 'allow' : evaluate([caller.boundary], access, warn);
  const byResource = resourcePolicy === undefined ? 'none' : evaluate([resourcePolicy], access, warn, named);
  if ([byIdentity, byBoundary, byResource].includes('deny')) return false;
  const allowed = byIdentity === 'allow' && byBoundary === 'allow';
  if (!OWN_POLICY_DECIDES.test(action)) return allowed || byResource === 'allow';
  // Rights that a key's policy gives to a role need the role's boundary too.
  return byBoundary === 'allow' && (byResource === 'allow' || (byResource === 'delegated' && allowed));
};

/** Public parameters belong to no account; the simulator's catalogue has none of them. */
const isPublicParameter = ({ resource }: Request): boolean =>
  /^arn:[\w-]+:ssm:[\w-]+::parameter\//.test(resource);

/** @throws Error when the judges disagree: then one of them, or this test, is wrong about IAM. */
export const bothJudges: Judge = async (caller, request) => {
  if (isPublicParameter(request)) return localCloud(caller, request);
  const [simulated, local] = await Promise.all([simulator(caller, request), localCloud(caller, request)]);
  if (simulated === local) return simulated;
  throw new Error(
    `${request.action} on ${request.resource} by ${caller.arn}: the simulator says ${simulated}, the local cloud ${local}`,
  );
};
