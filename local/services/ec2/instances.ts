import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../../engine/contracts/errors.ts';
import { privateDirectory, StateFile } from '../../engine/state.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export interface VolumeRecord {
  readonly id: string;
  /** Name in the block device mapping, `/dev/sda1`. */
  readonly device: string;
  /** Name in the instance's directory. */
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
  /** GiB. */
  readonly size: number;
  readonly encrypted: boolean;
  /** ARN of the key of an encrypted volume. */
  readonly kmsKeyId?: string;
  readonly type: string;
  readonly deleteOnTermination: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Reason of an instance's state. The message repeats the code. */
export interface StateReason {
  readonly code: string;
  readonly message: string;
}

/** `instance.json` in the instance's directory. Times are ISO 8601. */
export interface InstanceRecord {
  readonly id: string;
  readonly state: InstanceState;
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** Last change of state and its time, in DescribeInstances's form. */
  readonly transition?: string;
  readonly imageId: string;
  readonly instanceType: string;
  /** Time of the last start. */
  readonly launchTime: string;
  readonly launchIndex: number;
  readonly reservationId: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly securityGroups: readonly string[];
  readonly instanceProfile?: { readonly arn: string; readonly id: string; readonly role: string };
  readonly metadataOptions: {
    readonly httpTokens: 'required' | 'optional';
    readonly hopLimit: number;
    readonly instanceTags: boolean;
  };
  readonly tags: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeRecord[];
  /** Base64. */
  readonly userData?: string;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly client?: { readonly token: string; readonly parameters: string };
  /** Offset of the current boot in console.log, bytes. */
  readonly consoleOffset: number;
}

/** Time for which a terminated instance can still be described. */
const REMEMBER_TERMINATED_MS = 3600 * 1000;

/** The instances of a state directory: `instances/INSTANCE-ID/`. Every change is on disk before it is answered. */
export class Instances {
  readonly #directory: string;
  readonly #records = new Map<string, InstanceRecord>();

  constructor(state: string) {
    this.#directory = privateDirectory(join(state, 'instances'));
    for (const id of readdirSync(this.#directory)) {
      const record = read(join(this.#directory, id, 'instance.json'));
      if (record !== undefined) this.#records.set(id, record);
    }
  }

  directory(id: string): string {
    return join(this.#directory, id);
  }

  all(): readonly InstanceRecord[] {
    return [...this.#records.values()].sort(
      (a, b) => a.privateIp.localeCompare(b.privateIp) || a.id.localeCompare(b.id),
    );
  }

  /** @throws AwsError InvalidInstanceID.NotFound or InvalidInstanceID.Malformed */
  get(id: string): InstanceRecord {
    const record = this.#records.get(id);
    if (record !== undefined) return record;
    if (!/^i-[0-9a-f]{8,17}$/.test(id))
      throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  }

  add(record: InstanceRecord): void {
    privateDirectory(this.directory(record.id));
    this.replace(record);
  }

  update(id: string, change: Partial<InstanceRecord>): InstanceRecord {
    const record = { ...this.get(id), ...change };
    this.replace(record);
    return record;
  }

  /** Forgets instances that were terminated an hour ago, and what is left in their directories. */
  prune(now: number): void {
    for (const { id, state, launchTime, transition } of this.all()) {
      const ended = Date.parse(/\((.*)\)$/.exec(transition ?? '')?.[1] ?? launchTime);
      if (state !== 'terminated' || now - ended < REMEMBER_TERMINATED_MS) continue;
      this.#records.delete(id);
      rmSync(this.directory(id), { recursive: true, force: true });
    }
  }

  replace(record: InstanceRecord): void {
    this.#records.set(record.id, record);
    new StateFile<unknown>(this.directory(record.id), 'instance.json', {}).write(record);
  }
}

function read(path: string): InstanceRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as InstanceRecord;
  } catch {
    return undefined; // a launch that was cut off before its record was written
  }
}
