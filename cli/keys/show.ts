import type { PendingReason, PendingRequest, Volume } from '../../protocol/operator.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { facts } from '../terminal/table.ts';
import { age, until } from '../terminal/text.ts';
import { resolveAny } from './resolve.ts';

/** Explanations for the person who decides: what may have happened, harmless or not. */
const EXPLANATION: Record<PendingReason, string> = {
  enrolment: 'a new instance asks for its first key, and the policy wants every one looked at',
  're-enrolment':
    'a blank disk on an instance that already has such a volume: a replaced disk, or an attempt to lose the old one',
  moved: 'the volume is bound to another instance: a restored snapshot or a moved disk, or a stolen one',
  'stale-ticket': 'the disk is an older copy: a restored snapshot, a clone or a rollback',
  'unknown-ticket': 'the ticket was never valid: a damaged or forged header',
  'no-ticket':
    'no ticket came along: a damaged header, or somebody who has only the credentials of the instance',
  'unknown-volume': 'the keyserver has no record of the volume; the disk brought its own sealed key',
};

export async function showKeys(session: Session, id: string): Promise<void> {
  const operator = await connectOperator(session);
  const [everyRequest, everyVolume] = await Promise.all([operator.listRequests(), operator.listVolumes()]);
  const { requests, volumes } = resolveAny(everyVolume, everyRequest, id);
  const now = session.context.now();
  session.result({ requests, volumes }, () =>
    [...requests.map((r) => requestLines(r, now)), ...volumes.map((v) => volumeLines(v, now))].flatMap(
      (lines, index) => (index === 0 ? lines : ['', ...lines]),
    ),
  );
  nextSteps(session, requests, volumes);
}

function requestLines(request: PendingRequest, now: number): string[] {
  return facts([
    ['Request', request.id],
    ['State', request.decision === 'pending' ? 'waits for a decision' : request.decision],
    ['Decided by', request.by],
    ['Why it waits', `${request.reason}: ${EXPLANATION[request.reason]}`],
    ['Instance', request.instance],
    ['Volume', request.volume],
    ['LUKS UUID', request.luks ?? 'none: the disk is blank'],
    ['Address', request.address],
    ['Image', imageOf(request)],
    ['First asked', `${request.first} (${age(request.first, now)})`],
    ['Expires', `${request.expires} (${until(request.expires, now)})`],
  ]);
}

/** With a word when EC2 no longer knows it. */
export const imageOf = ({ image, imageGone }: PendingRequest): string =>
  imageGone === true
    ? `${image}, which EC2 no longer knows: nothing vouches for what this instance was started from`
    : image;

function volumeLines(volume: Volume, now: number): string[] {
  return facts([
    ['LUKS UUID', volume.luks],
    ['Volume', volume.volume],
    ['State', volume.state],
    ['To be destroyed', volume.destroy && `${volume.destroy} or later (${until(volume.destroy, now)})`],
    ['Instance', volume.instance],
    ['Address', volume.address],
    ['Image', volume.image],
    ['Created', `${volume.created} (${age(volume.created, now)})`],
    ['Changed', `${volume.updated} (${age(volume.updated, now)})`],
    ['Changed by', volume.by],
    ['Reason', volume.reason],
    ['Header', volume.header ?? 'not acknowledged yet'],
    ['Recovery key', volume.recoverable ? 'stored, for the custodian' : 'not stored'],
  ]);
}

function nextSteps(session: Session, requests: readonly PendingRequest[], volumes: readonly Volume[]): void {
  for (const { id } of requests.filter((request) => request.decision === 'pending')) {
    session.note(`\nLet it boot:  ${session.suggest(`keys approve ${id}`)}`);
    session.note(`Refuse it:    ${session.suggest(`keys deny ${id}`)}`);
  }
  for (const { luks } of volumes.filter((volume) => volume.state === 'revoked')) {
    session.note(`\nLet it boot again:  ${session.suggest(`keys restore ${luks}`)}`);
  }
}
