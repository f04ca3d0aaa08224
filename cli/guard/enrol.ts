import { otpauthUri } from '../../protocol/totp.ts';
import type { Terminal } from '../terminal/tty.ts';
import { Failure } from '../failure.ts';
import { deviceName } from '../login/device.ts';
import type { Session } from '../session.ts';
import { devicesOf, guarded, isDenied, notAllowed, type Guarded } from './guard.ts';

const ATTEMPTS = 5;

/**
 * `guard enrol`: gives the user a first virtual MFA device, named after it. A try that was cut leaves a device that is
 * nobody's and whose secret nobody has seen for sure: the next one begins with a new one.
 */
export async function enrol(session: Session): Promise<void> {
  const guard = await guarded(session);
  const { source } = guard;
  const [first] = await devicesOf(guard);
  if (first !== undefined)
    throw new Failure(
      'conflict',
      `${source.user} has an MFA device already: ${deviceName(first)}.`,
      `Log in: ${session.suggest('login')}; who lost it asks whoever administers the account to deactivate it.`,
    );
  const terminal = session.context.terminal();
  if (terminal === undefined)
    throw new Failure(
      'usage',
      'The secret of the device is shown on a terminal and nowhere else, and there is none.',
      'Run this command in a terminal.',
    );
  try {
    const device = await create(session, guard);
    show(terminal, device, source.user);
    await enable(session, guard, device.serial, terminal);
    session.result({ user: source.arn, device: device.serial }, () => [
      `${source.user} has the MFA device ${deviceName(device.serial)}.`,
    ]);
  } finally {
    terminal.close();
  }
  session.note(`Log in, with the code after these two: ${session.suggest('login')}`);
  session.note(`Let nothing be done without it:        ${session.suggest('guard attach')}`);
}

interface NewDevice {
  readonly serial: string;
  /** Base 32. */
  readonly secret: string;
}

async function create(session: Session, guard: Guarded): Promise<NewDevice> {
  const { source, iam, guardArn } = guard;
  const { client, sdk } = iam;
  const make = () =>
    client.send(new sdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: source.user }));
  try {
    const { VirtualMFADevice: made } = await make().catch(async (error: unknown) => {
      if (!(error instanceof Error) || !error.name.startsWith('EntityAlreadyExists')) throw error;
      const [, partition, , , account] = guardArn.split(':');
      // AWS deletes no device that is somebody's.
      await client.send(
        new sdk.DeleteVirtualMFADeviceCommand({
          SerialNumber: `arn:${partition ?? ''}:iam::${account ?? ''}:mfa/${source.user}`,
        }),
      );
      return make();
    });
    // The secret is base 32 already; the SDK takes it for bytes.
    const secret = Buffer.from(made?.Base32StringSeed ?? []).toString('ascii');
    if (!made?.SerialNumber || secret === '')
      throw new Failure('unexpected', 'IAM answered without a secret for the device.');
    return { serial: made.SerialNumber, secret };
  } catch (error) {
    throw isDenied(error) ? notAllowed(session, guard, 'make an MFA device', error) : error;
  }
}

/** On the terminal itself: not where a pipe, a log or a scrollback file of a script would keep it. */
function show(terminal: Terminal, { secret }: NewDevice, user: string): void {
  terminal.write(
    `Put this into an authenticator app, by hand or as a link. It is shown this once.\n\n` +
      `  Secret: ${secret}\n  Link:   ${otpauthUri('Amazon Web Services', user, secret)}\n\n`,
  );
}

async function enable(session: Session, guard: Guarded, serial: string, terminal: Terminal): Promise<void> {
  const { client, sdk } = guard.iam;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const first = await askCode(terminal, 'The code that it shows now: ');
    const second = await askCode(terminal, 'The next one, in up to 30 seconds: ');
    const input = {
      UserName: guard.source.user,
      SerialNumber: serial,
      AuthenticationCode1: first,
      AuthenticationCode2: second,
    };
    try {
      await client.send(new sdk.EnableMFADeviceCommand(input));
      return;
    } catch (error) {
      if (isDenied(error)) throw notAllowed(session, guard, 'enrol an MFA device', error);
      if (!(error instanceof Error) || !error.name.startsWith('InvalidAuthenticationCode')) throw error;
      terminal.write('These are not two codes of this device, one after the other. Once more.\n');
    }
  }
  throw new Failure(
    'refused',
    'The device was not enrolled: AWS did not take its codes.',
    `Check that its clock is right, and begin again: ${session.suggest('guard enrol')}`,
  );
}

async function askCode(terminal: Terminal, question: string): Promise<string> {
  for (;;) {
    const code = (await terminal.ask(question)).replaceAll(/\s/g, '');
    if (/^\d{6}$/.test(code)) return code;
    if (code === '') throw new Failure('interrupted', 'No device was enrolled.');
    terminal.write('A code has six digits.\n');
  }
}
