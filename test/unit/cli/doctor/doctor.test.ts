import type { IncomingMessage } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { AWS_CHECKS, MACHINE_CHECKS } from '../../../../cli/doctor/checks.ts';
import { names, STACKS } from '../../../../protocol/names.ts';
import { IMAGE, PINS } from '../fake-ec2.ts';
import { json } from '../fake-operator.ts';
import { useWorld, type Reply } from '../world.ts';

const world = useWorld();

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly says: string;
  readonly advice?: string;
}

const items = (values: readonly string[]): string => values.map((value) => `<item>${value}</item>`).join('');
const xml = (body: string, status = 200): Reply => ({ status, type: 'text/xml', body });

/** The network, fleet and image of a stage, as far as they are looked at. */
const TEMPLATES: Readonly<Record<string, object>> = {
  Network: {
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC' },
      Fleet1: {
        Type: 'AWS::EC2::Subnet',
        Properties: { AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] } },
      },
      Build1: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: 'eu-west-1b' } },
      LinkFleet1: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/sealroot/dev/links/FleetSubnet1', Value: { Ref: 'Fleet1' } },
      },
      LinkBuild: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: '/sealroot/dev/links/BuildSubnet', Value: { Ref: 'Build1' } },
      },
    },
  },
  Fleet: {
    Resources: {
      Template: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: { LaunchTemplateData: { InstanceType: 't3.small', BlockDeviceMappings: [] } },
      },
    },
  },
  Image: {
    Resources: {
      Infrastructure: {
        Type: 'AWS::ImageBuilder::InfrastructureConfiguration',
        Properties: { InstanceTypes: ['m7i.large'] },
      },
      Recipe: {
        Type: 'AWS::ImageBuilder::ImageRecipe',
        Properties: { ParentImage: 'ssm:/parent', BlockDeviceMappings: [] },
      },
    },
  },
};

/** CloudFormation's Query API, with all stacks or none. */
function cloudFormation(deployed: boolean) {
  return (_: IncomingMessage, body: string): Reply => {
    const { Action = '', StackName = '' } = Object.fromEntries(new URLSearchParams(body));
    if (!deployed)
      return xml(
        `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${StackName} does not exist</Message></Error></ErrorResponse>`,
        400,
      );
    const template = JSON.stringify(TEMPLATES[StackName.replace('Sealroot-dev-', '')] ?? {});
    const result =
      Action === 'DescribeStacks'
        ? `<Stacks><member><StackName>${StackName}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>`
        : `<TemplateBody>${template.replaceAll('"', '&quot;')}</TemplateBody>`;
    return xml(`<${Action}Response><${Action}Result>${result}</${Action}Result></${Action}Response>`);
  };
}

beforeEach(() => {
  const { ec2, services, parameters } = world();
  // The clock is compared with that of the answers, which is real.
  world().time = Date.now();
  world().cwd = mkdtempSync(path.join(tmpdir(), 'sealroot-doctor-'));
  Object.assign(parameters, {
    '/sealroot/dev/ami': IMAGE,
    '/sealroot/dev/pins': PINS,
    '/parent': IMAGE,
  });
  ec2.canned.set(
    'DescribeVpcEndpointServices',
    `<serviceDetailSet><item><availabilityZoneSet>${items(['eu-west-1a', 'eu-west-1c'])}</availabilityZoneSet></item></serviceDetailSet>`,
  );
  ec2.canned.set(
    'DescribeAvailabilityZones',
    `<availabilityZoneInfo>${items(['b', 'a'].map((zone) => `<zoneName>eu-west-1${zone}</zoneName>`))}</availabilityZoneInfo>`,
  );
  ec2.canned.set('DescribeSubnets', '<subnetSet/>');
  ec2.canned.set(
    'DescribeInstanceTypeOfferings',
    `<instanceTypeOfferingSet>${items(
      ['t3.small', 'm7i.large'].flatMap((type) =>
        ['a', 'b'].map((z) => `<instanceType>${type}</instanceType><location>eu-west-1${z}</location>`),
      ),
    )}</instanceTypeOfferingSet>`,
  );
  ec2.canned.set(
    'DescribeInstanceTypes',
    `<instanceTypeSet>${items(
      ['t3.small', 'm7i.large'].map(
        (type) =>
          `<instanceType>${type}</instanceType><freeTierEligible>${type === 't3.small'}</freeTierEligible><processorInfo><supportedArchitectures>${items(['x86_64'])}</supportedArchitectures></processorInfo><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>`,
      ),
    )}</instanceTypeSet>`,
  );
  ec2.canned.set('GetEbsDefaultKmsKeyId', '<kmsKeyId>alias/aws/ebs</kmsKeyId>');
  services.set('cloudformation', cloudFormation(true));
  services.set('freetier', () =>
    json({ accountId: '0', accountPlanType: 'PAID', accountPlanStatus: 'ACTIVE' }),
  );
  services.set('servicequotas', () => json({ Quota: { Value: 32 } }));
  services.set('imagebuilder', () =>
    json({
      imageSummaryList: [
        {
          arn: 'a:image/sealroot-dev/1.0.0/1',
          state: { status: 'FAILED', reason: 'no' },
          dateCreated: '2026-01-01T00:00:00Z',
        },
        {
          arn: 'a:image/sealroot-dev/1.0.0/2',
          state: { status: 'AVAILABLE' },
          dateCreated: '2026-01-02T00:00:00Z',
        },
      ],
    }),
  );
});

