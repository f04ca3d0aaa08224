import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Failure } from '../../../cli/failure.ts';
import { findRunningCloud } from '../../../cli/local/running-cloud.ts';
import { formatDocument } from '../../../protocol/local-state.ts';
import { SECRET } from './sigv4.ts';
import { useWorld } from './world.ts';

const world = useWorld();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealroot-'));
  mkdirSync(join(directory, '.sealroot'));
  mkdirSync(join(directory, 'below', 'it'), { recursive: true });
  world().cwd = join(directory, 'below', 'it');
});

function failureOf(perform: () => unknown): Failure {
  try {
    perform();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

function running(members: Record<string, unknown> = {}): void {
  const environment = {
    AWS_ENDPOINT_URL: world().endpoint,
    AWS_ENDPOINT_URL_EXECUTE_API: world().endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'LOCAL',
    AWS_SECRET_ACCESS_KEY: SECRET,
  };
  const { variables = environment, ...more } = members;
  const write = (name: string, document: object) =>
    writeFileSync(join(directory, '.sealroot', name), formatDocument(document));
  write('daemon.json', { pid: process.pid, began: '1', endpoint: world().endpoint, ...more });
  write('environment.json', { variables });
}

describe('--local', () => {
  it('leads every command to the local cloud, whatever the environment said before', async () => {
    running();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:9',
      AWS_PROFILE: 'production',
      AWS_SESSION_TOKEN: 'of-production',
      AWS_ACCESS_KEY_ID: 'PRODUCTION',
    });
    world().ec2.add('i-00000000000000001');
    world().operator.volume('0b54aaaa-1111-4222-8333-444444444444');
    const { exit, stdout } = await world().run(['--local', 'instances']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/i-00000000000000001 .* active /);
    expect(process.env['AWS_PROFILE']).toBeUndefined();
    expect(process.env['AWS_SESSION_TOKEN']).toBeUndefined();
  });

  it('keeps the place in what it suggests', async () => {
    running();
    expect((await world().run(['launch', '--local'])).stderr).toContain('sealroot --local console');
  });

  it.each([
    ['no process has its id', () => running({ pid: 2 ** 22 + 1 })],
    ['it is still starting', () => running({ endpoint: undefined })],
    ['there is none', () => undefined],
  ])('says how to start it when %s', (_, prepare) => {
    prepare();
    const failure = failureOf(() => findRunningCloud(world().cwd, directory));
    expect([failure.code, failure.adviceWith((words) => `$ ${words}`)]).toEqual([
      'unavailable',
      'Start it: $ local up',
    ]);
  });

  it.each([
    ['another machine', { endpoint: 'http://198.51.100.1:80' }],
    [
      'an environment that leads elsewhere',
      {
        variables: {
          AWS_ENDPOINT_URL: 'https://evil.example',
          AWS_ENDPOINT_URL_EXECUTE_API: 'http://127.0.0.1:80',
          AWS_REGION: 'eu-west-1',
          AWS_DEFAULT_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'a',
          AWS_SECRET_ACCESS_KEY: 'b',
        },
      },
    ],
    [
      'an environment without keys of its own',
      { variables: { AWS_ENDPOINT_URL: 'http://127.0.0.1:80', AWS_REGION: 'eu-west-1' } },
    ],
    ['other variables', { variables: { NODE_OPTIONS: '--require=/tmp/x' } }],
  ])('does not follow a file that names %s', async (_, members) => {
    running(members);
    const { exit, stderr } = await world().run(['--local', 'instances']);
    expect(exit).toBe(1);
    expect(stderr).toContain('.sealroot');
    expect(world().ec2.calls).toEqual([]);
  });

  it.each(['daemon.json', 'environment.json'])('says so when another version wrote %s', async (name) => {
    running();
    const file = join(directory, '.sealroot', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'));
    const { exit, stderr } = await world().run(['--local', 'instances']);
    expect(exit).toBe(1);
    expect(stderr).toContain(`${file} cannot be read: it is of version 2, and this program reads version 1`);
    expect(stderr).toContain('Use the sealroot of the clone');
    expect(world().ec2.calls).toEqual([]);
  });

  it.each(['--region', '--profile'])('cannot be combined with %s', async (option) => {
    expect((await world().run(['--local', option, 'x', 'instances'])).exit).toBe(2);
  });
});

describe('local env', () => {
  it('prints lines for a shell to evaluate', async () => {
    running();
    process.env['AWS_PROFILE'] = 'production';
    const { exit, stdout, stderr } = await world().run(['local', 'env']);
    expect(exit).toBe(0);
    // A tool that ignores the endpoint would talk to AWS, and nothing in the output can keep it from that.
    expect(stderr).toMatch(/AWS CLI .* 2\.13 .*boto3 .* 1\.28/);
    expect(stdout).not.toMatch(/boto3/);
    expect(stdout).toContain('unset AWS_PROFILE\n');
    expect(stdout).toContain(`export AWS_ENDPOINT_URL='${world().endpoint}'\n`);
    expect(stdout).not.toContain('unset AWS_ENDPOINT_URL\n');
  });
});

describe('local up, down, status and logs', () => {
  it('runs the local cloud as a program of its own and ends as it does', async () => {
    world().childExit = 7;
    // The program itself belongs to the local cloud; what matters here is how it is called.
    const { exit } = await world().run(['local', 'logs', 'keyserver', '--state', 'elsewhere']);
    const [child] = world().spawned;
    expect(exit).toBe(7);
    expect(child?.command).toBe(process.execPath);
    expect(child?.args.slice(0, 2)).toEqual(['--import', 'tsx']);
    expect(child?.args[2]).toMatch(/\/local\/main\.ts$/);
    expect(child?.args.slice(3)).toEqual(['logs', 'keyserver', '--state', 'elsewhere']);
  });
});

describe('local up', () => {
  it('gives the prompt back, unless told otherwise', async () => {
    await world().run(['local', 'up', '--port', '4600']);
    await world().run(['local', 'up', '--foreground']);
    const started = world().spawned.filter(({ args }) => args.includes('up'));
    expect(started.map(({ args }) => args.slice(3))).toEqual([
      ['up', '--port', '4600', '--detach'],
      ['up', '--foreground'],
    ]);
  });

  it('looks for the programs of machines first, and stops when they are not to be had', async () => {
    world().childExit = 1;
    expect((await world().run(['local', 'up'])).exit).toBe(1);
    expect(world().spawned.map(({ args }) => args)).toEqual([
      [expect.stringMatching(/setup\/prepare\.mjs$/), 'boot'],
    ]);
  });

  it('has no JSON', async () => {
    expect((await world().run(['local', 'up', '--json'])).exit).toBe(2);
    expect(world().spawned).toEqual([]);
  });
});

describe('--region and --profile', () => {
  it('mean to the SDK what its environment variables mean', async () => {
    await world().run(['--region', 'ap-south-1', '--profile', 'ops', 'instances']);
    expect(process.env['AWS_REGION']).toBe('ap-south-1');
    expect(process.env['AWS_PROFILE']).toBe('ops');
    expect(process.env['AWS_SECRET_ACCESS_KEY']).toBeUndefined();
  });
});
