import { OPERATOR_API } from '../../../protocol/operations/apis.ts';
import type { Route } from '../../../protocol/operations/operation.ts';
import type { AccessRole } from '../../../protocol/access.ts';
import { ACCOUNT, OWN_KEY, REGION, type Deployed, type Key } from './deployed.ts';
import type { Request } from './judges.ts';

/** Something that a person may want to do: every request of it has to be allowed. */
export interface Deed {
  readonly what: string;
  readonly requests: readonly Request[];
  /** A way to more than a role has: no role may go it, whatever is attached to it. */
  readonly escalates?: boolean;
}

export const USER_ID = 'AROAEXAMPLEEXAMPLE123:ada';
const OTHERS_ID = 'AROAEXAMPLEEXAMPLE123:grace';

const ownArn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const iamArn = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const INSTANCE = ownArn('ec2', 'instance/i-0123456789abcdef0');
const VOLUME = ownArn('ec2', 'volume/vol-0123456789abcdef0');
const tags = (kind: 'RequestTag' | 'ResourceTag', stage: string, launchedBy?: string) => ({
  [`aws:${kind}/sealroot:stage`]: stage,
  ...(launchedBy === undefined ? {} : { [`aws:${kind}/sealroot:launched-by`]: launchedBy }),
});
/** An instance of the stage, whoever launched it. */
const ours = { context: tags('ResourceTag', 'dev', OTHERS_ID) };
const start: Request = { action: 'ec2:StartInstances', resource: INSTANCE, ...ours };
/** Image Builder tags its instances with the stage, as it is told to, and with its own name. */
const madeByImageBuilder = (stage: string) => ({
  context: { ...tags('ResourceTag', stage), 'aws:ResourceTag/CreatedBy': 'EC2 Image Builder' },
});
const SAMPLES: Readonly<Record<string, string>> = {
  luks: '6f3e2c1a-0000-4000-8000-000000000000',
  id: '7f3a7f3a7f3a7f3a',
  server: 'srv-0123456789abcdef',
};

/** Each operation of the operator API, by its name. */
export function apiDeeds({ api }: Deployed): Deed[] {
  return Object.entries<Route>(OPERATOR_API).map(([name, { method, path }]) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => SAMPLES[parameter]!);
    const resource = ownArn('execute-api', `${api.id}/dev/${method}${filled}`);
    return {
      what: `\`${method} ${path}\` (${name})`,
      requests: [{ action: 'execute-api:Invoke', resource, resourcePolicy: api.policy }],
    };
  });
}

type Context = Readonly<Record<string, string>>;

interface Launch {
  readonly launchedBy?: string;
  readonly template?: string | undefined;
  readonly ownNetwork?: boolean;
  readonly image?: string;
  readonly role?: string;
  readonly tokens?: string;
  readonly hops?: string;
  readonly key?: Key;
  readonly snapshotKey?: Key;
}

/** Condition keys of the calls to KMS that EC2 makes in the name of its caller. */
const VIA_EC2 = {
  'kms:CallerAccount': ACCOUNT,
  'kms:ViaService': `ec2.${REGION}.amazonaws.com`,
  'aws:ViaAWSService': 'true',
  'aws:CalledVia': ['ec2.amazonaws.com'],
};
const OF_VOLUME = { ...VIA_EC2, 'kms:EncryptionContextKeys': ['aws:ebs:id'] };

const byEc2 = (
  { arn, policy }: Key,
  operation: string,
  context: Request['context'] = OF_VOLUME,
): Request => ({
  action: `kms:${operation}`,
  resource: arn,
  context,
  resourcePolicy: policy,
});

/**
 * Calls of EC2 to KMS, as the caller, to attach an encrypted volume: the permissions that the guide of EBS lists
 * (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html).
 */
const attach = (key: Key): Request[] => [
  byEc2(key, 'DescribeKey', VIA_EC2),
  byEc2(key, 'CreateGrant', {
    ...VIA_EC2,
    'kms:GrantIsForAWSResource': 'true',
    'kms:GrantConstraintType': 'EncryptionContextSubset',
    'kms:GrantOperations': ['Decrypt'],
  }),
  byEc2(key, 'Decrypt'),
];

/** The same to make one first, from a snapshot that may be under another key. */
const encrypt = (key: Key, snapshotKey = key): Request[] => [
  byEc2(key, 'GenerateDataKeyWithoutPlaintext'),
  ...attach(key),
  ...(snapshotKey === key
    ? []
    : [byEc2(snapshotKey, 'ReEncryptFrom'), byEc2(key, 'ReEncryptTo'), ...attach(snapshotKey)]),
];