async function findings(...words: string[]): Promise<{ exit: number; found: Finding[] }> {
  const { exit, stdout, stderr } = await world().run(['doctor', '--json', ...words]);
  expect(stderr).toBe('');
  return { exit, found: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

const not = (level: string, found: readonly Finding[]) => found.filter((each) => each.level !== level);

describe('doctor', () => {
  it('asks AWS about what is deployed, and finds nothing wrong', async () => {
    const { exit, found } = await findings();
    expect(not('ok', found).filter(({ check }) => check !== 'node')).toEqual([]);
    expect(exit).toBe(0);
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['stacks', 'quotas', 'last-build']),
    );
    expect(found.find(({ check }) => check === 'last-build')?.says).toContain(
      'sealroot-dev/1.0.0/2 is AVAILABLE',
    );
    expect(found.find(({ check }) => check === 'configuration')?.says).toBe('As deployed.');
  });

  it('changes nothing', async () => {
    await findings();
    expect(
      world()
        .ec2.actions()
        .filter((action) => !/^(Describe|Get)/.test(action)),
    ).toEqual([]);
    expect(new Set(world().iam.actions())).toEqual(new Set(['GetCallerIdentity']));
  });

  it('ends with 8 when there is a problem, and says what to do', async () => {
    world().services.set('freetier', () => json({ accountPlanType: 'FREE' }));
    const { exit, found } = await findings();
    expect(exit).toBe(8);
    expect(found.find(({ level }) => level === 'problem')).toMatchObject({
      check: 'account-plan',
      advice: expect.stringContaining('image.instanceTypes'),
    });
  });

  it('knows where a subnet was made, whatever zone it would be in now', async () => {
    world().ec2.canned.set(
      'DescribeSubnets',
      `<subnetSet>${items(['<subnetId>subnet-1</subnetId><availabilityZone>eu-west-1c</availabilityZone><tagSet><item><key>aws:cloudformation:logical-id</key><value>Fleet1</value></item></tagSet>'])}</subnetSet>`,
    );
    const { found } = await findings();
    expect(found.find(({ check }) => check === 'endpoint-zones')?.says).toContain('eu-west-1c');
    expect(found.find(({ check }) => check === 'instance-types')).toMatchObject({ level: 'problem' });
  });

  it('looks at what was synthesized when nothing is deployed', async () => {
    world().services.set('cloudformation', cloudFormation(false));
    const assembly = path.join(world().cwd, 'cdk.out');
    mkdirSync(assembly);
    const artifacts = STACKS.map((id) => {
      writeFileSync(path.join(assembly, `${id}.json`), JSON.stringify(TEMPLATES[id] ?? {}));
      const properties = { templateFile: `${id}.json`, stackName: names('dev').stack(id) };
      return [`artifact${id}`, { type: 'aws:cloudformation:stack', properties }];
    });
    writeFileSync(
      path.join(assembly, 'manifest.json'),
      JSON.stringify({ artifacts: Object.fromEntries(artifacts) as unknown }),
    );
    const { found } = await findings();
    expect(found.find(({ check }) => check === 'stacks')?.says).toBe('Stage dev is not deployed here.');
    expect(found.find(({ check }) => check === 'configuration')?.says).toBe(`As synthesized in ${assembly}.`);
    expect(found.find(({ check }) => check === 'instance-types')?.level).toBe('ok');
  });

  it('names what it may not look at', async () => {
    world().ec2.errors.set('GetEbsDefaultKmsKeyId', ['UnauthorizedOperation']);
    world().services.set('freetier', () =>
      json(
        {
          __type: 'com.amazon.coral.service#AccessDeniedException',
          Message: 'User is not authorized to perform: freetier:GetAccountPlanState',
        },
        400,
      ),
    );
    const { exit, found } = await findings();
    expect(exit).toBe(0);
    expect(found.filter(({ level }) => level === 'not-checked').map(({ says }) => says)).toEqual([
      'Not allowed: this takes freetier:GetAccountPlanState.',
      'Not allowed: this takes ec2:GetEbsDefaultKmsKeyId.',
    ]);
  });

  it('looks at the machine when there are no credentials', async () => {
    Reflect.deleteProperty(process.env, 'AWS_ACCESS_KEY_ID');
    const { exit, stdout } = await world().run(['doctor']);
    expect([0, 8]).toContain(exit);
    expect(stdout).toMatch(/^not checked {2}AWS: /m);
    expect(stdout).toMatch(/^(ok|warning|problem) +Disk space: /m);
  });

  it('looks at the machine alone with --local, whether or not the local cloud runs', async () => {
    const { found } = await findings('--local');
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['node', 'programs', 'port', 'kvm']),
    );
    expect(found.map(({ check }) => check)).not.toContain('caller');
    expect(world().iam.calls).toEqual([]);
  });

  it('is documented with every check', () => {
    const page = readFileSync('docs/reference/doctor.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
    expect(rows).toEqual([...AWS_CHECKS, ...MACHINE_CHECKS].map(({ name }) => name));
  });
});

describe('what doctor looks for on a console', () => {
  it('is what an instance writes', () => {
    expect(readFileSync('image-builder/lib/message.sh', 'utf8')).toContain(
      "'access denied before the keyserver (",
    );
    expect(readFileSync('image-builder/lib/http.sh', 'utf8')).toContain('; the clock here is ');
    expect(readFileSync('image-builder/initramfs/copy.sh', 'utf8')).toContain(
      'the root is encrypted ($how${luks:+, volume ',
    );
  });
});
