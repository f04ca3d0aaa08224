import type { PendingRequest, Volume } from '../../protocol/operator.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { table } from '../terminal/table.ts';
import { age, until } from '../terminal/text.ts';

/** Requests first: they need somebody. */
export async function listKeys(session: Session, options: { all?: boolean }): Promise<void> {
  const operator = await connectOperator(session);
  const [everyRequest, everyVolume] = await Promise.all([operator.listRequests(), operator.listVolumes()]);
  const requests = everyRequest
    .filter((request) => options.all === true || request.decision === 'pending')
    .toSorted((a, b) => a.first.localeCompare(b.first));
  const volumes = everyVolume
    .filter((volume) => options.all === true || volume.state !== 'destroyed')
    .toSorted((a, b) => b.updated.localeCompare(a.updated));
  session.result({ requests, volumes }, () => [
    ...requestLines(session, requests),
    ...volumeLines(session, volumes),
  ]);
  const first = requests.find((request) => request.decision === 'pending');
  if (first !== undefined) {
    const id = first.id.slice(0, 8);
    session.note(`\nLook at one:  ${session.suggest(`keys show ${id}`)}`);
    session.note(`Then decide:  ${session.suggest(`keys approve ${id}`)}   or   keys deny ${id}`);
  }
}

function requestLines(session: Session, requests: readonly PendingRequest[]): string[] {
  if (requests.length === 0) return [];
  const now = session.context.now();
  const rows = requests.map((r) => [
    r.id,
    r.decision === 'pending' ? 'waiting' : r.decision,
    r.imageGone === true ? `${r.reason}, image gone` : r.reason,
    r.instance,
    r.volume,
    r.address,
    age(r.first, now),
    until(r.expires, now),
  ]);
  const columns = ['REQUEST', 'STATE', 'REASON', 'INSTANCE', 'VOLUME', 'ADDRESS', 'ASKED', 'EXPIRES'].map(
    (title) => ({
      title,
      flexible: title === 'REASON' || title === 'VOLUME',
    }),
  );
  return [...table(columns, rows, session.context.stdout.columns), ''];
}

function volumeLines(session: Session, volumes: readonly Volume[]): string[] {
  if (volumes.length === 0)
    return [`No volume of stage ${session.stage} has a key yet. Start one: ${session.suggest('launch')}`];
  const now = session.context.now();
  const digits = distinguishing(volumes.map((volume) => volume.luks));
  const rows = volumes.map((v) => [
    v.luks.slice(0, digits),
    v.volume,
    v.instance,
    v.state,
    v.address,
    age(v.created, now),
    age(v.updated, now),
    v.reason ?? '',
  ]);
  const columns = ['LUKS', 'VOLUME', 'INSTANCE', 'STATE', 'ADDRESS', 'CREATED', 'CHANGED', 'REASON'].map(
    (title) => ({
      title,
      flexible: title === 'REASON' || title === 'VOLUME',
    }),
  );
  return table(columns, rows, session.context.stdout.columns);
}

/** Number of characters of the UUIDs that tell them apart; 8 at least, as they are usually quoted. */
function distinguishing(ids: readonly string[]): number {
  let digits = 8;
  while (digits < 36 && new Set(ids.map((id) => id.slice(0, digits))).size < ids.length) digits++;
  return digits;
}
