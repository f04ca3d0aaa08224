import type { ReleaseRequest } from '../../../protocol/release.ts';
import { diskKeyContext, enrolmentContext } from '../../domain/volumes/encryption-context.ts';
import { claimKey, volumeKey, type VolumeItem } from '../../domain/volumes/items.ts';
import { firstTicket, startAt } from '../../domain/volumes/tickets.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { doubt, isDenied, type Circumstances } from './doubt.ts';
import { checkEligibility } from '../../domain/instances/eligibility.ts';
import { grantEnrolling, type Grant } from './grant.ts';
import { refused, type Failure } from './outcome.ts';
import { recoveryPassphrase, sealToCustodian } from './recovery.ts';

/**
 * Enrols a blank device: first the claim, which names the volume, then the volume itself. A request that loses the race
 * for either, or comes after a crash between the two, goes on from what is stored.
 */
export function enrol(deps: Deps, caller: Caller, request: ReleaseRequest): Promise<Grant | Failure> {
  const key = claimKey(caller.instance, request.volume);
  return decideAnew(async () => {
    const claim = await deps.table.read(key);
    if (claim === undefined) {
      const claimed = await mayClaim(deps, caller, request);
      if (claimed.kind !== 'circumstances') return claimed;
      await deps.table.create({ ...key, luks: deps.random.uuid() });
      return AGAIN;
    }
    const volume = await deps.table.read(volumeKey(claim.luks));
    if (volume !== undefined) return enrolAgain(deps, caller, request, volume);
    const allowed = await unlessImageGone(deps, caller, request);
    if (allowed.kind !== 'circumstances') return allowed;
    const grant = await createVolume(deps, caller, request.volume, claim.luks, allowed.image);
    if (await deps.table.create(grant.volume)) return grant;
    grant.diskKey.fill(0);
    grant.ticket.fill(0);
    return AGAIN;
  }, CONTENTION);
}

/** Decides whether a volume may be claimed. */
async function mayClaim(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
): Promise<Circumstances | Failure> {
  // A root volume is enrolled before anything else runs on the instance. The key of a data volume could be had
  // beforehand by any process with the role's credentials, which then waits until root encrypts with it: data
  // volumes need a proof of their own, and are refused until there is one.
  if (request.volume !== 'root') return refused('policy');
  const isAsked = deps.settings.policy.enrolment === 'approve';
  return isAsked ? onApproval(deps, caller, request) : unlessImageGone(deps, caller, request);
}

/** Lets an eligible instance pass. One whose image is gone waits for a person: nothing vouches for it. */
async function unlessImageGone(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
): Promise<Circumstances | Failure> {
  const described = await circumstances(deps, caller);
  if (described.kind !== 'circumstances') return described;
  if (described.imageGone === true) return onApproval(deps, caller, request);
  // An image can be seen again after a custodian has denied what was started from it.
  return (await isDenied(deps, caller, request)) ? refused('denied') : described;
}

async function onApproval(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
): Promise<Circumstances | Failure> {
  const decision = await doubt(deps, caller, request, 'enrolment', () => circumstances(deps, caller));
  return decision.kind === 'approved' ? { kind: 'circumstances', image: decision.item.image } : decision;
}

/** Decides on a blank device whose claim has a volume already. */
async function enrolAgain(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  volume: VolumeItem,
): Promise<Grant | Failure> {
  if (volume.state === 'revoked' || volume.state === 'destroyed') return refused(volume.state);
  if (volume.state === 'enrolling' && volume.instance === caller.instance) {
    return volume.address === caller.address ? grantEnrolling(deps, volume) : refused('address');
  }
  const replaces = volume.luks;
  const decision = await doubt(deps, caller, request, 're-enrolment', async () => {
    const described = await circumstances(deps, caller);
    return described.kind === 'circumstances' ? { ...described, replaces } : described;
  });
  // An approval moves the claim on before it marks the request: a claim that still names this volume was approved
  // before.
  return decision.kind === 'approved' ? spentOrMoved(decision.item.replaces, replaces) : decision;
}

function spentOrMoved(replaced: string | undefined, claimed: string): Failure {
  return replaced === claimed ? CONTENTION : refused('approval-spent');
}

/** Describes an instance to the custodian. An instance that is not eligible gets no request. */
export async function circumstances(deps: Deps, caller: Caller): Promise<Circumstances | Failure> {
  const eligible = await checkEligibility(deps.inventory, caller, deps.settings);
  if (eligible.kind === 'refused' || eligible.kind === 'unavailable') return eligible;
  const imageGone = eligible.kind === 'image-gone' ? true : undefined;
  return { kind: 'circumstances', image: eligible.image, imageGone };
}

async function createVolume(
  deps: Deps,
  caller: Caller,
  name: string,
  luks: string,
  image: string,
): Promise<Grant> {
  const { stage } = deps.settings;
  const passphrase = recoveryPassphrase(deps.random);
  const [{ plaintext: diskKey, sealed }, enrolment, recoveryKey] = await Promise.all([
    deps.sealKey.generate(diskKeyContext(stage, luks, caller.instance)),
    deps.sealKey.seal(Buffer.from(passphrase), enrolmentContext(stage, luks, caller.instance)),
    deps.recoveryKey(),
  ]);
  const ticket = firstTicket(diskKey, luks, 'enrolment');
  const now = isoTime(deps.clock());
  const volume: VolumeItem = {
    ...volumeKey(luks),
    kind: 'volume',
    luks,
    volume: name,
    instance: caller.instance,
    address: caller.address,
    image,
    state: 'enrolling',
    created: now,
    updated: now,
    sealed: sealed.toString('base64url'),
    recovery: sealToCustodian(passphrase, recoveryKey),
    recoverable: true,
    enrolment: enrolment.toString('base64url'),
    ...startAt(ticket, {}, deps.random),
  };
  return { kind: 'granted', volume, diskKey, ticket, passphrase };
}
