import { TAGS } from '../../../protocol/names.ts';
import { jwkThumbprint } from '../../../protocol/jose/jwk.ts';
import { hashSubkey, subkeyOf } from '../../../protocol/preseed-keys.ts';
import type { RegisterRequest, RegisterResponse } from '../../../protocol/preseed.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { checkEligibility } from '../../domain/instances/eligibility.ts';
import { serverKey, type ServerItem } from '../../domain/mailbox/items.ts';
import { secretContext } from '../../domain/mailbox/sealing.ts';
import { isRegistered, REPEAT_SECONDS } from '../../domain/mailbox/states.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew, type Again } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { alarmed, refused, type Failure } from './outcome.ts';
import { bindingOf, openSecret, sealRegistration } from './registration.ts';

/**
 * Registers a server, once. A request that lost a race, or the answer to a write, goes on from what is stored.
 */
export function register(
  deps: Deps,
  caller: Caller,
  request: RegisterRequest,
): Promise<Answered<RegisterResponse> | Failure> {
  return decideAnew(async () => {
    const item = await deps.mailbox.server(request.server);
    if (item === undefined) return refused('unknown-server');
    if (item.state === 'withdrawn') return refused('withdrawn');
    return item.state === 'created'
      ? first(deps, caller, request, item)
      : second(deps, caller, request, item);
  }, CONTENTION);
}

async function first(
  deps: Deps,
  caller: Caller,
  request: RegisterRequest,
  item: ServerItem,
): Promise<Answered<RegisterResponse> | Failure | Again> {
  const eligible = await checkEligibility(deps.inventory, caller, deps.settings);
  if (eligible.kind === 'unavailable') return eligible;
  if (eligible.kind === 'refused') return alarmed(eligible.reason);
  // A registration cannot wait for a person, so none goes through on an image that is gone.
  if (eligible.kind === 'image-gone') return alarmed('image');
  // The SERVER_ID is no secret. The tag proves the instance's: only people who may launch can set it.
  if (eligible.tags[TAGS.server] !== request.server) return alarmed('server-tag');
  const { plaintext: secret, sealed } = await deps.drawKey(secretContext(deps.settings.stage, item.server));
  const { instance, address } = caller;
  const key = jwkThumbprint(request.epk);
  const now = deps.clock();
  const set: Partial<ServerItem> = {
    state: 'registered',
    ...{ instance, address, key },
    secret: sealed.toString('base64url'),
    binding: bindingOf(secret, { server: item.server, instance, address, key }),
    subkey: hashSubkey(subkeyOf(secret)),
    registered: isoTime(now),
    repeatable: now + REPEAT_SECONDS,
  };
  const expected: Partial<ServerItem> = { state: 'created', instance: undefined, secret: undefined };
  const done = await deps.mailbox.change(serverKey(item.server), expected, set);
  if (!done) {
    secret.fill(0);
    return AGAIN;
  }
  const answer = await sealRegistration(deps, instance, secret, request);
  return { kind: 'answered', answer, audit: [{ decision: 'registered' }] };
}

async function second(
  deps: Deps,
  caller: Caller,
  request: RegisterRequest,
  item: ServerItem,
): Promise<Answered<RegisterResponse> | Failure | Again> {
  const isSame =
    item.instance === caller.instance &&
    item.address === caller.address &&
    item.key === jwkThumbprint(request.epk);
  // Power failed after the instance had finished, before it knew that it had: no stranger, and no reason to alarm.
  if (isSame && item.state === 'finished') return refused('finished');
  const isInTime = deps.clock() < (item.repeatable ?? 0);
  if (isSame && isInTime && item.contested) return refused('contested');
  if (!isSame || !isInTime || !isRegistered(item.state)) return contest(deps, item);
  const secret = await openSecret(deps, item);
  if (!Buffer.isBuffer(secret)) return secret;
  // The same registration again: the answer before was lost.
  const answer = await sealRegistration(deps, caller.instance, secret, request);
  return { kind: 'answered', answer, audit: [{ decision: 'registered-again' }] };
}

/** Contests the server: another instance asks, or this one too late. Nobody gets anything until a custodian decides. */
async function contest(deps: Deps, item: ServerItem): Promise<Failure | Again> {
  if (!item.contested) {
    const expected: Partial<ServerItem> = { state: item.state, instance: item.instance, contested: false };
    if (!(await deps.mailbox.change(serverKey(item.server), expected, { contested: true }))) return AGAIN;
  }
  return alarmed('second-registration');
}
