import { iamClient } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import type { Source } from './source.ts';

/** FIDO keys and passkeys: `arn:aws:iam::ACCOUNT:u2f/user/NAME/...`. */
const isFido = (serial: string): boolean => /^arn:[^:]+:iam::\d+:u2f\//.test(serial);

/** Name for people: `mfa/ann`, or the number on a hardware token. */
export const deviceName = (serial: string): string => serial.replace(/^arn:[^:]+:iam::\d+:/, '');

/**
 * The MFA device whose codes AWS takes from a command line.
 *
 * @throws Failure `refused` when there is none, or none but FIDO.
 */
export async function findDevice(session: Session, source: Source): Promise<string> {
  const serials = await listDevices(source);
  if (serials === undefined) {
    const serial = `arn:${source.partition}:iam::${source.account}:mfa/${source.user}`;
    session.note(
      `iam:ListMFADevices is not allowed; taking ${deviceName(serial)}. Another one: --serial ARN`,
    );
    return serial;
  }
  const usable = serials.filter((serial) => !isFido(serial));
  const device = usable.find((serial) => serial.startsWith('arn:')) ?? usable[0];
  if (device === undefined) throw noDevice(session, source, serials.length > 0);
  if (usable.length > 1)
    session.note(
      `You have ${usable.length} devices that show codes; taking ${deviceName(device)}. Another one: --serial ARN`,
    );
  return device;
}

/** @throws Failure `refused` for a device that AWS takes no codes of. */
export function checkSerial(session: Session, source: Source, serial: string): string {
  if (isFido(serial)) throw noDevice(session, source, true);
  return serial;
}

async function listDevices({ keys, user }: Source): Promise<string[] | undefined> {
  const { client, sdk } = await iamClient({ credentials: keys });
  try {
    const { MFADevices = [] } = await client.send(new sdk.ListMFADevicesCommand({ UserName: user }));
    return MFADevices.flatMap(({ SerialNumber }) => SerialNumber ?? []);
  } catch (error) {
    if (error instanceof Error && /^(AccessDenied|InvalidClientTokenId|UnrecognizedClient)/.test(error.name))
      return undefined;
    throw error;
  }
}

function noDevice(session: Session, { user }: Source, onlyFido: boolean): Failure {
  return onlyFido
    ? new Failure(
        'refused',
        `The MFA device of ${user} is a FIDO key, which AWS takes in a browser only, not from a command line.`,
        'Add a device that shows codes, an authenticator app: in the console, under IAM, your user, Security credentials.',
      )
    : new Failure(
        'refused',
        `${user} has no MFA device, and the roles demand one.`,
        `Enrol one: ${session.suggest('guard enrol')}`,
      );
}
