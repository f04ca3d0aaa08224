import { describe, expect, it } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { actionsOf, allStatements, only, statement, synthesizeOne, text, type Statement } from './app.ts';

const templates = synthesizeOne();
const { preseed } = templates;
const keyPolicy = (name: string): Statement[] =>
  only(preseed, 'AWS::KMS::Key', new RegExp(`^Keys${name}`)).KeyPolicy.Statement;
const context = (...purposes: string[]) => ({
  StringEquals: {
    'kms:EncryptionContext:app': 'sealroot',
    'kms:EncryptionContext:stage': 'dev',
    'kms:EncryptionContext:purpose': purposes,
  },
  StringLike: { 'kms:EncryptionContext:server': 'srv-*' },
});

describe('the keys of preseeding', () => {
  it('are a symmetric one that is rotated, and a signing one of its own', () => {
    expect(only(preseed, 'AWS::KMS::Key', /^KeysSeal/)).toMatchObject({ EnableKeyRotation: true });
    expect(only(preseed, 'AWS::KMS::Key', /^KeysSigning/)).toMatchObject({
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
    });
  });

  it('stay when the stack goes', () => {
    preseed.allResources('AWS::KMS::Key', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('are used by nobody but the two services, and by administrators not at all', () => {
    expect(keyPolicy('Seal').map(({ Sid }) => Sid)).toEqual([
      'AdministerKey',
      'PreseedOpens',
      'PreseedDrawsSecrets',
      'OperatorSealsMessages',
    ]);
    expect(keyPolicy('Signing').map(({ Sid }) => Sid)).toEqual([
      'AdministerKey',
      'PreseedSigns',
      'ReadPublicKey',
    ]);
    for (const name of ['Seal', 'Signing']) {
      const administration = actionsOf(statement(keyPolicy(name), 'AdministerKey'));
      expect(administration).toContain('kms:PutKeyPolicy');
      expect(administration.filter((one) => /(Decrypt|Encrypt|Sign|GenerateDataKey)/.test(one))).toEqual([]);
    }
  });

  it('open for the preseed Lambda alone, and only what is bound to a server', () => {
    const opens = statement(keyPolicy('Seal'), 'PreseedOpens');
    expect(opens).toMatchObject({ Action: 'kms:Decrypt', Effect: 'Allow' });
    expect(opens.Condition).toEqual(context('preseed-message', 'preseed-secret'));
    expect(text((opens.Principal as { AWS: unknown }).AWS)).toMatch(/^<PreseedRole.*\.Arn>$/);
    const others = keyPolicy('Seal').filter(({ Sid }) => Sid !== 'PreseedOpens');
    expect(others.flatMap(actionsOf)).not.toContain('kms:Decrypt');
  });

  it('let the operator service seal messages, and open none', () => {
    const seals = statement(keyPolicy('Seal'), 'OperatorSealsMessages');
    expect(seals.Action).toBe('kms:GenerateDataKey');
    expect(seals.Condition).toMatchObject(context('preseed-message'));
    expect(text(seals.Condition?.['ArnEquals']?.['aws:PrincipalArn'])).toMatch(/-operator$/);
    const kms = allStatements(templates.operator).filter((one) => actionsOf(one)[0]?.startsWith('kms:'));
    expect(kms.flatMap(actionsOf)).not.toContain('kms:Decrypt');
    expect(kms.find(({ Sid }) => Sid === 'SealMessages')?.Condition).toEqual(context('preseed-message'));
  });
});

describe('the preseed Lambda', () => {
  const policy: Statement[] = only(preseed, 'AWS::IAM::Policy', /^PreseedRole/).PolicyDocument.Statement;

  it('may do what handing out messages takes, and nothing besides', () => {
    expect(policy.flatMap(actionsOf).sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'ec2:DescribeImages',
      'ec2:DescribeInstances',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:Sign',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    expect(policy.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'LookAtInstances',
    ]);
  });

  it('draws secrets and no keys of messages', () => {
    expect(statement(policy, 'DrawSecrets').Condition).toEqual(context('preseed-secret'));
  });

  it('cannot touch the keys and the table of volumes', () => {
    const resources = policy.flatMap(({ Resource }) => [Resource].flat().map(text));
    expect(resources).not.toContain('<import>');
  });

  it('knows the instances’ role and not the one of builds', () => {
    const { Variables } = only(preseed, 'AWS::Lambda::Function').Environment;
    expect(text(Variables.SEALROOT_INSTANCE_ROLES)).toBe('sealroot-dev-<AWS::Region>-instance');
  });

  it('is invoked for its own routes of the private API and for no others', () => {
    const permissions = Object.values(templates.keyserver.findResources('AWS::Lambda::Permission')).map(
      ({ Properties }) => [text(Properties.FunctionName), text(Properties.SourceArn)] as const,
    );
    const own = permissions.filter(([name]) => name === '<LinkPreseedFunction>').map(([, source]) => source);
    expect(own.map((source) => source.split('/').slice(-4).join('/')).sort()).toEqual([
      'POST/v1/preseed/ack',
      'POST/v1/preseed/receive',
      'POST/v1/preseed/register',
      'POST/v1/preseed/report',
    ]);
    expect(preseed.findResources('AWS::Lambda::Permission')).toEqual({});
  });
});

describe('the table of mailboxes', () => {
  it('can be restored, forgets by itself, and is not deleted by accident', () => {
    preseed.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        KeySchema: [
          { AttributeName: 'server', KeyType: 'HASH' },
          { AttributeName: 'item', KeyType: 'RANGE' },
        ],
      },
    });
  });

  it('has nothing sealed in its index', () => {
    const [index] = only(preseed, 'AWS::DynamoDB::Table').GlobalSecondaryIndexes;
    expect(index.Projection.ProjectionType).toBe('INCLUDE');
    expect(index.Projection.NonKeyAttributes).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/secret|body|key$|subkey|sealed|epk/)]),
    );
  });
});

describe('when an audit line says alarm', () => {
  it('raises an alarm, and tells the topic', () => {
    const topic = 'arn:aws:sns:eu-west-1:111122223333:alarms';
    const told = synthesizeOne({ keyserver: { alarmTopicArn: topic } }).preseed;
    told.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ ($.audit IS TRUE) && ($.alarm IS TRUE) }',
      MetricTransformations: [Match.objectLike({ MetricName: 'dev-preseed-alarms', MetricValue: '1' })],
    });
    told.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'dev-preseed-alarms',
      Threshold: 1,
      AlarmActions: [topic],
    });
  });
});

describe('the image', () => {
  it('is built by a role that may read the public halves of both signing keys', () => {
    const policy: Statement[] = only(templates.image, 'AWS::IAM::Policy', /^BuilderRole/).PolicyDocument
      .Statement;
    expect(statement(policy, 'ReadPublicKeys').Resource).toHaveLength(2);
  });
});
