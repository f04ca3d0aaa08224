import { Failure, type FailureCode } from '../failure.ts';
import { plain } from '../terminal/text.ts';

/** Reason of an instance's state: EC2's `StateReason`. */
export interface StateReason {
  /** Such as `Client.InternalError`. */
  readonly code: string;
  readonly message: string;
}

/** Somebody or the guest wanted it so. */
const WANTED = /^(pending|Client\.(User|Instance)InitiatedShutdown)$/;

interface Known {
  readonly codes: RegExp;
  readonly failure: FailureCode;
  readonly advice: string;
}

const KEY_PAGE = 'docs/operate/runbook.md says what to look at.';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html, most specific first. */
const KNOWN: readonly Known[] = [
  {
    codes: /^Client\.InternalError$/,
    failure: 'refused',
    advice:
      "EC2 may most likely not use the KMS key of the instance's volumes for you: the key's policy, a permission boundary " +
      `or a service control policy refuses kms:CreateGrant or another call. CloudTrail names it. ${KEY_PAGE}`,
  },
  {
    codes: /^Client\.InvalidKMSKey\.\w+$/,
    failure: 'conflict',
    advice: `The KMS key of the instance's volumes is disabled or about to be deleted. ${KEY_PAGE}`,
  },
  {
    codes: /^Client\.InvalidSnapshot\.NotFound$/,
    failure: 'not-found',
    advice: 'A snapshot of the image is gone: build a new image.',
  },
  {
    codes: /^Client\.VolumeLimitExceeded$/,
    failure: 'unavailable',
    advice:
      'The account has as many volumes as it may: terminate what is not needed, or have the quota raised.',
  },
  {
    codes: /^Server\.InsufficientInstanceCapacity$/,
    failure: 'unavailable',
    advice: 'AWS has no machine of this type free in this zone: try another --type, or later.',
  },
  { codes: /^Server\./, failure: 'unavailable', advice: 'The fault is with EC2: try again.' },
];

/** Whether EC2 ended the instance, and nobody wanted it. */
export const isFailure = (reason: StateReason | undefined): reason is StateReason =>
  reason !== undefined && !WANTED.test(reason.code);

/** `: CODE: MESSAGE`, or nothing. */
const because = (reason: StateReason | undefined): string =>
  reason === undefined ? '' : `: ${reason.code}: ${plain(reason.message)}`;

/** An instance that ended, or did not start, as the failure of a command that needs it. To log in does not help. */
export class InstanceEnded extends Failure {
  /**
   * @param what happened to the instance; EC2's reason follows.
   * @param advice for a reason that says nothing to us.
   */
  constructor(what: string, reason: StateReason | undefined, advice: string) {
    const known = reason && KNOWN.find(({ codes }) => codes.test(reason.code));
    super(known?.failure ?? 'conflict', `${what}${because(reason)}.`, known?.advice ?? advice);
  }
}
