import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { HttpRequest } from '../../../../local/engine/contracts/http.ts';
import type { Principal } from '../../../../local/engine/contracts/identity.ts';
import type { Resource } from '../../../../local/engine/contracts/resources.ts';
import type { Ec2Context, Ec2Service } from '../../../../local/services/ec2/service.ts';
import type { VmSpec } from '../../../../local/vm/qemu/argv.ts';
import type { RunningVm, VmLauncher } from '../../../../local/vm/qemu/process.ts';

export const IMAGE = 'ami-0123456789abcdef0';
export const EBS_KEY = 'arn:aws:kms:us-east-1:000000000000:key/eb500000-0000-4000-8000-000000000000';
export const OPERATOR: Principal = {
  type: 'user',
  arn: 'arn:aws:iam::000000000000:user/local-operator',
  identityArn: 'arn:aws:iam::000000000000:user/local-operator',
  account: '000000000000',
  userId: 'AIDAEXAMPLE',
  accessKeyId: 'AKIAEXAMPLE',
  context: {},
};

/** A machine that is only a promise. */
export class FakeVm implements RunningVm {
  readonly pid = 4711;
  readonly ended: Promise<void>;
  readonly spec: Pick<VmSpec, 'id'>;
  onReset: (() => void) | undefined;
  resets = 0;
  /** Ends as if the guest had powered itself off. */
  end: () => void = () => undefined;

  constructor(spec: Pick<VmSpec, 'id'>) {
    this.spec = spec;
    this.ended = new Promise((resolve) => (this.end = resolve));
  }
  pressPowerButton(): Promise<void> {
    this.end();
    return Promise.resolve();
  }
  reset(): Promise<void> {
    this.resets++;
    this.onReset?.();
    return Promise.resolve();
  }
  kill(): Promise<void> {
    this.end();
    return this.ended;
  }
  release(): void {
    this.onReset = undefined;
  }
}

/** Launches {@link FakeVm}s, and finds those again that it has launched and that have not ended. */
export class FakeLauncher implements VmLauncher {
  readonly launched: VmSpec[] = [];
  readonly running = new Map<string, FakeVm>();

  launch(spec: VmSpec): Promise<RunningVm> {
    this.launched.push(spec);
    const vm = new FakeVm(spec);
    this.running.set(spec.id, vm);
    void vm.ended.then(() => this.running.delete(spec.id));
    return Promise.resolve(vm);
  }
  adopt({ id }: { readonly id: string }): Promise<RunningVm | undefined> {
    return Promise.resolve(this.running.get(id));
  }
}

/** A new state directory with one image in it. */
export function stateDirectory(): string {
  const state = mkdtempSync(join(tmpdir(), 'sealroot-ec2-'));
  writeImage(join(state, 'images', IMAGE), { id: IMAGE });
  return state;
}

export function writeImage(directory: string, change: Record<string, unknown> = {}): void {
  mkdirSync(directory, { recursive: true });
  const record = {
    name: 'sealroot-dev-1',
    created: '2026-11-01T00:00:00.000Z',
    cmdline: 'root=LABEL=cloudimg-rootfs ro console=ttyS0',
    tags: { 'sealroot:stage': 'dev' },
    ...change,
  };
  writeFileSync(join(directory, 'image.json'), JSON.stringify(record));
  for (const file of ['disk.raw', 'vmlinuz', 'initrd.img']) writeFileSync(join(directory, file), 'x');
}

export function context(state: string, change: Partial<Ec2Context> = {}): Ec2Context {
  const all = TEMPLATE;
  return {
    state,
    account: '000000000000',
    region: 'us-east-1',
    resources: {
      all: () => all,
      ofType: (type) => all.filter((resource) => resource.type === type),
      byPhysicalId: (id) => all.find(({ physicalId }) => physicalId === id),
      byLogicalId: (id) => all.find(({ logicalId }) => logicalId === id),
    },
    authorizer: { allows: () => true },
    parameters: { get: (name) => (name === '/sealroot/dev/ami' ? IMAGE : undefined) },
    metadata: { forInstance: () => () => ({ status: 404, headers: {}, body: Buffer.alloc(0) }) },
    apis: {
      handleFromInstance: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from('{}') }),
    },
    volumeKeys: {
      defaultKeyArn: EBS_KEY,
      arnOf: (reference) => (reference.startsWith('arn:') ? reference : undefined),
      use: () => 'allowed',
    },
    log: () => undefined,
    ...change,
  };
}

/** The real SDK client, whose requests go straight to the service. */
export function sdkClient(ec2: Pick<Ec2Service, 'handle'>, principal = OPERATOR): EC2Client {
  return new EC2Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: {
        method: string;
        path: string;
        headers: Record<string, string>;
        body?: string;
      }) {
        const { method, path, headers, body } = request;
        const incoming: HttpRequest = { method, path, headers, body: Buffer.from(body ?? '') };
        const answer = await ec2.handle(incoming, principal);
        return { response: { statusCode: answer.status, headers: answer.headers, body: answer.body } };
      },
    } as never,
  });
}

function resource(
  type: string,
  physicalId: string,
  properties: Record<string, unknown>,
  attributes: Record<string, unknown> = {},
): Resource {
  return {
    stack: 'Sealroot-dev-Fleet',
    logicalId: physicalId.replace(/\W/g, ''),
    type,
    physicalId,
    properties,
    attribute: (name) => attributes[name],
  };
}

const PROFILE_ARN = 'arn:aws:iam::000000000000:instance-profile/sealroot-profile';

const TEMPLATE: readonly Resource[] = [
  resource('AWS::EC2::VPC', 'vpc-1', { CidrBlock: '10.0.0.0/16' }),
  resource('AWS::EC2::Subnet', 'subnet-other', { VpcId: 'vpc-2', AvailabilityZone: 'us-east-1b' }),
  resource('AWS::EC2::Subnet', 'subnet-1', { VpcId: 'vpc-1', AvailabilityZone: 'us-east-1a' }),
  resource('AWS::EC2::SecurityGroup', 'sg-1', { VpcId: 'vpc-1' }),
  resource('AWS::EC2::VPCEndpoint', 'vpce-1', {
    VpcId: 'vpc-1',
    ServiceName: 'com.amazonaws.us-east-1.execute-api',
  }),
  resource('AWS::IAM::Role', 'sealroot-role', {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
    },
  }),
  resource('AWS::IAM::Role', 'lambda-role', {
    AssumeRolePolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    },
  }),
  resource(
    'AWS::IAM::InstanceProfile',
    'sealroot-profile',
    { Roles: ['sealroot-role'] },
    { Arn: PROFILE_ARN },
  ),
  resource('AWS::EC2::LaunchTemplate', 'lt-0123456789abcdef0', {
    LaunchTemplateName: 'sealroot-dev',
    LaunchTemplateData: {
      ImageId: 'resolve:ssm:/sealroot/dev/ami',
      InstanceType: 't3.small',
      IamInstanceProfile: { Arn: PROFILE_ARN },
      SecurityGroupIds: ['sg-1'],
      MetadataOptions: {
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 1,
        InstanceMetadataTags: 'enabled',
      },
      BlockDeviceMappings: [
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 20, Encrypted: true } },
        { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8, Encrypted: true } },
      ],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'sealroot:stage', Value: 'dev' }] },
        { ResourceType: 'volume', Tags: [{ Key: 'sealroot:stage', Value: 'dev' }] },
      ],
    },
  }),
];
