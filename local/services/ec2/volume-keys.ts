import type { Principal } from '../../engine/contracts/identity.ts';
import type { VolumeKeyCall, VolumeKeys } from '../../engine/contracts/services.ts';
import type { Image } from './images.ts';
import type { InstanceRecord, StateReason, VolumeRecord } from './instances.ts';
import { REASON } from './state-reasons.ts';

type Operation = VolumeKeyCall['operation'];
type Ask = readonly [operation: Operation, key: string];

/**
 * Asks KMS, in the name of the caller, for what EC2 needs to make the encrypted volumes of a new instance and to attach
 * them (https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html). EC2 does so after it has answered.
 *
 * @returns why the instance does not start, if it does not.
 */
export function refusalToLaunch(
  keys: VolumeKeys,
  principal: Principal,
  instance: InstanceRecord,
  image: Image,
): StateReason | undefined {
  return refusal(keys, principal, instance, ({ device }, key) => {
    const snapshotKey = keyOfSnapshot(keys, image, device);
    const reEncrypted = snapshotKey !== undefined && snapshotKey !== key;
    return [
      ['DescribeKey', key],
      ['GenerateDataKeyWithoutPlaintext', key],
      ...(reEncrypted
        ? ([
            ['ReEncryptFrom', snapshotKey],
            ['ReEncryptTo', key],
          ] as const)
        : []),
      ...attaching(key),
    ];
  });
}

/** The same for an instance that has its volumes and is started again. */
export const refusalToStart = (
  keys: VolumeKeys,
  principal: Principal,
  instance: InstanceRecord,
): StateReason | undefined =>
  refusal(keys, principal, instance, (_, key) => [['DescribeKey', key], ...attaching(key)]);

/** Key of the snapshot that an image has for a device; undefined where there is no encrypted one. */
export function keyOfSnapshot(keys: VolumeKeys, image: Image, device: string): string | undefined {
  const snapshot = image.blockDevices.find((each) => each.device === device);
  if (snapshot?.encrypted !== true) return undefined;
  return snapshot.kmsKeyId ?? keys.defaultKeyArn;
}

const attaching = (key: string): readonly Ask[] => [
  ['CreateGrant', key],
  ['Decrypt', key],
];

function refusal(
  keys: VolumeKeys,
  principal: Principal,
  { id: instanceId, volumes }: InstanceRecord,
  asks: (volume: VolumeRecord, key: string) => readonly Ask[],
): StateReason | undefined {
  for (const volume of volumes) {
    if (volume.kmsKeyId === undefined) continue;
    for (const [operation, key] of asks(volume, volume.kmsKeyId)) {
      const use = keys.use(principal, { operation, key, volumeId: volume.id, instanceId });
      if (use !== 'allowed') return use === 'denied' ? REASON.keyRefused : REASON.keyUnusable;
    }
  }
  return undefined;
}
