import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { IMAGE_FILES, type ImageRecord } from '../local/engine/image-record.ts';
import { LocalCloud } from '../local/cloud.ts';
import { DEFAULT_STAGE, names } from '../protocol/names.ts';
import { BOOT_RESULTS, type BootRecord, type BootResults } from './boot-figures.ts';

/** A first boot copies the system; emulated, on a busy machine, that takes its time. */
const BOOT_TIMEOUT_MS = 15 * 60_000;

type Vm = ReturnType<LocalCloud['ec2']['vm']>;

/**
 * Boots an instance of the baked image twice, in a local cloud of its own process, and keeps what its initramfs says
 * of itself. Needs an image: `npm start` bakes one, and `sealroot local down` frees the state for this.
 */
export async function measureBoots(progress: (line: string) => void): Promise<void> {
  const cloud = await LocalCloud.start({ assembly: 'cdk.out', state: '.sealroot' });
  const client = clientOf(cloud.environment());
  try {
    const instance = await launch(client);
    const vm = cloud.ec2.vm(instance);
    progress(`${instance}: first boot`);
    const first = await bootRecord(vm);
    progress(`${instance}: unlock`);
    await vm.reboot();
    const second = await bootRecord(vm, first.boot);
    save({ boots: [first, second], initrd: initrdSizes(cloud, instance) });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
  } finally {
    client.destroy();
    await cloud.stop();
  }
}

function clientOf(environment: Readonly<Record<string, string>>): EC2Client {
  return new EC2Client({
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}

async function launch(client: EC2Client): Promise<string> {
  const LaunchTemplateName = names(DEFAULT_STAGE).launchTemplate();
  const input = { LaunchTemplate: { LaunchTemplateName, Version: '$Default' }, MinCount: 1, MaxCount: 1 };
  const { Instances } = await client.send(new RunInstancesCommand(input));
  const id = Instances?.[0]?.InstanceId;
  if (id === undefined) throw new Error('EC2 launched no instance');
  return id;
}

/** @param before the boot that this one follows: its agent may still answer for a moment. */
async function bootRecord(vm: Vm, before = ''): Promise<BootRecord & { readonly boot: string }> {
  let boot = before;
  while (boot === before) {
    await vm.waitForAgent(BOOT_TIMEOUT_MS);
    boot = (await output(vm, 'cat /proc/sys/kernel/random/boot_id').catch(() => before)).trim();
    if (boot === before) await setTimeout(1000);
  }
  return { ...(JSON.parse(await output(vm, 'cat /run/sealroot/boot.json')) as BootRecord), boot };
}

/** Sizes that the bake measured: the image's initrd, and what the parent image had. */
function initrdSizes(cloud: LocalCloud, instance: string): BootResults['initrd'] {
  const { imageId } = cloud.ec2.vm(instance).record;
  const file = join(cloud.state, 'images', imageId, IMAGE_FILES.record);
  const { measured } = JSON.parse(readFileSync(file, 'utf8')) as ImageRecord;
  if (measured === undefined) throw new Error(`${imageId} was not baked here`);
  return { with: measured.initrd.bytes, without: measured.initrd.bareBytes };
}

async function output(vm: Vm, command: string): Promise<string> {
  const { status, stdout, stderr } = await vm.run(command, { timeoutMs: BOOT_TIMEOUT_MS });
  if (status !== 0) throw new Error(`on ${vm.id}: status ${status}: ${stderr}`);
  return stdout;
}

function save(results: BootResults): void {
  mkdirSync(dirname(BOOT_RESULTS), { recursive: true });
  writeFileSync(BOOT_RESULTS, JSON.stringify(results, undefined, 2));
}
