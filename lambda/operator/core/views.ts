import type { PendingRequest, Volume } from '../../../protocol/operator.ts';
import type { RequestItem, VolumeItem } from '../../domain/volumes/items.ts';
import { isoTime } from '../../platform/ports/clock.ts';

/** Names every member that goes out: an item has members that must not. */
export function viewVolume(item: VolumeItem): Volume {
  const { luks, instance, volume, state, address, image, created, updated, header, recoverable, by, reason } =
    item;
  const destroy = item.destroy === undefined ? undefined : isoTime(item.destroy);
  return {
    ...{ luks, instance, volume, state, address, image, created, updated, header, recoverable, by, reason },
    destroy,
  };
}

export function viewRequest(item: RequestItem): PendingRequest {
  const { id, pending, decision, instance, volume, luks, address, image, imageGone, first, ttl, by } = item;
  const expires = isoTime(ttl);
  return {
    ...{ id, reason: pending, decision, instance, volume, luks, address, image, imageGone },
    ...{ first, expires, by },
  };
}
