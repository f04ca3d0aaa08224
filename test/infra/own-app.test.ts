import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { App, CfnOutput, Stack, Stage } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Sealroot, type SealrootProps } from '../../lib/index.ts';
import { templatesOf, type Json } from './app.ts';

const PACKAGE = resolve('.');
/** Stands in for a bundle: no test here looks at what a Lambda has in it. */
const NO_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/** The example in a folder of its own, with this package installed as npm installs one by its path. */
function installed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sealroot-own-app-'));
  cpSync('examples/own-app', folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules', '@sealroot'), { recursive: true });
  symlinkSync(PACKAGE, join(folder, 'node_modules', '@sealroot', 'app'));
  for (const name of ['aws-cdk-lib', 'constructs', 'tsx']) {
    symlinkSync(join(PACKAGE, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

describe('the example of an app with a stage of Sealroot in it', () => {
  const templates = new Map<string, Json>();

  beforeAll(() => {
    const cwd = installed();
    const { app, context } = JSON.parse(readFileSync(join(cwd, 'cdk.json'), 'utf8'));
    const [program, ...args] = app.split(' ');
    execFileSync(program === 'node' ? process.execPath : program, args, {
      cwd,
      env: {
        PATH: process.env['PATH'],
        CDK_OUTDIR: join(cwd, 'cdk.out'),
        CDK_CONTEXT_JSON: JSON.stringify(context),
        CDK_VALIDATION: 'false',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 60_000,
    });
    const assembly = join(cwd, 'cdk.out', 'assembly-Production');
    for (const file of readdirSync(assembly).filter((name) => name.endsWith('.template.json'))) {
      const name = file.replace(/^Production|[0-9A-F]{8}\.template\.json$/g, '');
      templates.set(name, JSON.parse(readFileSync(join(assembly, file), 'utf8')));
    }
  });

  it('synthesizes outside of this folder, with a stack of its own beside the stage’s', () => {
    expect([...templates.keys()].sort()).toEqual([
      'Backups',
      'Platform',
      ...['Access', 'Fleet', 'Image', 'Keyserver', 'Network', 'Operator', 'Preseed'].map(
        (stack) => `Sealroot${stack}`,
      ),
    ]);
  });

  it('puts the keyserver’s endpoint into the network that is there', () => {
    const types = Object.values<Json>(templates.get('SealrootNetwork').Resources).map(({ Type }) => Type);
    expect(types).toContain('AWS::EC2::VPCEndpoint');
    expect(types).not.toContain('AWS::EC2::VPC');
  });

  it('grants instances what the app adds to their role', () => {
    expect(JSON.stringify(templates.get('SealrootFleet'))).toContain('s3:PutObject');
  });
});

/** Templates of a stage by stack, and where each stack goes. */
function stageIn(
  context: object,
  around: (app: App) => Stack | Stage | App,
  props: Partial<SealrootProps> = {},
) {
  const app = new App({
    context: { ...NO_BUNDLES, ...context },
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
  });
  return new Sealroot(around(app), 'Sealroot', { stage: 'dev', ...props });
}

describe('a stage in another app', () => {
  const env = { account: '111122223333', region: 'eu-west-1' };

  it.each([
    ['an app', (app: App) => app, 'unknown-region'],
    ['a stage', (app: App) => new Stage(app, 'Production', { env }), 'eu-west-1'],
    ['a stack', (app: App) => new Stack(app, 'Platform', { env }), 'eu-west-1'],
  ])('is deployed where %s around it is', (_, around, region) => {
    const { stacks } = stageIn({}, around);
    for (const stack of Object.values<Stack>({ ...stacks })) {
      expect(stack.environment.split('/').at(-1)).toBe(region);
    }
    expect(stacks.fleet.stackName).toBe('Sealroot-dev-Fleet');
  });

  it('has the same templates whatever the app’s feature flags are', () => {
    const recommended = JSON.parse(
      readFileSync('node_modules/aws-cdk-lib/recommended-feature-flags.json', 'utf8'),
    );
    const written = (context: object) =>
      Object.entries(templatesOf(stageIn(context, (app) => app).stacks)).map(([stack, template]) => [
        stack,
        template.toJSON(),
      ]);
    expect(written(recommended)).toEqual(written({}));
  });

  it('is referred to without an export, which would hold up its updates', () => {
    const context = { '@aws-cdk/core:defaultCrossStackReferences': 'strong' };
    const { launchTemplates, stacks } = stageIn(context, (app) => app);
    const theirs = new Stack(App.of(stacks.fleet), 'Theirs');
    new CfnOutput(theirs, 'Template', { value: String(launchTemplates[0]?.launchTemplateId) });
    expect(JSON.stringify(Template.fromStack(theirs).toJSON())).toContain('Fn::GetStackOutput');
    expect(JSON.stringify(Template.fromStack(stacks.fleet).toJSON())).not.toContain('"Export"');
  });

  it('lists every problem of its settings, under its own name', () => {
    const wrong = { fleet: { dataDiskGiB: 1 }, image: { preset: 'none' } } as never;
    expect(() => stageIn({}, (app) => app, wrong)).toThrow(
      /Sealroot\.image\.preset: must be one of[^]*Sealroot\.fleet\.dataDiskGiB: must be a whole number/,
    );
  });

  it('wants subnets for a VPC that it is given, and no other network beside it', () => {
    const inVpc = (props: Partial<SealrootProps>) => () => {
      stageIn({}, (app) => app, { vpc: Vpc.fromVpcAttributes(new Stack(), 'Vpc', VPC), ...props });
    };
    expect(inVpc({})).toThrow(/fleetSubnets must name[^]*buildSubnet is missing/);
    const stack = new Stack();
    const fleetSubnets = [1, 2, 3, 4, 5, 6, 7].map((digit) =>
      Subnet.fromSubnetId(stack, `Subnet${digit}`, `subnet-1234567${digit}`),
    );
    expect(inVpc({ fleetSubnets })).toThrow('fleetSubnets must name at most 6');
    expect(inVpc({ network: { cidr: '10.0.0.0/20' } })).toThrow('vpc and network.cidr exclude each other');
  });
});

const VPC = { vpcId: 'vpc-0123456789abcdef0', availabilityZones: ['eu-west-1a'] };
