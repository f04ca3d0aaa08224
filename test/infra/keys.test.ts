import { describe, expect, it } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { actionsOf, allStatements, only, statement, synthesizeOne, text, type Statement } from './app.ts';

const templates = synthesizeOne();
const policyOf = (name: string): Statement[] =>
  only(templates.keyserver, 'AWS::KMS::Key', new RegExp(`^Keys${name}`)).KeyPolicy.Statement;
const CONTEXT = { 'kms:EncryptionContext:app': 'sealroot', 'kms:EncryptionContext:stage': 'dev' };

describe('the keys of a stage', () => {
  it('are of the kinds that the protocol needs', () => {
    const key = (name: string) => only(templates.keyserver, 'AWS::KMS::Key', new RegExp(`^Keys${name}`));
    expect(key('Seal')).toMatchObject({ EnableKeyRotation: true });
    expect(key('Seal')).not.toHaveProperty('KeySpec');
    expect(key('Signing')).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    expect(key('Recovery')).toMatchObject({ KeySpec: 'RSA_4096', KeyUsage: 'ENCRYPT_DECRYPT' });
  });

  it('stay when the stack goes', () => {
    templates.keyserver.allResources('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('give administrators no use of them by way of IAM', () => {
    const uses = /^kms:(Decrypt|Encrypt|Sign|GenerateDataKey|ReEncrypt|CreateGrant)/;
    for (const name of ['Seal', 'Signing', 'Recovery']) {
      const actions = actionsOf(statement(policyOf(name), 'AdministerKey'));
      expect(actions).toContain('kms:PutKeyPolicy');
      expect(actions).toContain('kms:GetKeyRotationStatus');
      expect(actions.filter((action) => uses.test(action))).toEqual([]);
    }
  });
});

describe('no policy of any template', () => {
  it.each(Object.entries(templates))('in %s has a wildcard in a KMS action', (_, template) => {
    const actions = allStatements(template).flatMap(actionsOf);
    expect(actions.filter((action) => action === '*' || /^kms:.*[*?]/.test(action))).toEqual([]);
  });

  it.each(Object.entries(templates))(
    'in %s allows by NotAction, NotResource or NotPrincipal',
    (_, template) => {
      for (const one of allStatements(template).filter(({ Effect }) => Effect !== 'Deny')) {
        expect(Object.keys(one).filter((member) => member.startsWith('Not'))).toEqual([]);
      }
    },
  );
});

describe('the seal key', () => {
  it('serves the keyserver, in the context of this app and stage only', () => {
    const one = statement(policyOf('Seal'), 'KeyserverSeals');
    expect(actionsOf(one).sort()).toEqual(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey']);
    expect(one.Condition).toEqual({ StringEquals: CONTEXT });
    expect(text((one.Principal as { AWS: unknown }).AWS)).toMatch(/^<KeyserverRole.*\.Arn>$/);
  });

  it('lets the operator service re-encrypt and never decrypt', () => {
    const one = statement(policyOf('Seal'), 'OperatorReseals');
    expect(actionsOf(one).sort()).toEqual(['kms:ReEncryptFrom', 'kms:ReEncryptTo']);
    expect(one.Condition?.['StringEquals']).toEqual(CONTEXT);
    expect(text(one.Condition?.['ArnEquals']?.['aws:PrincipalArn'])).toMatch(
      /role\/sealroot-dev-<AWS::Region>-operator$/,
    );
    const kms = allStatements(templates.operator)
      .flatMap(actionsOf)
      .filter((action) => action.startsWith('kms:'));
    // GenerateDataKey is of the preseed seal key.
    expect(kms.sort()).toEqual(['kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']);
  });

  it('has no other users', () => {
    expect(policyOf('Seal').map(({ Sid }) => Sid)).toEqual([
      'AdministerKey',
      'KeyserverSeals',
      'OperatorReseals',
    ]);
  });
});

describe('the recovery key', () => {
  it('denies the keyserver to decrypt', () => {
    const one = statement(policyOf('Recovery'), 'DenyDecryptToKeyserver');
    expect(one).toMatchObject({ Effect: 'Deny', Action: 'kms:Decrypt' });
    expect(text((one.Principal as { AWS: unknown }).AWS)).toMatch(/^<KeyserverRole.*\.Arn>$/);
  });

  it('lets the custodian decrypt and nobody else, until others are named', () => {
    const allowed = policyOf('Recovery').filter(({ Effect }) => Effect === 'Allow');
    const decrypts = allowed.filter((one) => actionsOf(one).includes('kms:Decrypt'));
    expect(decrypts.map(({ Sid }) => Sid)).toEqual(['CustodianRecovers']);
    expect(text(decrypts[0]?.Condition?.['ArnEquals']?.['aws:PrincipalArn'])).toMatch(
      /role\/sealroot-dev-<AWS::Region>-access-custodian$/,
    );
  });

  it('lets exactly the named custodians decrypt', () => {
    const custodian = 'arn:aws:iam::111122223333:role/custodian';
    const { keyserver } = synthesizeOne({ keyserver: { custodians: [custodian] } });
    const key = only(keyserver, 'AWS::KMS::Key', /^KeysRecovery/);
    expect(statement(key.KeyPolicy.Statement, 'CustodiansRecover')).toMatchObject({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Principal: { AWS: custodian },
    });
  });
});

describe('the keyserver', () => {
  const policy: Statement[] = only(templates.keyserver, 'AWS::IAM::Policy', /^KeyserverRole/).PolicyDocument
    .Statement;

  it('may do what a release takes, and nothing besides', () => {
    expect(policy.flatMap(actionsOf).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'ec2:DescribeImages',
      'ec2:DescribeInstances',
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GetPublicKey',
      'kms:Sign',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(statement(policy, 'SealAndOpenKeys').Condition).toEqual({ StringEquals: CONTEXT });
  });

  it('has a resource for everything but the Describe calls', () => {
    expect(policy.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'LookAtInstances',
    ]);
  });
});

describe('the table', () => {
  it('can be restored and not be deleted by accident', () => {
    templates.keyserver.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    });
  });

  it('keeps what a release writes out of its index', () => {
    const [index] = only(templates.keyserver, 'AWS::DynamoDB::Table').GlobalSecondaryIndexes;
    expect(index.Projection.ProjectionType).toBe('INCLUDE');
    expect(index.Projection.NonKeyAttributes).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(current|next|salt|retired|sealed|enrolment|recovery)$/),
      ]),
    );
  });
});

describe('the Lambdas', () => {
  it.each(['keyserver', 'operator', 'preseed'] as const)(
    'of %s run on Node 24 and keep their logs for a year',
    (stack) => {
      templates[stack].hasResourceProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogGroup: Match.anyValue() },
      });
      templates[stack].allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    },
  );
});
