import type { Credentials, Ec2Context, InstanceSource } from '../../engine/contracts.ts';

/** EC2 gives sessions of six hours and puts new ones up at least five minutes before the old ones end. */
const SESSION_SECONDS = 6 * 3600;
const RENEW_BEFORE_MS = 15 * 60 * 1000;

/**
 * The credentials of an instance's role, renewed as they run out. Named after the instance, and marked with where it runs, as
 * EC2 does it (the context keys `ec2:SourceInstanceArn` and `aws:Ec2InstanceSource*`).
 */
export function roleSession(
  context: Pick<Ec2Context, 'account' | 'identities' | 'region' | 'resources'>,
  role: string,
  source: InstanceSource,
  now: () => number = Date.now,
): () => Credentials {
  let current: Credentials | undefined;
  return () => {
    const left = (current?.expiration?.getTime() ?? 0) - now();
    if (current !== undefined && left > RENEW_BEFORE_MS) return current;
    requireTrust(context, role);
    current = context.identities.issue(role, source.instanceId, {
      durationSeconds: SESSION_SECONDS,
      context: {
        'ec2:SourceInstanceArn': `arn:aws:ec2:${context.region}:${context.account}:instance/${source.instanceId}`,
        'ec2:RoleDelivery': '2.0',
        'aws:Ec2InstanceSourceVpc': source.vpcId,
        'aws:Ec2InstanceSourcePrivateIPv4': source.privateIp,
      },
    });
    return current;
  };
}

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: { readonly Service?: string | readonly string[] };
}

/** EC2 can only hand out a role that trusts it. */
function requireTrust({ resources }: Pick<Ec2Context, 'resources'>, role: string): void {
  const document = resources.byPhysicalId(role)?.properties['AssumeRolePolicyDocument'] as
    { readonly Statement?: Statement | readonly Statement[] } | undefined;
  const trusted = [document?.Statement ?? []]
    .flat()
    .some(
      ({ Effect, Action, Principal }) =>
        Effect === 'Allow' &&
        [Action ?? []].flat().includes('sts:AssumeRole') &&
        [Principal?.Service ?? []].flat().some((service) => /^ec2\.amazonaws\.com(\.cn)?$/.test(service)),
    );
  if (!trusted) throw new Error(`role ${role} does not trust ec2.amazonaws.com`);
}
