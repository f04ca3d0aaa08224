import { ec2Client } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import type { Session } from '../session.ts';
import type { Fingerprints } from './fingerprints.ts';

/** A key pair of the account and region. */
export interface KeyPair {
  readonly name: string;
  readonly id: string;
  readonly fingerprint: string;
  /** The public key as SSH has it on the wire, when EC2 tells. */
  readonly blob: Buffer | undefined;
}

/** @returns why not, in words, when EC2 cannot be asked: the fingerprints are of use without it. */
export async function keyPairs(session: Session): Promise<readonly KeyPair[] | string> {
  try {
    const { client, sdk } = await ec2Client(session);
    const { KeyPairs = [] } = await client.send(new sdk.DescribeKeyPairsCommand({ IncludePublicKey: true }));
    return KeyPairs.map(({ KeyName = '', KeyPairId = '', KeyFingerprint = '', PublicKey }) => ({
      ...{ name: KeyName, id: KeyPairId, fingerprint: KeyFingerprint },
      blob: PublicKey === undefined ? undefined : Buffer.from(PublicKey.split(' ')[1] ?? '', 'base64'),
    }));
  } catch (error) {
    const failure = awsFailure(error, session.local);
    if (failure === undefined || session.context.signal.aborted) throw error;
    return failure.message;
  }
}

/** Whether it is this key: by the key itself when EC2 tells it, else by any fingerprint that EC2 may show for it. */
export function isSame(pair: KeyPair, blob: Buffer, { ec2 }: Fingerprints): boolean {
  if (pair.blob?.equals(blob)) return true;
  return [ec2.created, ec2.imported].some(
    (shown) => shown !== undefined && comparable(shown) === comparable(pair.fingerprint),
  );
}

/** EC2 may or may not pad base64. */
const comparable = (fingerprint: string): string => fingerprint.replace(/^SHA256:/, '').replace(/=+$/, '');
