/**
 * Writes `header.json`: `node --import tsx protocol/vectors/generate-header.ts`. Every run gives the same.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { encodeBase64url } from '../base64url.ts';

const LUKS = '5d0c6f3e-2b1a-4c8d-9e7f-001122334455';

/** LUKS2 metadata as `cryptsetup luksDump --dump-json-metadata` prints it, and its digest (SPEC.md section 7). */
const metadata = {
  keyslots: {
    '0': {
      type: 'luks2',
      key_size: 64,
      af: { type: 'luks1', stripes: 4000, hash: 'sha256' },
      area: { type: 'raw', offset: '32768', size: '258048', encryption: 'aes-xts-plain64', key_size: 64 },
      kdf: {
        type: 'pbkdf2',
        hash: 'sha256',
        iterations: 1000,
        salt: 'Ug2saW5vQLf3UbzE4kNZQoYUPtaBbLzLeryJq2O5og0=',
      },
    },
  },
  tokens: { '0': { type: 'sealroot', keyslots: ['0'] } },
  segments: {
    '0': {
      type: 'crypt',
      offset: '16777216',
      size: 'dynamic',
      iv_tweak: '0',
      encryption: 'aes-xts-plain64',
      sector_size: 4096,
    },
  },
  digests: {
    '0': {
      type: 'pbkdf2',
      keyslots: ['0'],
      segments: ['0'],
      hash: 'sha256',
      iterations: 1000,
      salt: 'v91R7KUmUuikYeAf5S1S+QpsOYRPOgcFcAoVCzoLk0I=',
      digest: 'EmkyXF/511d6KmBvXQs8uK17QJqNEYKi9Fk9DoaMklE=',
    },
  },
  config: { json_size: '12288', keyslots_size: '16744448' },
};

/** JSON with sorted members and no white space: RFC 8785 for what occurs here (ASCII text, small integers). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

const { tokens: _, ...covered } = metadata;
const digest = createHash('sha256')
  .update(canonical({ ...covered, uuid: LUKS }))
  .digest();

const content = {
  about: 'LUKS2 metadata and the digest of its security-relevant fields.',
  uuid: LUKS,
  metadata,
  digest: encodeBase64url(digest),
};
writeFileSync(new URL('header.json', import.meta.url), `${JSON.stringify(content, null, 2)}\n`);
