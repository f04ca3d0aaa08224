import { createHash, createPublicKey } from 'node:crypto';
import type { SshKey } from './key-file.ts';
import { keyOf, kindOf } from '../../protocol/ssh/public-key.ts';

export interface Fingerprints {
  /** `ssh-rsa`, `ssh-ed25519`, ... */
  readonly kind: string;
  readonly bits: number | undefined;
  /** As `ssh-keygen -l` shows them, with `-E sha256` and `-E md5`. */
  readonly openssh: { readonly sha256: string; readonly md5: string };
  /** Fingerprints that EC2 shows; one that it does not show, or that the file does not tell, is absent. */
  readonly ec2: { readonly created?: string; readonly imported?: string };
  /** Reason why something of EC2 is absent. */
  readonly remark?: string;
}

/**
 * The fingerprints of one key (EC2 user guide, "Verify the fingerprint of your key pair", and API reference,
 * KeyPairInfo): of an RSA key that EC2 made, SHA-1 of the private key as PKCS#8 in DER; of one that was imported, MD5 of
 * the public key as SPKI in DER; of Ed25519 keys the digest that OpenSSH shows, in base64 with its padding.
 */
export function fingerprintsOf({ blob, privateKey, encrypted }: SshKey): Fingerprints {
  const kind = kindOf(blob);
  const sha256 = digest('sha256', blob);
  const openssh = {
    sha256: `SHA256:${sha256.toString('base64').replace(/=+$/, '')}`,
    md5: `MD5:${colons(digest('md5', blob))}`,
  };
  const key = keyOf(blob);
  if (key === undefined)
    return { kind, bits: undefined, openssh, ec2: {}, remark: 'EC2 has no key pairs of this kind' };
  if (key.asymmetricKeyType === 'ed25519') {
    const shown = sha256.toString('base64');
    return { kind, bits: 256, openssh, ec2: { created: shown, imported: shown } };
  }
  const imported = colons(digest('md5', key.export({ type: 'spki', format: 'der' })));
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (privateKey === undefined)
    return { kind, bits, openssh, ec2: { imported }, remark: encrypted ? CLOSED : PUBLIC_ONLY };
  if (!createPublicKey(privateKey).equals(key))
    return {
      kind,
      bits,
      openssh,
      ec2: { imported },
      remark: 'its private key is not that of its public key',
    };
  const created = colons(digest('sha1', privateKey.export({ type: 'pkcs8', format: 'der' })));
  return { kind, bits, openssh, ec2: { created, imported } };
}

const PUBLIC_ONLY =
  'what EC2 shows for an RSA key that it made is a digest of the private key: give the private key file';
const CLOSED =
  'what EC2 shows for an RSA key that it made is a digest of the private key, which a passphrase closes here: ' +
  "decrypt a copy with ssh-keygen -p -m PKCS8 -N '' -f COPY";

const digest = (algorithm: string, bytes: Buffer): Buffer => createHash(algorithm).update(bytes).digest();

const colons = (bytes: Buffer): string => bytes.toString('hex').replaceAll(/..(?!$)/g, '$&:');
