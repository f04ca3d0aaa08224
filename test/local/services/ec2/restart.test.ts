import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ec2Service } from '../../../../local/services/ec2/service.ts';
import { context, FakeLauncher, sdkClient, stateDirectory, writeImage } from './fakes.ts';

let state: string;
let launcher: FakeLauncher;
let ec2: Ec2Service;

beforeEach(() => {
  state = stateDirectory();
  launcher = new FakeLauncher();
  ec2 = new Ec2Service(context(state), { launcher });
});
afterEach(async () => {
  await ec2.release();
  rmSync(state, { recursive: true });
});

async function launch(): Promise<string> {
  const LaunchTemplate = { LaunchTemplateName: 'sealroot-dev' };
  const answer = await sdkClient(ec2).send(
    new RunInstancesCommand({ LaunchTemplate, MinCount: 1, MaxCount: 1 }),
  );
  const id = answer.Instances?.[0]?.InstanceId ?? '';
  await until(id, 'running');
  return id;
}

async function until(id: string, wanted: string): Promise<void> {
  while (ec2.vm(id).record.state !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function restart(): Promise<void> {
  await ec2.release();
  ec2 = new Ec2Service(context(state), { launcher });
  await ec2.ready;
}

describe('when the local cloud is started again', () => {
  it('finds its instances, and a machine that still runs', async () => {
    const id = await launch();
    const before = ec2.instances();
    await restart();
    expect(ec2.instances()).toEqual(before);
    launcher.running.get(id)?.end();
    await until(id, 'stopped');
  });

  it('serves its metadata again', async () => {
    const id = await launch();
    await restart();
    expect(existsSync(join(ec2.vm(id).directory, 'imds.sock'))).toBe(true);
  });

  it('sees that a machine has ended meanwhile', async () => {
    const id = await launch();
    await ec2.release();
    launcher.running.get(id)?.end();
    await restart();
    expect(ec2.vm(id).record.state).toBe('stopped');
  });

  it('has forgotten nothing of a terminated one but its disks', async () => {
    const id = await launch();
    const disks = [ec2.vm(id).bootDisk, ...ec2.vm(id).dataDisks];
    expect(disks.map((disk) => existsSync(disk))).toEqual([true, true]);
    await sdkClient(ec2).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await until(id, 'terminated');
    await restart();
    expect(ec2.vm(id).record.state).toBe('terminated');
    expect(disks.map((disk) => existsSync(disk))).toEqual([false, false]);
  });
});

describe('when the plug is pulled', () => {
  it('is stopped, and boots from the same disks', async () => {
    const id = await launch();
    const vm = ec2.vm(id);
    await vm.powerCut();
    expect(vm.record.state).toBe('stopped');
    await vm.boot();
    expect(vm.record.state).toBe('running');
    expect(launcher.launched[1]).toEqual(launcher.launched[0]);
  });
});

describe('when an image is registered', () => {
  it('is moved into the state directory, under an id that follows from it', () => {
    const directory = join(state, 'baked');
    writeImage(directory, { name: 'other' });
    const id = ec2.registerImage(directory);
    expect(id).toMatch(/^ami-[0-9a-f]{17}$/);
    expect(existsSync(join(state, 'images', id, 'disk.raw'))).toBe(true);
    expect(ec2.registerImage(join(state, 'images', id))).toBe(id);
  });

  it('names the file that is missing', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sealroot-ec2-'));
    expect(() => ec2.registerImage(directory)).toThrow(/image\.json is missing/);
    rmSync(directory, { recursive: true });
  });
});
