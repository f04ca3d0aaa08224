import { createHash } from 'node:crypto';
import type { PolicyDocument } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type { KeyDefinition } from './keys.ts';

/** Alias of the key that EBS encrypts volumes under when none is named. */
export const EBS_ALIAS = 'alias/aws/ebs';

/** Keys that an account has besides those of the templates: EBS's own, and those that the templates name for volumes. */
export function accountKeys(home: AccountRegion, resources: Resources): readonly KeyDefinition[] {
  return [ebsKey(home), ...volumeKeys(resources).map((arn) => customerKey(arn, home))];
}

/** AWS makes it in each account and region, with this policy, and nobody can change it. */
function ebsKey({ account, region }: AccountRegion): KeyDefinition {
  const digest = createHash('sha256').update(`${account} ${region} ${EBS_ALIAS}`).digest('hex');
  const id = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  return {
    id,
    arn: `arn:aws:kms:${region}:${account}:key/${id}`,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    enabled: true,
    manager: 'AWS',
    description: 'Default key that protects my EBS volumes when no other key is defined',
    aliases: [EBS_ALIAS],
    policy: {
      Statement: [
        {
          Sid: 'Allow access through EBS for all principals in the account that are authorized to use EBS',
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Action: [
            'kms:Encrypt',
            'kms:Decrypt',
            'kms:ReEncrypt*',
            'kms:GenerateDataKey*',
            'kms:CreateGrant',
            'kms:DescribeKey',
          ],
          Resource: '*',
          Condition: {
            StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `ec2.${region}.amazonaws.com` },
          },
        },
        {
          Sid: 'Allow direct access to key metadata to the account',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
          Resource: '*',
        },
      ],
    },
  };
}

/** Stands in for a key that somebody made outside of the templates, with the policy that KMS proposes. */
function customerKey(arn: string, { account }: AccountRegion): KeyDefinition {
  const policy: PolicyDocument = {
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
  return {
    id: arn.slice(arn.indexOf('/') + 1),
    arn,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    enabled: true,
    manager: 'CUSTOMER',
    description: 'stands in for a key of the account',
    aliases: [],
    policy,
  };
}

interface Mappings {
  readonly BlockDeviceMappings?: readonly { readonly Ebs?: { readonly KmsKeyId?: unknown } }[];
}

/** ARNs that launch templates and image recipes name, of keys that no template makes. */
function volumeKeys(resources: Resources): readonly string[] {
  const templates = resources
    .ofType('AWS::EC2::LaunchTemplate')
    .map(({ properties }) => properties['LaunchTemplateData'] as Mappings | undefined);
  const recipes = resources
    .ofType('AWS::ImageBuilder::ImageRecipe')
    .map(({ properties }) => properties as Mappings);
  const named = [...templates, ...recipes].flatMap((holder) =>
    (holder?.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.KmsKeyId),
  );
  const made = resources.ofType('AWS::KMS::Key').map((key) => String(key.attribute('Arn')));
  return [...new Set(named)].filter(
    (arn): arn is string =>
      typeof arn === 'string' && /^arn:[^:]+:kms:.*:key\//.test(arn) && !made.includes(arn),
  );
}
