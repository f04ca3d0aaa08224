import { isUuid } from '../../protocol/fields.ts';
import type { Decision, PendingRequest, Volume } from '../../protocol/operator.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Operator } from '../operator/client.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { imageOf } from './show.ts';
import { isRequestId, resolveRequest, resolveVolume } from './resolve.ts';

interface Options {
  readonly reason?: string;
  readonly yes?: boolean;
}

export async function decideRequest(
  session: Session,
  decision: 'approve' | 'deny',
  id: string,
  options: Options,
): Promise<void> {
  const operator = await connectOperator(session);
  // Lists lag behind for a moment; what is named in full is read directly.
  const known = isRequestId(id) ? [await operator.showRequest(id)] : await operator.listRequests();
  const found = resolveRequest(known, id);
  const request: PendingRequest = await operator[`${decision}Request`](found.id, body(options));
  const done = decision === 'approve' ? 'Approved' : 'Denied';
  session.result(request, () => [
    `${done} ${request.id}: ${request.volume} of ${request.instance} (${request.reason}).`,
    ...(request.imageGone === true ? [`Its image is ${imageOf(request)}.`] : []),
  ]);
  session.note(
    decision === 'approve'
      ? `It goes on booting when it asks again, within a minute. Watch: ${session.suggest(`console ${request.instance}`)}`
      : 'It does not get this key. Should it ask with another boot, that is a new request.',
  );
}

export async function revokeVolume(session: Session, id: string, options: Options): Promise<void> {
  const { operator, volume } = await findVolume(session, id);
  await confirm(
    session,
    `Revoke the key of ${volume.volume} of ${volume.instance} (${volume.luks})?`,
    options.yes,
  );
  const revoked = await operator.revokeVolume(volume.luks, body(options));
  session.result(revoked, () => [`Revoked ${describe(revoked)}.`]);
  session.note(
    `A running instance keeps its key until it stops: ${session.suggest(`stop ${revoked.instance}`)}`,
  );
  session.note(
    `To undo:                                        ${session.suggest(`keys restore ${revoked.luks}`)}`,
  );
}

export async function restoreVolume(session: Session, id: string, options: Options): Promise<void> {
  const { operator, volume } = await findVolume(session, id);
  const restored = await operator.restoreVolume(volume.luks, body(options));
  session.result(restored, () => [`Restored ${describe(restored)}.`]);
  session.note(
    `An instance that waits gets its key when it asks again. Watch: ${session.suggest(`console ${restored.instance}`)}`,
  );
}

export async function findVolume(
  session: Session,
  id: string,
): Promise<{ operator: Operator; volume: Volume }> {
  const operator = await connectOperator(session);
  const known = isUuid(id) ? [await operator.showVolume(id)] : await operator.listVolumes();
  return { operator, volume: resolveVolume(known, id) };
}

export const body = ({ reason }: Options): Decision => (reason === undefined ? {} : { reason });
export const describe = (volume: Volume): string => `${volume.volume} of ${volume.instance} (${volume.luks})`;
