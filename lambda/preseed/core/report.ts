import { decryptDirect } from '../../../protocol/jose/direct.ts';
import { reportKey } from '../../../protocol/preseed-keys.ts';
import type { ReportRequest, ReportResponse } from '../../../protocol/preseed.ts';
import { TYP } from '../../../protocol/release.ts';
import { Report } from '../../../protocol/report.ts';
import { MalformedError, parseJson } from '../../../protocol/schema.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { seqOf, serverKey, type MessageItem, type ServerItem } from '../../domain/mailbox/items.ts';
import { eraseAll, settleExpired } from '../../domain/mailbox/settle.ts';
import { RECORD_SECONDS } from '../../domain/mailbox/states.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { conflict, type Conflict, type Failure } from './outcome.ts';
import { authorize, openSecret } from './registration.ts';

const reported = (decision: Report['status']): Answered<ReportResponse> => ({
  kind: 'answered',
  answer: { v: 1 },
  audit: [{ decision }],
});

/** Notes how configuring goes. @throws MalformedError when it does not open, or is not a report. */
export function report(
  deps: Deps,
  caller: Caller,
  request: ReportRequest,
): Promise<Answered<ReportResponse> | Failure> {
  return decideAnew(async () => {
    const server = authorize(await deps.mailbox.server(request.server), caller, request.subkey);
    if (server.kind === 'refused') return server;
    // The report is repeated because its answer was lost. It cannot be opened without the secret, and changes nothing.
    if (server.state === 'finished') {
      await erase(deps, server);
      return reported('finished');
    }
    const secret = await openSecret(deps, server);
    if (!Buffer.isBuffer(secret)) return secret;
    const content = openReport(secret, server.server, request.report);
    const conflicting = await conflictOf(deps, server, content);
    if (conflicting !== undefined) return conflicting;
    const { status } = content;
    if (!(await deps.mailbox.change(serverKey(server.server), standing(server), changes(deps, content)))) {
      return AGAIN;
    }
    if (status === 'finished') await erase(deps, server);
    return reported(status);
  }, CONTENTION);
}

function openReport(secret: Buffer, server: string, jwe: string): Report {
  const key = reportKey(secret, server);
  secret.fill(0);
  const plaintext = decryptDirect(jwe, key, TYP.report);
  key.fill(0);
  if (plaintext === undefined) throw new MalformedError('report');
  return parseJson(Report, plaintext.toString('utf8'));
}

async function conflictOf(deps: Deps, server: ServerItem, { status }: Report): Promise<Conflict | undefined> {
  if (status === 'finished' && server.state !== 'configuring') return conflict('not-configuring');
  if (status === 'configuring' && server.state === 'configuring') return undefined;
  const all = await settleExpired(deps.mailbox, await deps.mailbox.summaries(server.server), deps.clock());
  const published = all.filter((message) => seqOf(message) <= server.last);
  if (status === 'configuring')
    return published.some(isUnreceived(server)) ? conflict('unreceived') : undefined;
  return published.some(({ state }) => state === 'delivered') ? conflict('unsettled') : undefined;
}

/** Finds messages that this registration was not handed, whether or not an earlier one was. */
const isUnreceived =
  (server: ServerItem) =>
  ({ state, holder }: MessageItem): boolean =>
    state === 'published' || (state === 'delivered' && holder !== server.key);

/** Includes `last`: a message that is published in between leaves the mailbox open. */
function standing({ state, key, last }: ServerItem): Partial<ServerItem> {
  return { state, key, last, contested: false };
}

function changes(deps: Deps, { status, hooks, hostKeys }: Report): Partial<ServerItem> {
  const now = deps.clock();
  const said = { hooks: JSON.stringify(hooks), hostKeys: JSON.stringify(hostKeys) };
  if (status === 'configuring') return { ...said, state: 'configuring' };
  const end = { finished: isoTime(now), ttl: now + RECORD_SECONDS };
  return {
    ...said,
    ...end,
    state: 'finished',
    ...{ secret: undefined, binding: undefined, repeatable: undefined },
  };
}

/** Erases messages of senders that were too late; all others are settled. */
async function erase(deps: Deps, { server }: ServerItem): Promise<void> {
  await eraseAll(deps.mailbox, await deps.mailbox.summaries(server), deps.clock());
}
