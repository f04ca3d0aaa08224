import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ACCOUNT = { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' };
const getAtt = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });
const ref = (id: string) => ({ Ref: id });

const trust = (principal: object, condition?: object) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: principal,
      ...(condition && { Condition: condition }),
    },
  ],
});
const keyPolicy = (...further: object[]) => ({
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }, ...further],
});
const method = (api: string, resource: unknown, httpMethod: string) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: ref(api),
    ResourceId: resource,
    HttpMethod: httpMethod,
    AuthorizationType: 'AWS_IAM',
    Integration: {
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'POST',
      Uri: {
        'Fn::Join': [
          '',
          [
            'arn:',
            ref('AWS::Partition'),
            ':apigateway:',
            ref('AWS::Region'),
            ':lambda:path/2015-03-31/functions/',
            getAtt('Echo'),
            '/invocations',
          ],
        ],
      },
    },
  },
});
const api = (name: string, properties: object) => ({
  [name]: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: name, ...properties } },
  [`${name}Thing`]: {
    Type: 'AWS::ApiGateway::Resource',
    Properties: { RestApiId: ref(name), ParentId: getAtt(name, 'RootResourceId'), PathPart: 'things' },
  },
  [`${name}ThingId`]: {
    Type: 'AWS::ApiGateway::Resource',
    Properties: { RestApiId: ref(name), ParentId: ref(`${name}Thing`), PathPart: '{id}' },
  },
  [`${name}Post`]: method(name, ref(`${name}ThingId`), 'POST'),
  [`${name}Get`]: method(name, ref(`${name}Thing`), 'GET'),
  [`${name}Stage`]: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: ref(name), StageName: 'live', DeploymentId: ref(`${name}Deployment`) },
  },
  [`${name}Deployment`]: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: ref(name) } },
  [`${name}Permission`]: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: getAtt('Echo'),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${name}}/*` },
    },
  },
});

/** Everything that the local cloud knows how to run, once, small. */
const resources = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '169.254.0.0/16' } },
  Endpoint: {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('Vpc'),
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: '*',
            Action: 'execute-api:Invoke',
            Resource: '*',
            Condition: {
              StringEquals: {
                'aws:Ec2InstanceSourceVpc': '${aws:SourceVpc}',
                'aws:Ec2InstanceSourcePrivateIPv4': '${aws:VpcSourceIp}',
              },
            },
          },
        ],
      },
    },
  },
  InstanceRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'instances',
      AssumeRolePolicyDocument: trust({ Service: 'ec2.amazonaws.com' }),
      Policies: [
        {
          PolicyName: 'ask',
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Action: 'execute-api:Invoke',
                Resource: {
                  'Fn::Sub':
                    'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Inner}/live/POST/things/*',
                },
              },
            ],
          },
        },
      ],
    },
  },
  StrangerRole: {
    Type: 'AWS::IAM::Role',
    Properties: { RoleName: 'strangers', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) },
  },
  GuardedRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'guarded',
      AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    },
  },
  RecentRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'recent',
      MaxSessionDuration: 7200,
      AssumeRolePolicyDocument: trust(
        { AWS: ACCOUNT },
        {
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
          StringEquals: { 'sts:RoleSessionName': '${aws:username}' },
        },
      ),
    },
  },
  AliceRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'of-alice',
      AssumeRolePolicyDocument: trust({
        AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:user/alice' },
      }),
    },
  },
  ChainedRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'chained',
      MaxSessionDuration: 43_200,
      AssumeRolePolicyDocument: trust({ AWS: getAtt('AliceRole') }),
    },
  },
  Members: {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      ManagedPolicyName: 'members',
      Users: ['alice'],
      Groups: ['crew'],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: getAtt('RecentRole') },
          {
            Effect: 'Allow',
            Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
            Resource: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:mfa/${!aws:username}' },
          },
          {
            Effect: 'Allow',
            Action: ['iam:EnableMFADevice', 'iam:GetUser', 'iam:ListMFADevices'],
            Resource: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:user/${!aws:username}' },
          },
          {
            Effect: 'Allow',
            Action: 'iam:AttachUserPolicy',
            Resource: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:user/${!aws:username}' },
            Condition: { ArnEquals: { 'iam:PolicyARN': ref('Guard') } },
          },
        ],
      },
    },
  },
  Guard: {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      ManagedPolicyName: 'guard',
      PolicyDocument: {
        Statement: {
          Effect: 'Deny',
          NotAction: ['iam:ListMFADevices', 'sts:GetSessionToken'],
          Resource: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
        },
      },
    },
  },
  FunctionRole: {
    Type: 'AWS::IAM::Role',
    Properties: { RoleName: 'echo', AssumeRolePolicyDocument: trust({ Service: 'lambda.amazonaws.com' }) },
  },
  FunctionPolicy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'seal',
      Roles: [ref('FunctionRole')],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: getAtt('Seal'),
            Condition: { StringEquals: { 'kms:EncryptionContext:app': 'small' } },
          },
          { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: getAtt('Things') },
          { Effect: 'Allow', Action: 'dynamodb:Query', Resource: { 'Fn::Sub': '${Things.Arn}/index/*' } },
          { Effect: 'Allow', Action: 'kms:Decrypt', Resource: getAtt('Recovery') },
        ],
      },
    },
  },
  Seal: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: keyPolicy(), Description: 'seals' } },
  SealAlias: {
    Type: 'AWS::KMS::Alias',
    Properties: { AliasName: 'alias/small/seal', TargetKeyId: getAtt('Seal') },
  },
  Signing: {
    Type: 'AWS::KMS::Key',
    Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', KeyPolicy: keyPolicy() },
  },
  Recovery: {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeySpec: 'RSA_2048',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyPolicy: keyPolicy({
        Effect: 'Deny',
        Principal: { AWS: getAtt('FunctionRole') },
        Action: 'kms:Decrypt',
        Resource: '*',
      }),
    },
  },
  Things: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'kind', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'kind-index',
          KeySchema: [
            { AttributeName: 'kind', KeyType: 'HASH' },
            { AttributeName: 'pk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
        },
      ],
    },
  },
  Parameter: {
    Type: 'AWS::SSM::Parameter',
    Properties: {
      Name: '/small/endpoint',
      Type: 'String',
      Value: { 'Fn::Sub': 'https://${Outer}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live' },
    },
  },
  Echo: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: getAtt('FunctionRole'),
      Timeout: 2,
      Code: { S3Bucket: 'assets', S3Key: 'echo.zip' },
      Environment: { Variables: { TABLE: ref('Things'), KEY: getAtt('Seal') } },
    },
  },
  ...api('Outer', { EndpointConfiguration: { Types: ['REGIONAL'] } }),
  ...api('Inner', {
    EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [ref('Endpoint')] },
    Policy: {
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'execute-api:Invoke',
          Resource: 'execute-api:/*',
          Condition: { StringNotEquals: { 'aws:SourceVpce': ref('Endpoint') } },
        },
      ],
    },
  }),
};

