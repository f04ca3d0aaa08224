import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeBase64url } from '../../protocol/base64url.ts';
import { names } from '../../protocol/names.ts';
import { kmsClient } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { body, describe, findVolume } from './decide.ts';

interface Options {
  readonly ciphertext?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

const PASSPHRASE = /^[0-9a-hjkmnp-tv-z]{32}$/;

/** Shows the recovery passphrase of a volume. KMS decides who may, and CloudTrail keeps who did. */
export async function recoverKey(session: Session, id: string, options: Options): Promise<void> {
  const { what, ciphertext } =
    options.ciphertext === undefined
      ? await stored(session, id, options)
      : { what: id, ciphertext: await fromFile(session, options) };
  const { client, DecryptCommand } = await kmsClient(session);
  const { Plaintext } = await client.send(
    new DecryptCommand({
      KeyId: names(session.stage).recoveryKeyAlias,
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      CiphertextBlob: ciphertext,
    }),
  );
  const passphrase = Buffer.from(Plaintext ?? []).toString('ascii');
  if (!PASSPHRASE.test(passphrase))
    throw new Failure('unexpected', `What was opened for ${what} is not a recovery passphrase.`);
  session.result({ luks: what, passphrase }, () => [passphrase.replace(/.{4}(?=.)/g, '$&-')]);
  session.note('\nType it on the serial console of the waiting instance; dashes and capitals do not matter.');
  session.note('It stays valid: who has seen it can open any copy of this disk.');
}

async function stored(
  session: Session,
  id: string,
  options: Options,
): Promise<{ what: string; ciphertext: Buffer }> {
  const { operator, volume } = await findVolume(session, id);
  await confirm(session, `Show the recovery passphrase of ${describe(volume)} here?`, options.yes);
  const { ciphertext } = await operator.recoverVolume(volume.luks, body(options));
  return { what: volume.luks, ciphertext: Buffer.from(ciphertext, 'base64url') };
}

/** Ciphertext from the header's token, for when the keyserver has lost the volume: base64url, as it stands there. */
async function fromFile(session: Session, { ciphertext: file = '', yes }: Options): Promise<Buffer> {
  const text = await readFile(resolve(session.context.cwd, file), 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : file;
    throw new Failure('usage', `The ciphertext cannot be read: ${why}`, undefined, error);
  });
  const ciphertext = decodeBase64url(text.trim());
  if (ciphertext === undefined || ciphertext.length === 0)
    throw new Failure(
      'usage',
      `${file} does not hold base64url, as member "recovery" of the header's token does.`,
    );
  await confirm(session, `Show the recovery passphrase that ${file} holds here?`, yes);
  return ciphertext;
}
