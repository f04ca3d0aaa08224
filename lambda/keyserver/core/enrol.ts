import type { ReleaseRequest } from '../../../protocol/release.ts';
import { diskKeyContext, enrolmentContext } from '../../domain/volumes/encryption-context.ts';
import { claimKey, volumeKey, type VolumeItem } from '../../domain/volumes/items.ts';
import { firstTicket, startAt } from '../../domain/volumes/tickets.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { doubt, type Circumstances } from './doubt.ts';
import { checkEligibility } from '../../domain/instances/eligibility.ts';
import { grantEnrolling, type Grant } from './grant.ts';
import { refused, type Failure } from './outcome.ts';
import { recoveryPassphrase, sealToCustodian } from './recovery.ts';

/**
 * A blank device. First the claim, which names the volume, then the volume itself: whoever loses the race for either,
 * or comes after a crash between the two, goes on from what is stored.
 */
export function enrol(deps: Deps, caller: Caller, request: ReleaseRequest): Promise<Grant | Failure> {
  const key = claimKey(caller.instance, request.volume);
  return decideAnew(async () => {
    const claim = await deps.table.read(key);
    if (claim === undefined) {
      const failure = await mayClaim(deps, caller, request);
      if (failure !== undefined) return failure;
      await deps.table.create({ ...key, luks: deps.random.uuid() });
      return AGAIN;
    }
    const volume = await deps.table.read(volumeKey(claim.luks));
    if (volume !== undefined) return enrolAgain(deps, caller, request, volume);
    const eligible = await checkEligibility(deps.inventory, caller, deps.settings);
    if (eligible.kind !== 'eligible') return eligible;
    const grant = await createVolume(deps, caller, request.volume, claim.luks, eligible.image);
    if (await deps.table.create(grant.volume)) return grant;
    grant.diskKey.fill(0);
    grant.ticket.fill(0);
    return AGAIN;
  }, CONTENTION);
}

/** @returns undefined when a volume may be claimed. */
async function mayClaim(deps: Deps, caller: Caller, request: ReleaseRequest): Promise<Failure | undefined> {
  // A root volume is enrolled before anything else runs on the instance. Of any other name every process with the
  // role's credentials could learn the key beforehand, and wait until somebody encrypts with it: data volumes need
  // a proof of their own, and are refused until there is one.
  if (request.volume !== 'root') return refused('policy');
  if (deps.settings.policy.enrolment === 'approve') {
    const decision = await doubt(deps, caller, request, 'enrolment', () => circumstances(deps, caller));
    return decision.kind === 'approved' ? undefined : decision;
  }
  const eligible = await checkEligibility(deps.inventory, caller, deps.settings);
  return eligible.kind === 'eligible' ? undefined : eligible;
}

/** The claim's volume is there already. */
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
  // Approving it has moved the claim on, before it was marked as approved: here it has been used up.
  return decision.kind === 'approved' ? spentOrMoved(decision.item.replaces, replaces) : decision;
}

function spentOrMoved(replaced: string | undefined, claimed: string): Failure {
  return replaced === claimed ? CONTENTION : refused('approval-spent');
}

/** For a request that a person will look at: nobody but an eligible instance gets that far. */
export async function circumstances(deps: Deps, caller: Caller): Promise<Circumstances | Failure> {
  const eligible = await checkEligibility(deps.inventory, caller, deps.settings);
  return eligible.kind === 'eligible' ? { kind: 'circumstances', image: eligible.image } : eligible;
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
