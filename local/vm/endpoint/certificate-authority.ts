import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 397;
const RENEW_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** Path of the certificate of the local authority, which images baked here trust (PEM). */
export function authorityPath(state: string): string {
  return join(state, 'ca', 'ca.pem');
}

/**
 * Makes the certificate authority of this state directory unless it exists. node:crypto can read certificates but not make
 * them, so openssl does.
 *
 * @returns path of its certificate.
 */
export async function ensureAuthority(state: string): Promise<string> {
  const path = authorityPath(state);
  if (!existsSync(path)) {
    await write(state, 'ca', AUTHORITY_DAYS, [
      ...['-subj', '/CN=Sealroot local cloud', '-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
  }
  return path;
}

/** The certificate that the interface VPC endpoint shows for private APIs of a region; renewed before it ends. */
export async function endpointCertificate(state: string, region: string): Promise<Certificate> {
  await ensureAuthority(state);
  const name = `*.execute-api.${region}.amazonaws.com`;
  const file = `execute-api.${region}`;
  const read = (): Certificate => ({
    certificate: readFileSync(join(state, 'ca', `${file}.pem`), 'utf8'),
    key: readFileSync(join(state, 'ca', `${file}.key`), 'utf8'),
  });
  if (!isCurrent(join(state, 'ca', `${file}.pem`))) {
    await write(state, file, CERTIFICATE_DAYS, [
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
      ...['-CA', join(state, 'ca', 'ca.pem'), '-CAkey', join(state, 'ca', 'ca.key')],
    ]);
  }
  return read();
}

function isCurrent(path: string): boolean {
  return (
    existsSync(path) &&
    Date.parse(new X509Certificate(readFileSync(path)).validTo) - Date.now() > RENEW_BEFORE_MS
  );
}

/** Writes NAME.key and NAME.pem whole or not at all; the certificate comes last, because its presence counts. */
async function write(state: string, name: string, days: number, options: readonly string[]): Promise<void> {
  const directory = join(state, 'ca');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const work = mkdtempSync(join(directory, '.new-'));
  try {
    // An empty configuration: the machine's own would add extensions of its own.
    writeFileSync(join(work, 'openssl.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
    await run('openssl', [
      ...['req', '-x509', '-config', join(work, 'openssl.cnf'), '-days', String(days), '-sha256', '-nodes'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      ...['-keyout', join(work, 'key'), '-out', join(work, 'pem'), ...options],
    ]);
    renameSync(join(work, 'key'), join(directory, `${name}.key`));
    renameSync(join(work, 'pem'), join(directory, `${name}.pem`));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
