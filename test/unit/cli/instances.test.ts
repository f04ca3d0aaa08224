import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { IMAGE, PINS } from './fake-ec2.ts';
import { apiError } from './fake-operator.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const ID = 'i-00000000000000001';
const OTHER = 'i-00000000000000002';

const NO_KEY = ['Client.InternalError', 'Client.InternalError: Client error on launch'] as const;

describe('launch', () => {
  it("runs the stage's template with the tags that tell whose it is", async () => {
    const { exit, stdout, stderr } = await world().run([
      'launch',
      '--name',
      'web-1',
      '--tag',
      'team=a',
      '--tag',
      'cost=b=c',
    ]);
    expect(exit).toBe(0);
    expect(stdout).toBe('i-00000000000000000\n');
    expect(stderr).toContain('sealroot console i-00000000000000000');
    expect(world().ec2.instances[0]!.tags).toEqual({
      team: 'a',
      cost: 'b=c',
      Name: 'web-1',
      'sealroot:stage': 'dev',
      'sealroot:launched-by': 'AIDAANN',
    });
    expect(world().ec2.call('RunInstances')).toMatchObject({
      'LaunchTemplate.LaunchTemplateName': 'sealroot-dev',
      'LaunchTemplate.Version': '$Latest',
      'TagSpecification.1.ResourceType': 'instance',
      'TagSpecification.2.ResourceType': 'volume',
      MinCount: '1',
      MaxCount: '1',
    });
  });

  it('passes the token on, or makes one, so that a repeated request launches once', async () => {
    await world().run(['launch', '--client-token', 'deploy-7']);
    await world().run(['launch']);
    const tokens = world()
      .ec2.calls.filter((call) => call['Action'] === 'RunInstances')
      .map((call) => call['ClientToken']);
    expect(tokens[0]).toBe('deploy-7');
    expect(tokens[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('into the subnets of the fleet', () => {
    const templates = (): (string | undefined)[] =>
      world()
        .ec2.calls.filter((call) => call['Action'] === 'RunInstances')
        .map((call) => call['LaunchTemplate.LaunchTemplateName']);

    beforeEach(() => {
      const item = (number: number) =>
        `<item><launchTemplateName>sealroot-dev/${number}</launchTemplateName></item>`;
      const found = [10, 3, 2].map(item).join('');
      world().ec2.canned.set('DescribeLaunchTemplates', `<launchTemplates>${found}</launchTemplates>`);
    });

    it('goes on with the next when one has no room, in their order, and says so', async () => {
      const codes = ['InsufficientInstanceCapacity', 'Unsupported', 'InsufficientFreeAddressesInSubnet'];
      world().ec2.errors.set('RunInstances', [...codes]);
      const { exit, stderr } = await world().run(['launch']);
      expect(exit).toBe(0);
      expect(templates()).toEqual(['sealroot-dev', 'sealroot-dev/2', 'sealroot-dev/3', 'sealroot-dev/10']);
      expect(world().ec2.call('DescribeLaunchTemplates')).toMatchObject({
        'Filter.1.Name': 'launch-template-name',
        'Filter.1.Value.1': 'sealroot-dev/*',
      });
      expect(stderr).toContain('Subnet 1 has no room (InsufficientInstanceCapacity): trying subnet 2.');
      expect(stderr).toContain('Subnet 3 has no room (InsufficientFreeAddressesInSubnet): trying subnet 10.');
      const tokens = world()
        .ec2.calls.filter((call) => call['Action'] === 'RunInstances')
        .map((call) => call['ClientToken']);
      expect(new Set(tokens).size).toBe(4);
    });

    it('ends with what EC2 said of the last', async () => {
      world().ec2.errors.set('RunInstances', Array<string>(4).fill('InsufficientInstanceCapacity'));
      const { exit, stderr } = await world().run(['launch']);
      expect(exit).toBe(7);
      expect(stderr).toContain('InsufficientInstanceCapacity happened.');
      expect(templates()).toHaveLength(4);
    });

    it('says what EC2 said when it may not list the others', async () => {
      world().ec2.errors.set('RunInstances', ['InsufficientInstanceCapacity']);
      world().ec2.errors.set('DescribeLaunchTemplates', ['UnauthorizedOperation']);
      const { exit, stderr } = await world().run(['launch']);
      expect(exit).toBe(7);
      expect(stderr).toContain('InsufficientInstanceCapacity happened.');
    });

    it('tries no other for any other reason', async () => {
      world().ec2.errors.set('RunInstances', ['UnauthorizedOperation']);
      expect((await world().run(['launch'])).exit).toBe(4);
      expect(templates()).toEqual(['sealroot-dev']);
    });

    it('tries only the one that is asked for', async () => {
      expect((await world().run(['launch', '--subnet', '3'])).exit).toBe(0);
      world().ec2.errors.set('RunInstances', ['InsufficientInstanceCapacity']);
      expect((await world().run(['launch', '--subnet', '1'])).exit).toBe(7);
      expect(templates()).toEqual(['sealroot-dev/3', 'sealroot-dev']);
      expect((await world().run(['launch', '--subnet', '0'])).exit).toBe(2);
    });

    it('tries only one with a token of the caller, which an earlier run may have launched with in another', async () => {
      world().ec2.errors.set('RunInstances', ['InsufficientInstanceCapacity']);
      const { exit, stderr } = await world().run(['launch', '--client-token', 'deploy-7']);
      expect(exit).toBe(7);
      expect(templates()).toEqual(['sealroot-dev']);
      expect(stderr).toContain('launch --subnet 2');
    });
  });

  it('encodes user data', async () => {
    world().cwd = mkdtempSync(join(tmpdir(), 'sealroot-'));
    writeFileSync(join(world().cwd, 'user-data'), '#cloud-config\n');
    await world().run(['launch', '--user-data', 'user-data', '--type', 'm7g.large', '--count', '2']);
    expect(world().ec2.call('RunInstances')).toMatchObject({
      UserData: Buffer.from('#cloud-config\n').toString('base64'),
      InstanceType: 'm7g.large',
      MinCount: '2',
    });
  });

  it('refuses user data that EC2 would refuse, or that cannot be read', async () => {
    world().cwd = mkdtempSync(join(tmpdir(), 'sealroot-'));
    writeFileSync(join(world().cwd, 'big'), Buffer.alloc(16_385));
    expect((await world().run(['launch', '--user-data', 'big'])).exit).toBe(2);
    expect((await world().run(['launch', '--user-data', 'missing'])).exit).toBe(2);
    expect(world().ec2.calls).toEqual([]);
  });

  it.each([
    [['--count', '0']],
    [['--count', 'x']],
    [['--tag', 'novalue']],
    [['--tag', 'sealroot:stage=prod']],
    [['--tag', 'aws:x=y']],
    [['--nmae', 'x']],
    [['surplus']],
  ])('refuses %j', async (words) => {
    const { exit, stdout, stderr } = await world().run(['launch', ...words]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(world().ec2.calls).toEqual([]);
  });

  describe('when the image cannot boot', () => {
    const current = PINS.split(' ');
    const boundTo = (...pins: string[]) => (world().ec2.images[IMAGE] = { 'sealroot:pins': pins.join(' ') });
    const launch = async (...more: string[]) => {
      const outcome = await world().run(['launch', ...more]);
      return { ...outcome, launched: world().ec2.actions().includes('RunInstances') };
    };

    it.each([
      ['the API', [2], 'its endpoint of the keyserver is not'],
      ['the name of the endpoint', [3], 'its endpoint of the keyserver is not'],
      ['the signing key', [0], 'its signing key of the keyserver is not'],
      [
        'both keys',
        [0, 1],
        'its signing key of the keyserver and its signing key for preseed messages is not',
      ],
    ])('refuses one that is bound to another deployment by %s, and says so', async (_, others, words) => {
      boundTo(...current.map((pin, index) => (others.includes(index) ? 'other' : pin)));
      const { exit, stdout, stderr, launched } = await launch();
      expect({ exit, stdout, launched }).toEqual({ exit: 5, stdout: '', launched: false });
      expect(stderr).toContain(`${IMAGE} was built for an earlier deployment of stage dev: ${words}`);
      expect(stderr).toContain('Build a new image');
      expect((await launch('--any-image')).exit).toBe(0);
    });

    it('refuses one that does not say what it is bound to', async () => {
      for (const tags of [{}, { 'sealroot:pins': 'nonsense' }]) {
        world().ec2.images[IMAGE] = tags as Record<string, string>;
        const { exit, stderr, launched } = await launch();
        expect({ exit, launched }).toEqual({ exit: 5, launched: false });
        expect(stderr).toContain('does not say which deployment');
      }
    });

    it('says that the image is gone, was never built, or that there is no stage', async () => {
      world().ec2.images = {};
      expect(await launch()).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining('does not exist any'),
      });
      delete world().parameters['/sealroot/dev/ami'];
      expect(await launch()).toMatchObject({ exit: 3, stderr: expect.stringContaining('has no image yet') });
      delete world().parameters['/sealroot/dev/pins'];
      const { exit, stderr, launched } = await launch();
      expect({ exit, launched }).toEqual({ exit: 3, launched: false });
      expect(stderr).toContain('No stage "dev" is deployed here');
    });

    it('launches nothing when it may not find out', async () => {
      world().ec2.errors.set('DescribeImages', ['UnauthorizedOperation']);
      expect(await launch()).toMatchObject({ exit: 4, launched: false });
    });
  });

  it('waits until they run, and prints one document for scripts', async () => {
    let polls = 0;
    world().ec2.beforeDescribe = () => {
      if (++polls === 3) for (const instance of world().ec2.instances) instance.state = 'running';
    };
    const { exit, stdout, stderr } = await world().run(['launch', '--count', '2', '--wait', '--json']);
    expect(exit).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).instances.map((i: { state: string }) => i.state)).toEqual([
      'running',
      'running',
    ]);
    expect(world().slept).toEqual([2000, 2000]);
  });

  it('stops waiting at the timeout, with the ids already printed', async () => {
    const { exit, stdout } = await world().run(['launch', '--wait', '--timeout', '4']);
    expect(exit).toBe(7);
    expect(stdout).toBe('i-00000000000000000\n');
  });

  it('does not wait for what can no longer come', async () => {
    world().ec2.beforeDescribe = () => (world().ec2.instances[0]!.state = 'terminated');
    expect((await world().run(['launch', '--wait'])).exit).toBe(5);
  });

  it('says that it may not use the key when EC2 ends what it launched', async () => {
    world().ec2.beforeDescribe = () => {
      const [instance] = world().ec2.instances;
      instance!.state = world().slept.length === 0 ? 'pending' : 'shutting-down';
      if (world().slept.length > 0) instance!.reason = NO_KEY;
    };
    const { exit, stdout, stderr } = await world().run(['launch', '--wait']);
    expect({ exit, stdout }).toEqual({ exit: 4, stdout: 'i-00000000000000000\n' });
    expect(stderr).toContain(
      'i-00000000000000000 is shutting-down and will not be running: Client.InternalError: Client error on launch.',
    );
    expect(stderr).toContain('KMS key');
    expect(stderr).toContain('boundary');
    expect(world().slept).toEqual([2000]);
  });

  it.each([
    ['Client.InvalidKMSKey.InvalidState', 5],
    ['Client.VolumeLimitExceeded', 7],
    ['Server.InsufficientInstanceCapacity', 7],
    ['Server.InternalError', 7],
    ['Client.InvalidSnapshot.NotFound', 3],
    ['Client.SomethingNew', 5],
  ])('ends with the exit code for an instance that EC2 ended by %s: %i', async (code, expected) => {
    world().ec2.beforeDescribe = () =>
      Object.assign(world().ec2.instances[0]!, { state: 'terminated', reason: [code, `${code}: why`] });
    const { exit, stderr } = await world().run(['launch', '--wait']);
    expect(exit).toBe(expected);
    expect(stderr).toContain(`${code}: why.`);
  });

  it.each([
    ['InvalidLaunchTemplateName.NotFoundException', 3],
    ['UnauthorizedOperation', 4],
    ['IdempotentParameterMismatch', 5],
    ['InvalidParameterValue', 2],
    ['RequestLimitExceeded', 7],
    ['InsufficientInstanceCapacity', 7],
    ['SomethingNew', 1],
  ])('ends %s with exit code %i', async (code, expected) => {
    world().ec2.errors.set('RunInstances', [code]);
    const { exit, stdout, stderr } = await world().run(['launch']);
    expect({ exit, stdout }).toEqual({ exit: expected, stdout: '' });
    expect(stderr).toContain(`${code} happened.`);
    if (expected !== 1) expect(stderr).not.toContain('Encoded');
  });
});

describe('instances', () => {
  it('shows the instances of this stage with the state of their keys', async () => {
    world().ec2.add(ID, 'running', { Name: 'web-1' });
    world().ec2.add(OTHER, 'running');
    world().ec2.add('i-00000000000000003', 'running', { 'sealroot:stage': 'prod' });
    world().ec2.add('i-00000000000000004', 'terminated');
    world().operator.volume('0b54aaaa-1111-4222-8333-444444444444');
    world().operator.request('7f3aaaaa00000000', { instance: OTHER });
    const { exit, stdout } = await world().run(['instances']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(new RegExp(`${ID} {2}web-1 {2}running {2}active `));
    expect(stdout).toMatch(new RegExp(`${OTHER} +running {2}waiting \\(7f3aaaaa\\)`));
    expect(stdout).not.toMatch(/i-0000000000000000[34]/);
  });

  it('tells of instances that never ran, which are terminated and would only be missing', async () => {
    world().ec2.add(ID, 'terminated').reason = NO_KEY;
    world().ec2.add(OTHER, 'terminated').reason = ['Client.UserInitiatedShutdown', 'x'];
    const { exit, stdout, stderr } = await world().run(['instances']);
    expect(exit).toBe(0);
    expect(stdout).not.toContain(ID);
    expect(stderr).toContain(`${ID} is terminated: Client.InternalError: Client error on launch`);
    expect(stderr).not.toContain(OTHER);
    const all = JSON.parse((await world().run(['instances', '--all', '--json'])).stdout);
    expect(all.instances[0].reason).toEqual({
      code: 'Client.InternalError',
      message: 'Client error on launch',
    });
  });

  it('does without the keys when they may not be read, and says so', async () => {
    world().ec2.add(ID);
    world().operator.next.push(apiError('refused'), apiError('refused'));
    const { exit, stdout, stderr } = await world().run(['instances']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(new RegExp(`${ID} +running {2}\\?`));
    expect(stderr).toContain('cannot be shown');
  });

  it('tells scripts that the keys are unknown, not that there are none', async () => {
    world().ec2.add(ID);
    delete world().parameters['/sealroot/dev/operator-api'];
    const { stdout } = await world().run(['instances', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      instances: [
        {
          id: ID,
          state: 'running',
          type: 't3.small',
          privateIp: '10.0.0.5',
          launched: '2026-01-01T00:00:00.000Z',
          image: 'ami-00000000000000001',
          volumes: null,
          requests: null,
        },
      ],
    });
  });

  it('takes the stage from the environment, and from --stage before that', async () => {
    process.env['SEALROOT_STAGE'] = 'prod';
    world().ec2.add(ID);
    expect((await world().run(['instances'])).stdout).toContain('Stage prod has no instances');
    expect((await world().run(['instances', '--stage', 'dev'])).stdout).toContain(ID);
  });
});

describe('reboot, stop, start and terminate', () => {
  it('takes ids and names, each instance once', async () => {
    world().ec2.add(ID, 'running', { Name: 'web-1' });
    world().ec2.add(OTHER, 'running', { Name: 'web-2' });
    const { exit } = await world().run(['reboot', 'web-1', OTHER, ID]);
    expect(exit).toBe(0);
    const call = world().ec2.call('RebootInstances')!;
    expect([call['InstanceId.1'], call['InstanceId.2'], call['InstanceId.3']]).toEqual([
      ID,
      OTHER,
      undefined,
    ]);
  });

  it('says from what to what, and waits when asked to', async () => {
    world().ec2.add(ID);
    expect((await world().run(['stop', ID, '--force'])).stdout).toBe(`${ID}: running -> stopping\n`);
    expect(world().ec2.call('StopInstances')).toMatchObject({ Force: 'true' });
    const { stdout } = await world().run(['start', ID, '--wait', '--json']);
    expect(JSON.parse(stdout)).toEqual({ instances: [{ id: ID, previous: 'stopped', state: 'running' }] });
  });

  it.each(['reboot', 'stop', 'start', 'terminate'])(
    '%s touches nothing when one of them is not found',
    async (command) => {
      world().ec2.add(ID);
      world().ec2.add(OTHER, 'running', { 'sealroot:stage': 'prod' });
      const { exit, stderr } = await world().run([command, ID, OTHER]);
      expect(exit).toBe(3);
      expect(stderr).toContain(OTHER);
      expect(world().ec2.actions()).toEqual(['DescribeInstances']);
    },
  );

  it('does not guess between instances of one name', async () => {
    world().ec2.add(ID, 'running', { Name: 'web' });
    world().ec2.add(OTHER, 'stopped', { Name: 'web' });
    const { exit, stderr } = await world().run(['stop', 'web']);
    expect(exit).toBe(2);
    expect(stderr).toMatch(new RegExp(`${ID} {2}running\n.*${OTHER} {2}stopped`));
  });

  it('takes a name over from an instance that is gone', async () => {
    world().ec2.add(ID, 'terminated', { Name: 'web' });
    world().ec2.add(OTHER, 'running', { Name: 'web' });
    expect((await world().run(['stop', 'web'])).exit).toBe(0);
    expect(world().ec2.call('StopInstances')).toMatchObject({ 'InstanceId.1': OTHER });
  });

  it('fails when EC2 stops again what was started', async () => {
    const instance = world().ec2.add(ID, 'stopped');
    const states = ['stopped', 'stopped', 'pending', 'stopped'];
    world().ec2.beforeDescribe = () => {
      instance.state = states.shift() ?? 'stopped';
      if (states.length === 0) instance.reason = NO_KEY;
    };
    const { exit, stderr } = await world().run(['start', ID, '--wait']);
    expect(exit).toBe(4);
    expect(stderr).toContain(`${ID} is stopped and will not be running: Client.InternalError`);
  });

  it('fails when a start was refused so fast that nobody saw it pending', async () => {
    const instance = world().ec2.add(ID, 'stopped');
    world().ec2.beforeDescribe = () => Object.assign(instance, { state: 'stopped', reason: NO_KEY });
    const { exit, stderr } = await world().run(['start', ID, '--wait']);
    expect(exit).toBe(4);
    expect(stderr).toContain('Client error on launch');
    expect(world().slept.length).toBeLessThan(10);
  });

  it('does not take a late answer for a failed start', async () => {
    const instance = world().ec2.add(ID, 'stopped');
    const states = ['stopped', 'stopped', 'stopped', 'pending', 'running'];
    world().ec2.beforeDescribe = () => (instance.state = states.shift() ?? 'running');
    const { exit, stdout } = await world().run(['start', ID, '--wait']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${ID}: stopped -> running\n` });
  });

  it('asks before it terminates', async () => {
    world().ec2.add(ID, 'running', { Name: 'web' });
    expect((await world().run(['terminate', 'web'])).exit).toBe(2);
    expect((await world().run(['terminate', 'web'], { answer: 'no' })).exit).toBe(130);
    expect(world().ec2.actions()).not.toContain('TerminateInstances');
    expect(world().asked[0]).toContain(`web (${ID})`);
    expect((await world().run(['terminate', 'web', '--yes', '--wait'])).stdout).toContain(
      'running -> terminated',
    );
  });

  it('ends with 5 when the state does not allow it', async () => {
    world().ec2.add(ID, 'terminated');
    world().ec2.errors.set('StartInstances', ['IncorrectInstanceState']);
    expect((await world().run(['start', ID])).exit).toBe(5);
  });
});
