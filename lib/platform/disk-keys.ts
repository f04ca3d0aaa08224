import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import type { Section, TextRule } from './config-section.ts';
import { grant } from './statements.ts';

/**
 * The key that EC2 is to encrypt volumes under. Its ARN and no alias: policies name keys by ARN alone. It may be in
 * another account, whose key policy then has to let this one in.
 */
const KEY_ARN: TextRule = {
  pattern:
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  what: 'the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID',
};

/** Member `kmsKeyArn`. @param region of the stage, when it is known: EC2 uses keys of its own region only */
export function readDiskKey(section: Section, region: string | undefined): string | undefined {
  const arn = section.optionalText('kmsKeyArn', KEY_ARN);
  const [, , , keyRegion] = arn?.split(':') ?? [];
  if (region !== undefined && keyRegion !== undefined && keyRegion !== region) {
    section.report('kmsKeyArn', `is a key of ${keyRegion}, but the stage is in ${region}`);
  }
  return arn;
}

/** Values of `kms:ViaService` in a call by EC2. AWS documents the first form; EC2's own endpoint in China ends as the second. */
const EC2 = [`ec2.${Aws.REGION}.amazonaws.com`, `ec2.${Aws.REGION}.${Aws.URL_SUFFIX}`];

/** A call that EC2 makes in the name of its caller, with the caller's rights. */
export const VIA_EC2 = { StringEquals: { 'kms:ViaService': EC2 } };
export const NOT_VIA_EC2 = { StringNotEquals: { 'kms:ViaService': EC2 } };

/** A grant to an AWS service, such as the one by which a machine of EC2's decrypts a volume's data key. */
export const FOR_AWS_RESOURCE = { Bool: { 'kms:GrantIsForAWSResource': 'true' } };

/**
 * Calls that EC2 makes with the key of an encrypted volume, in the name of the caller who launches or starts an instance
 * or makes an image (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html). ReEncrypt is
 * for a volume whose snapshot is under another key.
 */
const USE = ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/**
 * Lets a role have EC2 use keys for volumes and snapshots, and use them in no other way. Nothing has to be allowed for
 * `alias/aws/ebs`: its key policy lets everybody in the account use it through EC2.
 */
export const mayUseDiskKeys = (keyArns: readonly string[]): PolicyStatement[] =>
  keyArns.length === 0
    ? []
    : [
        grant('UseDiskKeys', USE, keyArns, {
          ...VIA_EC2,
          // EBS names the volume or snapshot, and nothing else.
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['aws:ebs:id'] },
        }),
        grant('DescribeDiskKeys', ['kms:DescribeKey'], keyArns, VIA_EC2),
        grant('GrantDiskKeys', ['kms:CreateGrant'], keyArns, { ...VIA_EC2, ...FOR_AWS_RESOURCE }),
      ];

/** The same for a boundary, which names no keys: it allows nothing by itself. */
export const mayEverUseDiskKeys = (): PolicyStatement[] => mayUseDiskKeys(['*']);

/** Those that are configured, each once. */
export const configuredKeys = (...keyArns: readonly (string | undefined)[]): string[] => [
  ...new Set(keyArns.filter((arn) => arn !== undefined)),
];
