import { AwsError } from '../../engine/contracts/errors.ts';
import type { ConditionContext, Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { AccountRegion } from '../../engine/contracts/resources.ts';
import type { KeyUse, VolumeKeyCall, VolumeKeys } from '../../engine/contracts/services.ts';
import { requireKeyAccess } from './access.ts';
import { EBS_ALIAS } from './account-keys.ts';
import type { KmsKey, KmsKeys } from './keys.ts';

/**
 * Judges what EC2 asks of KMS for encrypted volumes, in the name of its caller: a forward access session, with the
 * caller's rights and the name of the service (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html).
 */
export class KmsVolumeKeys implements VolumeKeys {
  readonly defaultKeyArn: string;
  private readonly keys: KmsKeys;
  private readonly authorizer: Authorizer;
  private readonly home: AccountRegion;

  constructor(keys: KmsKeys, authorizer: Authorizer, home: AccountRegion) {
    this.keys = keys;
    this.authorizer = authorizer;
    this.home = home;
    this.defaultKeyArn = keys.find(EBS_ALIAS).arn;
  }

  arnOf(reference: string): string | undefined {
    return this.find(reference)?.arn;
  }

  use(principal: Principal, call: VolumeKeyCall): KeyUse {
    const key = this.find(call.key);
    if (key?.enabled !== true || key.spec !== 'SYMMETRIC_DEFAULT') return 'unusable';
    try {
      requireKeyAccess(this.authorizer, principal, call.operation, key, this.context(call));
      return 'allowed';
    } catch (error) {
      if (error instanceof AwsError && error.code === 'AccessDenied') return 'denied';
      throw error;
    }
  }

  private find(reference: string): KmsKey | undefined {
    try {
      return this.keys.find(reference);
    } catch (error) {
      if (error instanceof AwsError && error.code === 'NotFoundException') return undefined;
      throw error;
    }
  }

  private context({ operation, instanceId, volumeId }: VolumeKeyCall): ConditionContext {
    const { account, region } = this.home;
    const forwarded = {
      'aws:CalledVia': ['ec2.amazonaws.com'],
      'aws:CalledViaFirst': 'ec2.amazonaws.com',
      'aws:CalledViaLast': 'ec2.amazonaws.com',
      'aws:ViaAWSService': 'true',
      'kms:ViaService': `ec2.${region}.amazonaws.com`,
    };
    const volume = {
      'kms:EncryptionContext:aws:ebs:id': volumeId,
      'kms:EncryptionContextKeys': ['aws:ebs:id'],
    };
    switch (operation) {
      case 'DescribeKey':
        return forwarded;
      case 'CreateGrant':
        return {
          ...{ ...forwarded, ...volume },
          'kms:GrantConstraintType': 'EncryptionContextSubset',
          'kms:GrantIsForAWSResource': 'true',
          'kms:GrantOperations': ['Decrypt'],
          'kms:GranteePrincipal': `arn:aws:sts::${account}:assumed-role/aws:ec2-infrastructure/${instanceId}`,
        };
      case 'ReEncryptFrom':
      case 'ReEncryptTo':
        return { ...forwarded, ...volume, 'kms:ReEncryptOnSameKey': 'false' };
      default:
        return { ...forwarded, ...volume, 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' };
    }
  }
}
