import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { TAGS } from '../../../protocol/names.ts';
import { isNamed, SDK_OPTIONS } from '../../platform/sdk.ts';
import type { LauncherOf } from '../core/ports.ts';

export function ec2LauncherOf(client: EC2Client = new EC2Client(SDK_OPTIONS)): LauncherOf {
  return async (id) => {
    const answer = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] })).catch(orAbsent);
    const instance = answer?.Reservations?.[0]?.Instances?.[0];
    if (instance?.InstanceId !== id) return undefined;
    return instance.Tags?.find(({ Key }) => Key === TAGS.launchedBy)?.Value;
  };
}

/** An hour after its end EC2 no longer knows an instance. */
function orAbsent(error: unknown): undefined {
  if (!isNamed(error, 'InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed')) throw error;
}
