import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client, type Tag } from '@aws-sdk/client-ec2';
import { isNamed, SDK_OPTIONS } from '../sdk.ts';
import type { Inventory } from '../ports/inventory.ts';

export function ec2Inventory(client: EC2Client = new EC2Client(SDK_OPTIONS)): Inventory {
  return {
    async instance(id) {
      const found = await orAbsent('InvalidInstanceID', () =>
        client.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
      );
      const instance = found?.Reservations?.[0]?.Instances?.[0];
      if (instance?.InstanceId !== id) return undefined;
      return {
        state: instance.State?.Name ?? '',
        vpc: instance.VpcId ?? '',
        address: instance.PrivateIpAddress ?? '',
        image: instance.ImageId ?? '',
        profile: instance.IamInstanceProfile?.Arn ?? '',
        tags: tagsOf(instance.Tags),
      };
    },
    async image(id) {
      const found = await orAbsent('InvalidAMIID', () =>
        client.send(new DescribeImagesCommand({ ImageIds: [id] })),
      );
      const image = found?.Images?.[0];
      if (image?.ImageId !== id) return undefined;
      return { owner: image.OwnerId ?? '', tags: tagsOf(image.Tags) };
    },
  };
}

async function orAbsent<T>(family: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isNamed(error, `${family}.NotFound`, `${family}.Malformed`, `${family}.Unavailable`))
      return undefined;
    throw error;
  }
}

function tagsOf(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
