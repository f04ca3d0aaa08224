import { Failure } from '../failure.ts';
import { codeSource, type CodeOptions } from '../login/code.ts';
import { onceClient, withCode } from '../login/assume.ts';
import { checkSerial, deviceName, findDevice } from '../login/device.ts';
import type { Session } from '../session.ts';
import { facts } from '../terminal/table.ts';
import { attachment, devicesOf, guarded, isDenied, notAllowed, withKeys, type Guarded } from './guard.ts';

const SAID = {
  attached: 'attached: without MFA these keys can do no more than log in',
  denied: 'in force, by your user or by a group: what is not excepted is denied without MFA',
  'not attached': 'not attached: whoever has these keys can do without MFA what your policies allow',
  unknown: 'not known: this user may not see its own policies',
} as const;

/** `guard status` */
export async function guardStatus(session: Session): Promise<void> {
  const guard = await guarded(session);
  const [state, devices] = await Promise.all([attachment(guard), devicesOf(guard)]);
  const { source, guardArn } = guard;
  session.result({ user: source.arn, guard: guardArn, attachment: state, devices }, () =>
    facts([
      ['User', source.arn],
      ['Guard', SAID[state]],
      ['MFA devices', devices.length === 0 ? 'none' : devices.map(deviceName).join(', ')],
    ]),
  );
  if (devices.length === 0) session.note(`Enrol a device: ${session.suggest('guard enrol')}`);
  else if (state === 'not attached') session.note(`Attach it: ${session.suggest('guard attach')}`);
}

/** `guard attach`: refuses to lock out who has no device. Twice is once. */
export async function attachGuard(session: Session): Promise<void> {
  const guard = await guarded(session);
  const { source, iam, guardArn } = guard;
  if ((await devicesOf(guard)).length === 0)
    throw new Failure(
      'conflict',
      `${source.user} has no MFA device: the guard would leave it nothing to do but enrol one.`,
      `Enrol one first: ${session.suggest('guard enrol')}`,
    );
  const before = await attachment(guard);
  if (before === 'not attached' || before === 'unknown') {
    const input = { UserName: source.user, PolicyArn: guardArn };
    await iam.client.send(new iam.sdk.AttachUserPolicyCommand(input)).catch((error: unknown) => {
      throw explained(session, guard, error, 'attach the guard to itself');
    });
  }
  session.result({ user: source.arn, guard: guardArn, attachment: 'attached' }, () => [
    before === 'not attached' || before === 'unknown'
      ? `${source.user} can do nothing without MFA any more, except log in.`
      : `The guard is in force already for ${source.user}.`,
  ]);
  session.note(`Log in: ${session.suggest('login')}`);
  session.note(`Take it off again: ${session.suggest('guard detach')}`);
}

export interface DetachOptions extends CodeOptions {
  readonly serial?: string;
}

/** Seconds: as short as AWS gives. */
const SHORTEST = 900;

/** `guard detach`: takes a code, since the guard itself denies it to who has none. Twice is once. */
export async function detachGuard(session: Session, options: DetachOptions): Promise<void> {
  const plain = await guarded(session);
  const { source, guardArn } = plain;
  const guard = await withKeys(plain, await userSession(session, plain, options));
  const { client, sdk } = guard.iam;
  const detached = await client
    .send(new sdk.DetachUserPolicyCommand({ UserName: source.user, PolicyArn: guardArn }))
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.name.startsWith('NoSuchEntity')) return false;
        throw explained(session, guard, error, 'detach the guard');
      },
    );
  session.result({ user: source.arn, guard: guardArn, attachment: 'not attached' }, () => [
    detached
      ? `The guard is off: these keys can do without MFA what the policies of ${source.user} allow.`
      : `The guard was not attached to ${source.user}; a group may still bring it.`,
  ]);
  if (detached) session.note(`Put it on again: ${session.suggest('guard attach')}`);
}

/** A session of the user itself, with MFA: the roles of sealroot have no say over users. */
async function userSession(session: Session, { source }: Guarded, options: DetachOptions) {
  const serial =
    options.serial === undefined
      ? await findDevice(session, source)
      : checkSerial(session, source, options.serial);
  const codes = codeSource(
    session,
    options,
    `MFA code of ${deviceName(serial)} to detach the guard: `,
    'guard detach',
  );
  try {
    return await withCode(session, serial, codes, async (code) => {
      const { client, sdk } = await onceClient(source);
      const input = { SerialNumber: serial, TokenCode: code, DurationSeconds: SHORTEST };
      return (await client.send(new sdk.GetSessionTokenCommand(input))).Credentials;
    });
  } finally {
    codes.close();
  }
}

function explained(session: Session, guard: Guarded, error: unknown, what: string): unknown {
  if (isDenied(error)) return notAllowed(session, guard, what, error);
  if (!(error instanceof Error) || !error.name.startsWith('NoSuchEntity')) return error;
  return new Failure(
    'not-found',
    `There is no policy ${guard.guardArn}.`,
    'Check --stage and --region; the stack Sealroot-STAGE-Access makes it.',
    error,
  );
}
