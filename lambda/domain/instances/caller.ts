import { isInstanceId } from '../../../protocol/fields.ts';
import type { CallerIdentity } from '../../platform/ports/api.ts';
import { refused, type InstanceRefusal, type Refused } from './outcome.ts';
import type { InstanceSettings } from './settings.ts';

/** An instance that asks. */
export interface Caller {
  readonly kind: 'caller';
  readonly instance: string;
  readonly role: string;
  readonly account: string;
  readonly partition: string;
  /** Private address that the request came from. */
  readonly address: string;
}

const ASSUMED_ROLE = /^arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role\/([^/]+)\/([^/]+)$/;

/**
 * Identifies the instance that signed a request. Only `ec2.amazonaws.com` can assume the roles of instances, and it names
 * the session after the instance.
 */
export function identifyCaller(
  identity: CallerIdentity,
  settings: InstanceSettings,
): Caller | Refused<InstanceRefusal> {
  const [, partition = '', account = '', role = '', session = ''] =
    ASSUMED_ROLE.exec(identity.userArn ?? '') ?? [];
  if (!isInstanceId(session)) return refused('not-an-instance');
  if (account !== identity.accountId) return refused('account');
  if (!settings.instanceRoles.includes(role)) return refused('role');
  const { vpcEndpointId, vpcId } = settings;
  if (identity.vpceId !== vpcEndpointId || identity.vpcId !== vpcId) return refused('endpoint');
  return { kind: 'caller', instance: session, role, account, partition, address: identity.sourceIp };
}
