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
 * Once for each server. What is stored decides: whoever lost a race, or lost the answer to a write, goes on from
 * that.
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
  // Nobody decides on a registration beforehand, so none goes through on an image that cannot be seen.
  if (eligible.kind === 'image-gone') return alarmed('image');
  // The SERVER_ID is no secret; the tag is what only those who may launch can give an instance.
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
  // Power failed after it had finished, before it knew that it had: it has nothing to gain, and is no stranger.
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

/** Somebody else, or somebody too late: from here on nobody gets anything, until an operator decides. */
async function contest(deps: Deps, item: ServerItem): Promise<Failure | Again> {
  if (!item.contested) {
    const expected: Partial<ServerItem> = { state: item.state, instance: item.instance, contested: false };
    if (!(await deps.mailbox.change(serverKey(item.server), expected, { contested: true }))) return AGAIN;
  }
  return alarmed('second-registration');
}