/** Answers what it was asked and what it runs with; does as `do` in the body says. */
const ECHO = `
let count = 0;
export const handler = async (event) => {
  const wish = JSON.parse(event.body ?? '{}');
  if (wish.do === 'exit') process.exit(7);
  if (wish.do === 'hang') await new Promise(() => setInterval(() => undefined, 1000));
  if (wish.do === 'throw') throw new TypeError('no');
  if (wish.do === 'nonsense') return { hello: 'world' };
  console.log('echo', event.requestContext.requestId);
  count += 1;
  return { statusCode: 201, headers: { 'X-Count': String(count) }, body: JSON.stringify({ event, environment: process.env }) };
};
`;

/** Writes a cloud assembly into a fresh directory under the system's temporary one. */
export function smallAssembly(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sealroot-assembly-'));
  const write = (name: string, content: unknown): void =>
    writeFileSync(
      path.join(directory, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  mkdirSync(path.join(directory, 'asset.echo'));
  write('asset.echo/index.mjs', ECHO);
  write('manifest.json', {
    version: '48.0.0',
    artifacts: {
      'Small.assets': { type: 'cdk:asset-manifest', properties: { file: 'Small.assets.json' } },
      Small: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: 'Small.template.json' },
      },
    },
  });
  write('Small.assets.json', {
    files: {
      echo: {
        source: { path: 'asset.echo', packaging: 'zip' },
        destinations: { here: { bucketName: 'assets', objectKey: 'echo.zip' } },
      },
    },
  });
  write('Small.template.json', { Resources: resources });
  return directory;
}