/** Launching and starting with volumes under a key of one's own; the image's snapshots may be under another. */
export const diskKeyDeeds = (deployed: Deployed, key: Key, snapshotKey = key): Deed[] => [
  launch('launch', deployed, { key, snapshotKey }),
  { what: 'start', requests: [start, ...attach(key)] },
];

/** Calls that nobody may make with such a key by hand. */
export const diskKeyEscalations = ({ arn, policy }: Key): Deed[] => {
  const more = (context: Request['context']) => ({ context, resourcePolicy: policy });
  const grant = (what: string, context: Context) => escalation(what, 'kms:CreateGrant', arn, more(context));
  return [
    grant('grant the key of volumes to somebody', {}),
    grant('grant it, and say that it is for no service', {
      'kms:GrantIsForAWSResource': 'false',
    }),
    grant('have another service grant it', {
      'kms:GrantIsForAWSResource': 'true',
      'kms:ViaService': `rds.${REGION}.amazonaws.com`,
    }),
    escalation('decrypt the data key of a volume', 'kms:Decrypt', arn, {
      ...more({
        'kms:EncryptionContextKeys': ['aws:ebs:id'],
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      }),
    }),
  ];
};

function launch(what: string, deployed: Deployed, options: Launch = {}): Deed {
  const { launchedBy = USER_ID, ownNetwork = false, image = 'dev' } = options;
  const template = 'template' in options ? options.template : deployed.launchTemplateArns[0];
  const by: Context = template === undefined ? {} : { 'ec2:LaunchTemplate': template };
  const fromTemplate: Context = { ...by, 'ec2:IsLaunchTemplateResource': String(!ownNetwork) };
  const tagged: Context = { ...by, ...tags('RequestTag', 'dev', launchedBy) };
  const metadata: Context = {
    'ec2:MetadataHttpTokens': options.tokens ?? 'required',
    'ec2:MetadataHttpPutResponseHopLimit': options.hops ?? '1',
  };
  const run = (resource: string, context: Context): Request => ({
    action: 'ec2:RunInstances',
    resource,
    context,
  });
  const tag = (resource: string): Request => ({
    action: 'ec2:CreateTags',
    resource,
    context: { 'ec2:CreateAction': 'RunInstances', ...tags('RequestTag', 'dev', launchedBy) },
  });
  return {
    what,
    requests: [
      run(INSTANCE, { ...tagged, ...metadata }),
      run(VOLUME, tagged),
      run(ownArn('ec2', 'subnet/subnet-0123456789abcdef0'), fromTemplate),
      run(ownArn('ec2', 'security-group/sg-0123456789abcdef0'), fromTemplate),
      run(ownArn('ec2', 'network-interface/eni-0123456789abcdef0'), fromTemplate),
      run(`arn:aws:ec2:${REGION}::image/ami-0123456789abcdef0`, { ...by, ...tags('ResourceTag', image) }),
      ...(template === undefined ? [] : [run(template, {})]),
      tag(INSTANCE),
      tag(VOLUME),
      {
        action: 'iam:PassRole',
        resource: options.role ?? deployed.instanceRoleArn,
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
      { action: 'ssm:GetParameters', resource: ownArn('ssm', 'parameter/sealroot/dev/ami') },
      ...encrypt(options.key ?? deployed.ebsKey, options.snapshotKey),
    ],
  };
}

const escalation = (what: string, action: string, resource: string, more: Partial<Request> = {}): Deed => ({
  ...one(what, action, resource, more),
  escalates: true,
});

const readLog = (what: string, group: string): Deed => {
  const resource = ownArn('logs', `log-group:${group}`);
  return {
    what,
    requests: [
      { action: 'logs:FilterLogEvents', resource },
      { action: 'logs:GetLogEvents', resource: `${resource}:log-stream:one` },
    ],
  };
};

const one = (what: string, action: string, resource: string, more: Partial<Request> = {}): Deed => ({
  what,
  requests: [{ action, resource, ...more }],
});

/** EC2, keys, parameters, logs, images, and ways to more. */
export function otherDeeds(deployed: Deployed): Deed[] {
  const { keys, launchTemplateArns, roles } = deployed;
  const aliases = (key: 'recovery' | 'seal') => ({
    context: { 'kms:ResourceAliases': [`alias/sealroot-dev-${key}`] },
    resourcePolicy: keys[key].policy,
  });
  return [
    launch('launch by the stage’s template, tagged in the own name', deployed),
    launch('launch by the template of another of its subnets', deployed, {
      template: launchTemplateArns.at(-1),
    }),
    launch('launch in the name of another', deployed, { launchedBy: OTHERS_ID }),
    launch('launch without the template', deployed, { template: undefined }),
    launch('launch by another template', deployed, {
      template: ownArn('ec2', 'launch-template/lt-0fedcba9876543210'),
    }),
    launch('launch with IMDSv1', deployed, { tokens: 'optional' }),
    launch('launch with an IMDS that containers reach', deployed, { hops: '2' }),
    launch('launch into another network', deployed, { ownNetwork: true }),
    launch('launch another image', deployed, { image: 'other' }),
    {
      ...launch('launch with another role', deployed, { role: iamArn('role/administrator') }),
      escalates: true,
    },
    one('list instances', 'ec2:DescribeInstances', '*'),
    { what: 'start an instance', requests: [start, ...attach(deployed.ebsKey)] },
    ...['Stop', 'Reboot', 'Terminate'].map((verb) =>
      one(`${verb.toLowerCase()} an instance`, `ec2:${verb}Instances`, INSTANCE, ours),
    ),
    one('read the console of an instance', 'ec2:GetConsoleOutput', INSTANCE, ours),
    one('stop an image build’s instance', 'ec2:StopInstances', INSTANCE, {
      context: tags('ResourceTag', 'dev'),
    }),
    one(
      'read the console of an image build’s instance',
      'ec2:GetConsoleOutput',
      INSTANCE,
      madeByImageBuilder('dev'),
    ),
    one(
      'read the console of another stage’s image build',
      'ec2:GetConsoleOutput',
      INSTANCE,
      madeByImageBuilder('qa'),
    ),
    one('stop another stage’s instance', 'ec2:StopInstances', INSTANCE, {
      context: tags('ResourceTag', 'qa', OTHERS_ID),
    }),
    escalation('change who launched an instance', 'ec2:CreateTags', INSTANCE, {
      context: tags('RequestTag', 'dev', USER_ID),
    }),
    escalation('remove a tag of an instance', 'ec2:DeleteTags', INSTANCE),
    escalation('read the user data of an instance', 'ec2:DescribeInstanceAttribute', INSTANCE),
    escalation('change the user data of an instance', 'ec2:ModifyInstanceAttribute', INSTANCE),
    escalation('give an instance another role', 'ec2:AssociateIamInstanceProfile', INSTANCE),
    ...launchTemplateArns.map((template, index) =>
      escalation(`change launch template ${index + 1}`, 'ec2:CreateLaunchTemplateVersion', template),
    ),
    ...diskKeyEscalations(OWN_KEY),
    one('list EC2 key pairs', 'ec2:DescribeKeyPairs', '*'),
    one('decrypt a recovery passphrase', 'kms:Decrypt', keys.recovery.arn, {
      context: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
      resourcePolicy: keys.recovery.policy,
    }),
    escalation('decrypt a disk key', 'kms:Decrypt', keys.seal.arn, { resourcePolicy: keys.seal.policy }),
    one('describe the recovery key', 'kms:DescribeKey', keys.recovery.arn, aliases('recovery')),
    one('read the policy of the seal key', 'kms:GetKeyPolicy', keys.seal.arn, aliases('seal')),
    escalation('change the policy of a key', 'kms:PutKeyPolicy', keys.seal.arn, aliases('seal')),
    one('find the operator API', 'ssm:GetParameter', ownArn('ssm', 'parameter/sealroot/dev/operator-api')),
    one('see which image is launched', 'ssm:GetParameter', ownArn('ssm', 'parameter/sealroot/dev/ami')),
    escalation(
      'change which image is launched',
      'ssm:PutParameter',
      ownArn('ssm', 'parameter/sealroot/dev/ami'),
    ),
    readLog('read the audit log', 'Sealroot-dev-Keyserver-KeyserverLogs-1'),
    readLog('read the logs of image builds', '/aws/imagebuilder/sealroot-dev'),
    readLog('read the log of the pipeline', '/aws/imagebuilder/pipeline/sealroot-dev'),
    readLog('read another log', 'payroll'),
    one('see alarms', 'cloudwatch:DescribeAlarms', ownArn('cloudwatch', 'alarm:Sealroot-dev-Keyserver-1')),
    one('look up who did what in the account', 'cloudtrail:LookupEvents', '*'),
    one(
      'start an image build',
      'imagebuilder:StartImagePipelineExecution',
      ownArn('imagebuilder', 'image-pipeline/sealroot-dev'),
    ),
    one(
      'cancel an image build',
      'imagebuilder:CancelImageCreation',
      ownArn('imagebuilder', 'image/sealroot-dev/1.0.0/1'),
    ),
    one(
      'try an image build again',
      'imagebuilder:RetryImage',
      ownArn('imagebuilder', 'image/sealroot-dev/1.0.0/1'),
    ),
    one(
      'cancel another stage’s build',
      'imagebuilder:CancelImageCreation',
      ownArn('imagebuilder', 'image/sealroot-qa/1.0.0/1'),
    ),
    one('see which zones have an instance type', 'ec2:DescribeInstanceTypeOfferings', '*'),
    one('see the plan of the account', 'freetier:GetAccountPlanState', '*'),
    one(
      'see the stage’s stacks and their templates',
      'cloudformation:GetTemplate',
      ownArn('cloudformation', 'stack/Sealroot-dev-Network/0123'),
    ),
    one(
      'see the stacks of another stage',
      'cloudformation:GetTemplate',
      ownArn('cloudformation', 'stack/Sealroot-dev-two-Network/0123'),
    ),
    one(
      'find the parent image',
      'ssm:GetParameter',
      `arn:aws:ssm:${REGION}::parameter/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id`,
    ),
    escalation('read the table of volumes', 'dynamodb:GetItem', ownArn('dynamodb', 'table/volumes')),
    escalation(
      'replace the code of a Lambda',
      'lambda:UpdateFunctionCode',
      ownArn('lambda', 'function:operator'),
    ),
    escalation('run a command on an instance', 'ssm:SendCommand', INSTANCE),
    escalation('create a user', 'iam:CreateUser', iamArn('user/mallory')),
    escalation('create an access key', 'iam:CreateAccessKey', iamArn('user/ada')),
    escalation('give a role more rights', 'iam:PutRolePolicy', roles.operator.arn),
    escalation('change who may assume a role', 'iam:UpdateAssumeRolePolicy', roles.custodian.arn),
    escalation('go on to the custodian’s role', 'sts:AssumeRole', roles.custodian.arn, {
      context: { 'sts:RoleSessionName': 'ada' },
      resourcePolicy: roles.custodian.trust,
    }),
  ];
}

/** Becoming `ada` in a role. */
export const assume = (deployed: Deployed, role: AccessRole, sessionName = 'ada'): Request => ({
  action: 'sts:AssumeRole',
  resource: deployed.roles[role].arn,
  context: { 'sts:RoleSessionName': sessionName },
  resourcePolicy: deployed.roles[role].trust,
});

/** Calls of a user for their own user, and without a role. */
export function userDeeds(deployed: Deployed): Deed[] {
  const ada = iamArn('user/ada');
  const guard = { context: { 'iam:PolicyARN': deployed.guardArn } };
  return [
    one('find the own device', 'iam:ListMFADevices', ada),
    one('make the virtual device `mfa/NAME`', 'iam:CreateVirtualMFADevice', iamArn('mfa/ada')),
    one('enable it', 'iam:EnableMFADevice', ada),
    one('throw away one that is not enabled', 'iam:DeleteVirtualMFADevice', iamArn('mfa/ada')),
    one('make a device of another name', 'iam:CreateVirtualMFADevice', iamArn('mfa/phone')),
    one('register a security key', 'iam:EnableMFADevice', ada, {
      context: { 'iam:RegisterSecurityKey': 'Activate' },
    }),
    one('enable a device of another user', 'iam:EnableMFADevice', iamArn('user/grace')),
    one('disable the own device', 'iam:DeactivateMFADevice', ada),
    one('attach the guard to oneself', 'iam:AttachUserPolicy', ada, guard),
    one('detach the guard', 'iam:DetachUserPolicy', ada, guard),
    one('attach another policy to oneself', 'iam:AttachUserPolicy', ada, {
      context: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    }),
    one('attach the guard to another user', 'iam:AttachUserPolicy', iamArn('user/grace'), guard),
    one('see how long a session of a role may be', 'iam:GetRole', deployed.roles.operator.arn),
    { what: 'assume the operator’s role', requests: [assume(deployed, 'operator')] },
    one('make an access key', 'iam:CreateAccessKey', ada),
    one('read an object in S3', 's3:GetObject', 'arn:aws:s3:::bucket/object'),
  ];
}
