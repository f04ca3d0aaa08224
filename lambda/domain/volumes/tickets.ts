import { createHash, createHmac } from 'node:crypto';
import type { PendingReason } from '../../../protocol/operator.ts';
import type { VolumeItem } from './items.ts';
import type { Random } from '../../platform/ports/random.ts';

/** Number of past tickets that are remembered, to tell a rollback from a guess. */
const RETIRED = 8;

type TicketFields = Pick<VolumeItem, 'current' | 'next' | 'salt' | 'retired'>;

export type TicketJudgement =
  | { readonly kind: 'current' }
  | { readonly kind: 'next' }
  | { readonly kind: 'doubt'; readonly reason: Extract<PendingReason, `${string}-ticket`> };

/** Hashes a ticket for storage: a reader of the table cannot present one. */
export function hashTicket(ticket: Uint8Array): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

/** Derives the ticket that the current one is exchanged for: the same every time, so a lost answer is harmless. */
export function nextTicket(salt: string, ticket: Uint8Array): Buffer {
  return createHmac('sha256', Buffer.from(salt, 'base64url')).update(ticket).digest();
}

/**
 * Derives the ticket that starts a new chain from the disk key: only a holder of the key can know it.
 *
 * @param label `enrolment`, or the id of the approved request.
 */
export function firstTicket(diskKey: Uint8Array, luks: string, label: string): Buffer {
  return createHmac('sha256', diskKey).update(`sealroot/v1/ticket\n${luks}\n${label}`).digest();
}

export function judgeTicket(volume: TicketFields, ticket: Uint8Array | undefined): TicketJudgement {
  if (ticket === undefined) return { kind: 'doubt', reason: 'no-ticket' };
  const hash = hashTicket(ticket);
  if (hash === volume.current) return { kind: 'current' };
  if (hash === volume.next) return { kind: 'next' };
  const stale = volume.retired?.includes(hash) === true;
  return { kind: 'doubt', reason: stale ? 'stale-ticket' : 'unknown-ticket' };
}

/** Makes `ticket` the current one; what was valid before is retired. */
export function startAt(ticket: Uint8Array, before: TicketFields, random: Random): Required<TicketFields> {
  const current = hashTicket(ticket);
  const salt = random.bytes(32).toString('base64url');
  const old = [...(before.retired ?? []), before.current, before.next];
  const retired = old.filter((hash): hash is string => hash !== undefined && hash !== current);
  return { current, salt, next: hashTicket(nextTicket(salt, ticket)), retired: retired.slice(-RETIRED) };
}
