import { randomBytes } from 'node:crypto';
import type { Message } from '../../protocol/message.ts';
import { encodeBase32, otpauthUri } from '../../protocol/totp.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';

/** 160 bits, the length that RFC 4226 section 4 recommends; whole base32 symbols, so no padding. */
const SECRET_BYTES = 20;

export type TotpMessage = Extract<Message, { type: 'totp' }>;

export const totpMessage = (user: string): TotpMessage => ({
  type: 'totp',
  user,
  secret: encodeBase32(randomBytes(SECRET_BYTES)),
});

/**
 * Makes sure, before anything is sent, that the secrets can be shown to somebody and to nobody's log.
 *
 * @returns writes them to the controlling terminal, and to nothing else.
 * @throws Failure `usage` when there is no terminal.
 */
export function shownOnTerminal(session: Session): (name: string, messages: readonly TotpMessage[]) => void {
  const open = (): ReturnType<typeof session.context.terminal> => session.context.terminal();
  const probe = open();
  if (probe === undefined) {
    throw new Failure('usage', 'A TOTP secret is shown on a terminal only, and there is none.');
  }
  probe.close();
  return (name, messages) => {
    const terminal = open();
    for (const { user, secret } of messages) {
      terminal?.write(
        `\nFor the authenticator app of ${user} (it is shown once):\n  ${otpauthUri('Sealroot', `${user}@${name}`, secret)}\n`,
      );
    }
    terminal?.close();
  };
}
