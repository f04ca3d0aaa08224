import { randomBytes } from 'node:crypto';
import {
  formatDocument,
  LOCAL_STATE_FILES,
  MfaDocument,
  parseDocument,
  type MfaDevice,
} from '../../../../protocol/local-state.ts';
import { decodeBase32, encodeBase32, matchTotp, totpCode, totpCounter } from '../../../../protocol/totp.ts';
import { AwsError } from '../../../engine/contracts/errors.ts';
import { StateFile, type Format } from '../../../engine/state.ts';
import { limitExceeded, LOCAL_OPERATOR, noSuchEntity } from './users.ts';

export type { MfaDevice } from '../../../../protocol/local-state.ts';

/** Devices by name. */
type Stored = Readonly<Record<string, MfaDevice>>;

/** `sealroot local mfa` reads this file too. */
const FORMAT: Format<Stored | undefined> = {
  write: (devices = {}) => formatDocument({ devices: Object.values(devices) }),
  read: (text) =>
    Object.fromEntries(parseDocument(MfaDocument, text).devices.map((each) => [each.name, each])),
};

/** AWS makes seeds of this length: 64 characters of base 32. */
const SEED_BYTES = 40;
const MAXIMUM_DEVICES = 8;
/** Two codes in a row may lie this many steps back when a device is enabled. */
const ENABLE_WINDOW = 2;

/** The account's virtual MFA devices. */
export class MfaDevices {
  private readonly file: StateFile<Stored | undefined>;
  private readonly account: string;
  private stored: Stored;

  constructor(state: string, account: string) {
    this.account = account;
    this.file = new StateFile<Stored | undefined>(state, LOCAL_STATE_FILES.mfa, undefined, FORMAT);
    const known = this.file.read();
    this.stored = known ?? {};
    // A newcomer can log in at once with a device that is there from the start; one that its owner deleted stays deleted.
    if (known === undefined) this.enrol(LOCAL_OPERATOR);
  }

  /** Makes a device of the user's name and gives it to the user, without the codes that people show. */
  enrol(user: string): MfaDevice {
    return this.put({ ...this.newDevice(user), user, enabled: new Date().toISOString() });
  }

  /** ARN of a device, which is its serial number. */
  serial(name: string): string {
    return `arn:aws:iam::${this.account}:mfa/${name}`;
  }

  all(): readonly MfaDevice[] {
    return Object.values(this.stored);
  }

  ofUser(user: string): readonly MfaDevice[] {
    return this.all().filter((device) => device.user === user);
  }

  /** @throws AwsError `EntityAlreadyExists` */
  create(name: string): MfaDevice {
    return this.put(this.newDevice(name));
  }

  private newDevice(name: string): MfaDevice {
    if (!/^[\w+=,.@-]{1,226}$/.test(name)) throw new AwsError('ValidationError', 'VirtualMFADeviceName');
    if (Object.hasOwn(this.stored, name)) {
      throw new AwsError(
        'EntityAlreadyExists',
        'MFADevice entity at the same path and name already exists.',
        409,
      );
    }
    return { name, seed: encodeBase32(randomBytes(SEED_BYTES)) };
  }

  /** @throws AwsError `NoSuchEntity`; `DeleteConflict` while it is somebody's */
  delete(serial: string): void {
    const device = this.get(serial);
    if (device.user !== undefined) {
      throw new AwsError('DeleteConflict', 'Virtual MFA device currently in use.', 409);
    }
    const { [device.name]: _, ...rest } = this.stored;
    this.write(rest);
  }

  /**
   * Gives a device to a user who shows two codes of it, one after the other.
   *
   * @throws AwsError `NoSuchEntity`, `EntityAlreadyExists`, `InvalidAuthenticationCode`, `LimitExceeded`
   */
  enable(user: string, serial: string, codes: readonly [string, string], now = Date.now()): void {
    const device = this.get(serial);
    if (device.user !== undefined) {
      throw new AwsError('EntityAlreadyExists', 'MFA Device is already in use.', 409);
    }
    if (this.ofUser(user).length >= MAXIMUM_DEVICES) {
      throw limitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${String(MAXIMUM_DEVICES)}`);
    }
    const used = consecutive(device, codes, now);
    this.put({ ...device, user, enabled: new Date(now).toISOString(), used });
  }

  /** Shows two codes in a row again. With a clock that is right there is nothing to adjust; they are spent. */
  resync(user: string, serial: string, codes: readonly [string, string], now = Date.now()): void {
    const device = this.requireOwned(user, serial);
    this.put({ ...device, used: consecutive(device, codes, now) });
  }

  /** @throws AwsError `NoSuchEntity` */
  deactivate(user: string, serial: string): void {
    const { name, seed } = this.requireOwned(user, serial);
    this.put({ name, seed });
  }

  /**
   * Takes a code as the second factor, once: that it is spent is on disk before anybody gets an answer.
   *
   * @throws AwsError `AccessDenied`, worded as AWS does.
   */
  prove(user: string | undefined, serial: string, code: string, now = Date.now()): void {
    const device = this.bySerial(serial);
    if (device?.user === undefined || device.user !== user) {
      throw denied(
        'unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
      );
    }
    const used = matchTotp(decodeBase32(device.seed), code, { now, after: device.used ?? -1 });
    // The blank at the end is theirs.
    if (used === undefined)
      throw new AwsError('AccessDenied', `${FAILED} with invalid MFA one time pass code. `, 403);
    this.put({ ...device, used });
  }

  /**
   * The code of the device's next step of which none was taken yet, for tests and tools in this process.
   *
   * @throws Error when no further code would be accepted now.
   */
  nextCode(user: string, now = Date.now()): string {
    const device = this.ofUser(user)[0];
    if (device === undefined) throw new Error(`${user} has no MFA device`);
    const current = totpCounter(now);
    // The step before is out: it may be two steps before by the time that the code arrives.
    const counter = Math.max(current, (device.used ?? -1) + 1);
    if (counter > current + 1) throw new Error(`the codes of ${user} are spent for now`);
    return totpCode(decodeBase32(device.seed), counter);
  }

  private bySerial(serial: string): MfaDevice | undefined {
    return this.all().find(({ name }) => this.serial(name) === serial);
  }

  private get(serial: string): MfaDevice {
    const device = this.bySerial(serial);
    if (device === undefined)
      throw noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`);
    return device;
  }

  private requireOwned(user: string, serial: string): MfaDevice {
    const device = this.bySerial(serial);
    if (device?.user !== user) throw noSuchEntity('MFA Device invalid for user.');
    return device;
  }

  private put(device: MfaDevice): MfaDevice {
    this.write({ ...this.stored, [device.name]: device });
    return device;
  }

  private write(stored: Stored): void {
    this.file.write(stored);
    this.stored = stored;
  }
}

const FAILED = 'MultiFactorAuthentication failed';

function denied(why: string): AwsError {
  return new AwsError('AccessDenied', `${FAILED}, ${why}`, 403);
}

/** @returns the step of the second code. @throws AwsError `InvalidAuthenticationCode` */
function consecutive(device: MfaDevice, [first, second]: readonly [string, string], now: number): number {
  const secret = decodeBase32(device.seed);
  const limits = { now, after: device.used ?? -1, window: ENABLE_WINDOW };
  const counter = matchTotp(secret, first, limits);
  if (counter === undefined || second !== totpCode(secret, counter + 1) || counter >= totpCounter(now) + 1) {
    throw new AwsError('InvalidAuthenticationCode', 'Authentication code for device is not valid.', 403);
  }
  return counter + 1;
}
