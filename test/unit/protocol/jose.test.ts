import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from '../../../protocol/base64url.ts';
import { ecdsaDerToRaw } from '../../../protocol/jose/ecdsa-der.ts';
import { decryptJwe, encryptJwe } from '../../../protocol/jose/jwe.ts';
import { isEcPublicJwk, jwkThumbprint, publicJwk } from '../../../protocol/jose/jwk.ts';
import { es256Signer, signJws, verifyJws } from '../../../protocol/jose/jws.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Runs `work` in a directory of its own that is gone afterwards. */
function inDirectory<T>(work: (path: (name: string) => string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'sealroot-jose-'));
  try {
    return work((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('base64url', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each(['AA==', 'A', 'AB', 'A A', '+/8', 'AAAA\n'])('refuses the other spelling %j', (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});

describe('an ECDSA signature in DER', () => {
  it('verifies as r||s', () => {
    const { privateKey, publicKey } = pair();
    for (let round = 0; round < 50; round++) {
      const message = Buffer.from(`message ${String(round)}`);
      const raw = ecdsaDerToRaw(sign('sha256', message, privateKey));
      expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
    }
  });

  it('keeps the leading zeros of a short r', () => {
    const der = Buffer.from('3006020105020107', 'hex');
    const raw = ecdsaDerToRaw(der);
    expect([raw.length, raw[31], raw[63]]).toEqual([64, 5, 7]);
  });

  it.each(['', '30', '3006020105', '30060201050201', '3006020105020107ff', '3106020105020107'])(
    'throws on %j',
    (hex) => {
      expect(() => ecdsaDerToRaw(Buffer.from(hex, 'hex'))).toThrow(RangeError);
    },
  );
});

describe('a JWS', () => {
  it('verifies the ES256 example of RFC 7515 appendix A.3 only with a header of ours', () => {
    // The RFC's header has no `typ`: a valid signature over it is not enough.
    const jws =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const [head = '', body = '', tail = ''] = jws.split('.');
    const raw = { key, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(`${head}.${body}`), raw, Buffer.from(tail, 'base64url'))).toBe(true);
    expect(verifyJws(jws, 'sealroot-release', key)).toBeUndefined();
  });

  it('is accepted by the jose command, and refused by it after a change', async () => {
    const { privateKey, publicKey } = pair();
    const jws = await signJws('payload', { typ: 't' }, es256Signer(privateKey));
    inDirectory((path) => {
      writeFileSync(path('key'), JSON.stringify(publicJwk(publicKey)));
      writeFileSync(path('jws'), jws);
      const verdict = execFileSync('jose', ['jws', 'ver', '-i', path('jws'), '-k', path('key'), '-O', '-']);
      expect(verdict.toString()).toBe('payload');
      writeFileSync(path('jws'), jws.replace('.', '.A'));
      const args = ['jws', 'ver', '-i', path('jws'), '-k', path('key'), '-O', '/dev/null'];
      expect(() => execFileSync('jose', args, { stdio: 'ignore' })).toThrow();
    });
  });

  it('is refused with another type, another key or a fourth part', async () => {
    const { privateKey, publicKey } = pair();
    const jws = await signJws('payload', { typ: 't' }, es256Signer(privateKey));
    expect(verifyJws(jws, 't', publicKey)?.toString()).toBe('payload');
    expect(verifyJws(jws, 'other', publicKey)).toBeUndefined();
    expect(verifyJws(jws, 't', pair().publicKey)).toBeUndefined();
    expect(verifyJws(`${jws}.x`, 't', publicKey)).toBeUndefined();
  });
});

describe('a JWE', () => {
  const apv = encodeBase64url(Buffer.alloc(32, 7));

  it('is opened by the jose command', () => {
    const { privateKey, publicKey } = pair();
    inDirectory((path) => {
      writeFileSync(path('key'), JSON.stringify(privateKey.export({ format: 'jwk' })));
      writeFileSync(path('jwe'), encryptJwe(Buffer.from('secret'), publicJwk(publicKey), apv));
      const args = ['jwe', 'dec', '-i', path('jwe'), '-k', path('key'), '-O', path('out')];
      execFileSync('jose', args);
      expect(readFileSync(path('out'), 'utf8')).toBe('secret');
    });
  });

  it('made by the jose command is opened', () => {
    const { privateKey, publicKey } = pair();
    inDirectory((path) => {
      writeFileSync(path('key'), JSON.stringify(publicJwk(publicKey)));
      const template = JSON.stringify({ protected: { alg: 'ECDH-ES', enc: 'A256GCM', apv } });
      const args = ['jwe', 'enc', '-i', template, '-I', '-', '-k', path('key'), '-c', '-o', '-'];
      const jwe = execFileSync('jose', args, { input: 'secret' }).toString();
      expect(decryptJwe(jwe, privateKey)?.toString()).toBe('secret');
    });
  });

  it('is not opened after a change to any of its parts', () => {
    const { privateKey, publicKey } = pair();
    const jwe = encryptJwe(Buffer.from('secret'), publicJwk(publicKey), apv);
    expect(decryptJwe(jwe, privateKey)?.toString()).toBe('secret');
    const positions = fc.integer({ min: 0, max: jwe.length - 1 });
    fc.assert(
      fc.property(positions, fc.constantFrom('A', 'Q', '.', '='), (at, character) => {
        fc.pre(jwe[at] !== character);
        const changed = jwe.slice(0, at) + character + jwe.slice(at + 1);
        expect(decryptJwe(changed, privateKey)).toBeUndefined();
      }),
    );
  });

  it('is not opened by another key', () => {
    const jwe = encryptJwe(Buffer.from('secret'), publicJwk(pair().publicKey), apv);
    expect(decryptJwe(jwe, pair().privateKey)).toBeUndefined();
  });
});

describe('a JWK', () => {
  it('never carries the private member on', () => {
    expect(Object.keys(publicJwk(pair().privateKey)).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  it('has the thumbprint that the jose command gives it', () => {
    const jwk = publicJwk(pair().publicKey);
    const thumbprint = execFileSync('jose', ['jwk', 'thp', '-i', '-'], {
      input: JSON.stringify(jwk),
    }).toString();
    expect(jwkThumbprint(jwk)).toBe(thumbprint.trim());
  });

  it.each([{}, null, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, { kty: 'RSA' }])(
    '%j is not one',
    (value) => {
      expect(isEcPublicJwk(value)).toBe(false);
    },
  );
});
