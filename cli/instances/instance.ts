import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { TAGS } from '../../protocol/names.ts';
import type { ec2Client } from '../aws/clients.ts';
import type { StateReason } from './state-reason.ts';

/** An instance of a stage, as the commands print it. Documented in docs/reference/cli.md. */
export interface Instance {
  readonly id: string;
  readonly name?: string;
  readonly state: string;
  /** Reason of its state, when EC2 says one. */
  readonly reason?: StateReason;
  readonly type: string;
  readonly privateIp?: string;
  /** ISO 8601. */
  readonly launched?: string;
  readonly image: string;
  /** ARN of who launched it, when it was launched with this CLI. */
  readonly launchedBy?: string;
  /** SERVER_ID that it may register with. */
  readonly server?: string;
}

export type Ec2 = Awaited<ReturnType<typeof ec2Client>>;

/** The instances that carry the stage's tag; terminated ones stay visible for about an hour. */
export async function stageInstances(ec2: Ec2, stage: string): Promise<Instance[]> {
  const filters = [{ Name: `tag:${TAGS.stage}`, Values: [stage] }];
  const found: Instance[] = [];
  const pages = ec2.sdk.paginateDescribeInstances({ client: ec2.client }, { Filters: filters });
  for await (const page of pages) {
    for (const reservation of page.Reservations ?? [])
      found.push(...(reservation.Instances ?? []).map(toInstance));
  }
  return found.toSorted((a, b) => (b.launched ?? '').localeCompare(a.launched ?? ''));
}

export function toInstance(instance: Ec2Instance): Instance {
  const tag = (key: string) => instance.Tags?.find((candidate) => candidate.Key === key)?.Value;
  return {
    id: instance.InstanceId ?? '',
    ...present('name', tag('Name')),
    state: instance.State?.Name ?? 'unknown',
    ...reasonOf(instance),
    type: instance.InstanceType ?? '',
    ...present('privateIp', instance.PrivateIpAddress),
    ...present('launched', instance.LaunchTime?.toISOString()),
    image: instance.ImageId ?? '',
    ...present('launchedBy', tag(TAGS.launchedBy)),
    ...present('server', tag(TAGS.server)),
  };
}

/** EC2 repeats the code in the message. While an instance is pending it says that as the reason too. */
function reasonOf({ StateReason: reason }: Ec2Instance): { readonly reason?: StateReason } {
  const { Code: code, Message: text } = reason ?? {};
  if (code === undefined || code === 'pending') return {};
  return { reason: { code, message: (text ?? '').replace(`${code}: `, '') } };
}

/** `name (id)`, or the id alone. */
export const called = (instance: Instance): string =>
  instance.name === undefined ? instance.id : `${instance.name} (${instance.id})`;

function present<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Partial<Record<K, string>>);
}
