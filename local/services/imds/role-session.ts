import type { Credentials, ServiceSessions } from '../../engine/contracts/identity.ts';
import type { AccountRegion } from '../../engine/contracts/resources.ts';
import type { InstanceSource } from '../../engine/contracts/services.ts';

/** EC2 gives sessions of six hours and puts new ones up at least five minutes before the old ones end. */
const SESSION_SECONDS = 6 * 3600;
const RENEW_BEFORE_MS = 15 * 60 * 1000;

/**
 * The credentials of an instance's role, renewed as they run out. Named after the instance, and marked with where it runs, as
 * EC2 does it (the context keys `ec2:SourceInstanceArn` and `aws:Ec2InstanceSource*`).
 *
 * @param now milliseconds since the epoch.
 */
export function roleSession(
  { account, region, sessions }: AccountRegion & { readonly sessions: ServiceSessions },
  role: string,
  source: InstanceSource,
  now: () => number = Date.now,
): () => Credentials {
  let current: Credentials | undefined;
  return () => {
    const left = (current?.expiration?.getTime() ?? 0) - now();
    if (current !== undefined && left > RENEW_BEFORE_MS) return current;
    current = sessions.issueToService('ec2.amazonaws.com', role, source.instanceId, {
      durationSeconds: SESSION_SECONDS,
      context: {
        'ec2:SourceInstanceArn': `arn:aws:ec2:${region}:${account}:instance/${source.instanceId}`,
        'ec2:RoleDelivery': '2.0',
        'aws:Ec2InstanceSourceVpc': source.vpcId,
        'aws:Ec2InstanceSourcePrivateIPv4': source.privateIp,
      },
    });
    return current;
  };
}
