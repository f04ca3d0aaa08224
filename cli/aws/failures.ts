import { Failure, type Advice, type FailureCode } from '../failure.ts';
import { isConnectionError } from './connection.ts';
import { plain } from '../terminal/text.ts';

interface Known {
  readonly names: RegExp;
  readonly code: FailureCode;
  readonly advice?: Advice;
}

/** AWS's names for what is expected to go wrong, most specific first. */
const KNOWN: readonly Known[] = [
  {
    names:
      /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|RequestExpired|TokenProviderError)$/,
    code: 'refused',
    advice: 'Log in again or name a profile: --profile NAME; for the local cloud: --local',
  },
  {
    names:
      /^(UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature)$/,
    code: 'refused',
    advice:
      'These credentials are not valid here. Check --profile and --region; for the local cloud: --local',
  },
  {
    names: /^(AccessDenied\w*|UnauthorizedOperation|Client\.UnauthorizedOperation|OptInRequired)$/,
    code: 'refused',
    advice: 'Ask whoever administers the account for this permission, or use another --profile.',
  },
  {
    names: /^InvalidLaunchTemplate\w*\.NotFound(Exception)?$/,
    code: 'not-found',
    advice:
      'The stage is not deployed here: check --stage, --region and --profile; add --local for the local cloud.',
  },
  {
    names: /^InvalidAMIID\.(NotFound|Unavailable)$|ParameterNotFound/,
    code: 'not-found',
    advice: 'The image has not been built yet, or was removed: run the image pipeline.',
  },
  {
    names: /\.NotFound$/,
    code: 'not-found',
    advice: (suggest) => `See what there is: ${suggest('instances')}`,
  },
  {
    names: /^(Incorrect\w*State|OperationNotPermitted|IdempotentParameterMismatch|IncorrectState)$/,
    code: 'conflict',
    advice: (suggest) => `See its state: ${suggest('instances')}`,
  },
  {
    names: /^(Throttling\w*|RequestLimitExceeded|TooManyRequestsException|SlowDown)$/,
    code: 'throttled',
    advice: 'Try again in a minute.',
  },
  {
    names: /^(\w*LimitExceeded|InsufficientInstanceCapacity|InsufficientCapacity\w*)$/,
    code: 'unavailable',
    advice: 'Try another --type, or later.',
  },
  {
    names:
      /^(InvalidParameter\w*|MissingParameter|Unsupported\w*|Invalid\w+\.Malformed|InvalidUserData\.\w+|ValidationException|ValidationError)$/,
    code: 'malformed',
  },
];

/** Translates an error of the AWS SDK; undefined for one that is not expected. */
export function awsFailure(error: unknown, local: boolean): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === 'Region is missing') {
    return new Failure(
      'usage',
      'No AWS region is set.',
      'Add --region NAME, or --local for the local cloud.',
      error,
    );
  }
  const message = plain(error.message.replace(/\s*Encoded authorization failure message:.*/s, ''));
  const known = KNOWN.find(({ names }) => names.test(error.name));
  if (known !== undefined)
    return new Failure(known.code, `AWS says ${error.name}: ${message}`, known.advice, error);
  if (isConnectionError(error) || isServerFault(error)) {
    const advice: Advice = local
      ? (suggest) => `See whether the local cloud runs: ${suggest('local status')}`
      : 'Check the network and --region.';
    return new Failure('unavailable', `AWS did not answer as expected: ${message}`, advice, error);
  }
  return undefined;
}

function isServerFault(error: Error): boolean {
  return '$fault' in error && error.$fault === 'server';
}
