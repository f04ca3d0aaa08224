import { LOCAL_STATE_FILES, MfaDocument } from '../../protocol/local-state.ts';
import { decodeBase32, otpauthUri, TOTP_STEP_SECONDS, totpCode, totpCounter } from '../../protocol/totp.ts';
import { Failure } from '../failure.ts';
import { installation } from '../installation.ts';
import type { Session } from '../session.ts';
import { findRunningCloud } from './running-cloud.ts';
import { readState } from './state.ts';

export interface MfaOptions {
  /** Print what authenticator apps scan instead of a code. */
  readonly uri?: boolean;
  /** Wait for a code that was not used yet; the default. Otherwise print what the device shows now. */
  readonly wait?: boolean;
  readonly user: string;
}

/** A device of the local cloud, as far as codes depend on it. */
interface Device {
  readonly name: string;
  readonly secret: Uint8Array;
  readonly seed: string;
  /** Step of the last code that was accepted; -1 when none was. */
  readonly used: number;
}

const STEP_MS = TOTP_STEP_SECONDS * 1000;
/** The local STS accepts the next step's code at most, so a later one was used by another clock. */
const MAX_AHEAD = 2;

/** Plays the authenticator of a user of the local cloud: prints a code, alone on stdout. */
export async function printCode(session: Session, options: MfaOptions): Promise<void> {
  const { context } = session;
  const { state } = findRunningCloud(context.cwd, installation.clone);
  const read = (): Device => readDevice(state, options.user);
  let device = read();
  if (options.uri === true) {
    const uri = otpauthUri('Sealroot local cloud', device.name, device.seed);
    session.result({ uri }, () => [uri]);
    return;
  }
  // Read again after each wait: somebody else may have used the code that this one waited for.
  while (options.wait !== false && device.used >= totpCounter(context.now())) {
    await waitForNext(session, device);
    device = read();
  }
  const counter = totpCounter(context.now());
  const code = totpCode(device.secret, counter);
  const expires = new Date((counter + 1) * STEP_MS).toISOString();
  session.result({ code, expires }, () => [code]);
}

async function waitForNext(session: Session, { used }: Device): Promise<void> {
  const now = session.context.now();
  if (used > totpCounter(now) + MAX_AHEAD) {
    throw new Failure(
      'unavailable',
      'A code of a later time than now was used already.',
      'Set the clock of this machine right, then try again.',
    );
  }
  const left = (used + 1) * STEP_MS - now;
  session.note(`The code was used already; the next one comes in ${String(Math.ceil(left / 1000))} s.`);
  await session.context.sleep(left);
}

/** @throws Failure `not-found` when the user has no device */
function readDevice(state: string, user: string): Device {
  const { devices = [] } = readState(state, LOCAL_STATE_FILES.mfa, MfaDocument) ?? {};
  const device = devices.find((each) => each.user === user);
  if (device === undefined) {
    throw new Failure(
      'not-found',
      `User ${user} of the local cloud has no MFA device.`,
      `Enrol one with the IAM API, or begin anew: stop the local cloud and remove its ${LOCAL_STATE_FILES.mfa}.`,
    );
  }
  const { name, seed, used = -1 } = device;
  return { name, seed, secret: decodeBase32(seed), used };
}
