import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRecipe } from '../../local/bake/recipe.ts';
import { LocalCloud } from '../../local/cloud.ts';
import { names, TAGS } from '../../protocol/names.ts';
import { formatPins, parsePins } from '../../protocol/pins.ts';
import { sealroot } from './support/command-line.ts';
import { STAGE } from './support/instance.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { synthesized } from './support/synthesized.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- part of a template: a wrong guess of its shape fails the test
type Json = any;

const MINUTE = 60_000;
let cloud: LocalCloud;
const launch = (...more: string[]) => sealroot(cloud, 'operator', ['launch', '--wait', ...more]);
const use = (image: string) => cloud.setParameter(names(STAGE).amiParameter, image);

beforeAll(async () => {
  cloud = await LocalCloud.start({
    assembly: synthesized(),
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    port: 0,
    ec2: idleMachines,
  });
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('an operator', () => {
  it('is told that no image was baked', async () => {
    expect(await launch()).toMatchObject({ exit: 3, stderr: expect.stringContaining('has no image yet') });
  });

  it('launches the image that the pipeline of these templates makes', async () => {
    use(emptyImage(cloud, names(STAGE).imageRecipe));
    expect(await launch()).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^i-[0-9a-f]{17}\n$/) });
  });

  it('launches into whichever subnet of the fleet is named, and otherwise into the first', async () => {
    use(emptyImage(cloud, names(STAGE).imageRecipe));
    const subnetOf = async (...more: string[]) => {
      const { stdout } = await launch(...more);
      return cloud.ec2.vm(stdout.trim()).record.subnetId;
    };
    const subnets = cloud.resources
      .ofType('AWS::EC2::LaunchTemplate')
      .map(({ properties }) => (properties['LaunchTemplateData'] as Json).NetworkInterfaces[0].SubnetId);
    expect(new Set(subnets).size).toBe(subnets.length);
    expect(await subnetOf()).toBe(subnets[0]);
    expect(await subnetOf('--subnet', '2')).toBe(subnets[1]);
    expect(await launch('--subnet', '9')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('sealroot-dev/9, does not exist'),
    });
  });

  it('is told when no zone of the fleet offers a type, after all of them were asked', async () => {
    use(emptyImage(cloud, names(STAGE).imageRecipe));
    expect(await launch('--type', 'c4.large')).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/trying subnet 2[^]*c4\.large\) is not supported in your requested/),
    });
  });

  it('does not launch one that outlived its keyserver', async () => {
    const { tags } = readRecipe(cloud.resources);
    const pins = parsePins(tags[TAGS.pins] ?? '')!;
    const older = formatPins({ ...pins, signingKey: '00000000-0000-4000-8000-000000000000' });
    use(emptyImage(cloud, names(STAGE).imageRecipe, { ...tags, [TAGS.pins]: older }));
    const before = cloud.ec2.instances().length;
    expect(await launch()).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining('its signing key of the keyserver is not the one that is deployed now'),
    });
    expect(cloud.ec2.instances()).toHaveLength(before);
  });
});

describe('the key of the volumes', () => {
  const CLIENT_ERROR = 'Client.InternalError: Client error on launch';
  const ownKey = (digit: string) =>
    `arn:aws:kms:us-east-1:000000000000:key/${digit.repeat(8)}-1111-4222-8333-${digit.repeat(12)}`;

  /** A cloud with an image, from templates that are changed. */
  async function other(
    members: object,
    change: (access: Json) => void = () => undefined,
  ): Promise<LocalCloud> {
    const assembly = synthesized(members);
    const file = readdirSync(assembly).find((name) => /Access.*\.template\.json$/.test(name))!;
    const template = JSON.parse(readFileSync(path.join(assembly, file), 'utf8'));
    change(template);
    writeFileSync(path.join(assembly, file), JSON.stringify(template));
    const started = await LocalCloud.start({
      assembly,
      state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
      port: 0,
      ec2: idleMachines,
    });
    const image = emptyImage(started, names(STAGE).imageRecipe);
    started.setParameter(names(STAGE).amiParameter, image);
    return started;
  }

  const statementsOf = (template: Json, type: string, id: RegExp): Json[] => {
    const [, resource] = Object.entries<Json>(template.Resources).find(
      ([name, { Type }]) => Type === type && id.test(name),
    )!;
    const { Properties } = resource;
    return (Properties.PolicyDocument ?? Properties.Policies[0].PolicyDocument).Statement;
  };

  it(
    'is refused by a boundary that denies every grant, as it once did: nobody launches or starts',
    async () => {
      const cloud = await other({}, (template) => {
        const boundary = statementsOf(template, 'AWS::IAM::ManagedPolicy', /^Boundary/);
        boundary.push({ Effect: 'Deny', Action: 'kms:CreateGrant', Resource: '*' });
      });
      const launched = await sealroot(cloud, 'operator', ['launch', '--wait']);
      expect(launched).toMatchObject({ exit: 4, stderr: expect.stringContaining(CLIENT_ERROR) });
      expect(launched.stderr).toContain('boundary');
      const listed = await sealroot(cloud, 'operator', ['instances']);
      expect(listed.stderr).toContain(`${launched.stdout.trim()} is terminated: ${CLIENT_ERROR}`);
      await cloud.stop();
    },
    MINUTE,
  );

  it(
    'is one of the account’s own when it is configured, and the role that launches may use it',
    async () => {
      const members = { fleet: { kmsKeyArn: ownKey('1') }, image: { kmsKeyArn: ownKey('2') } };
      const allowed = await other(members);
      expect(await sealroot(allowed, 'operator', ['launch', '--wait'])).toMatchObject({ exit: 0 });
      expect(allowed.ec2.instances()[0]?.volumes.map(({ kmsKeyId }) => kmsKeyId)).toEqual([
        ownKey('1'),
        ownKey('1'),
      ]);
      await allowed.stop();
      const refused = await other(members, (template) => {
        const statements = statementsOf(template, 'AWS::IAM::Role', /^Operator/);
        const grant = statements.findIndex(({ Sid }) => Sid === 'GrantDiskKeys');
        statements.splice(grant, 1);
      });
      expect(await sealroot(refused, 'operator', ['launch', '--wait'])).toMatchObject({
        exit: 4,
        stderr: expect.stringContaining(CLIENT_ERROR),
      });
      await refused.stop();
    },
    2 * MINUTE,
  );

  it('is no key whose own policy does not let the caller use it, an administrator neither', async () => {
    use(emptyImage(cloud, names(STAGE).imageRecipe));
    const ec2 = new EC2Client({
      endpoint: cloud.endpoint,
      region: cloud.region,
      credentials: cloud.identities.operator(),
      maxAttempts: 1,
    });
    const seal = cloud.resources
      .ofType('AWS::KMS::Key')
      .find(({ logicalId }) => logicalId.startsWith('KeysSeal'))!;
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: names(STAGE).launchTemplate() },
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/sdf',
            Ebs: { Encrypted: true, VolumeSize: 20, KmsKeyId: String(seal.attribute('Arn')) },
          },
        ],
        MinCount: 1,
        MaxCount: 1,
      }),
    );
    const { record } = cloud.ec2.vm(Instances![0]!.InstanceId!);
    while (cloud.ec2.vm(record.id).record.state !== 'terminated')
      await new Promise((go) => setTimeout(go, 5));
    expect(cloud.ec2.vm(record.id).record.stateReason?.message).toBe(CLIENT_ERROR);
  });
});
