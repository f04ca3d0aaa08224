import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './contracts/errors.ts';
import type { HttpRequest } from './contracts/http.ts';

/** The content of an `Authorization` header of Signature Version 4. */
export interface SignedScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 5 * 60_000;

/**
 * Reads the `Authorization` header.
 *
 * @throws AwsError when there is none (requests signed in the query are not supported) or it is incomplete.
 */
export function readScope(request: HttpRequest): SignedScope {
  const header = request.headers['authorization'];
  if (header === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
  }
  const match = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header);
  const fields = new Map(
    (match?.[1] ?? '').split(',').map((field) => {
      const [name = '', ...value] = field.trim().split('=');
      return [name, value.join('=')] as const;
    }),
  );
  const [accessKeyId, date, region, service, terminator] = (fields.get('Credential') ?? '').split('/');
  const signedHeaders = (fields.get('SignedHeaders') ?? '').split(';').filter((name) => name !== '');
  const signature = fields.get('Signature') ?? '';
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') {
    throw new AwsError('IncompleteSignature', 'Authorization header requires a valid credential', 403);
  }
  if (signedHeaders.length === 0 || !/^[0-9a-f]{64}$/.test(signature)) {
    throw new AwsError('IncompleteSignature', 'Authorization header requires a signature', 403);
  }
  return { accessKeyId, date, region, service, signedHeaders, signature };
}

/**
 * Verifies the signature over the request as it arrived
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 *
 * @param region the region that the credential has to be scoped to.
 * @throws AwsError with the code that AWS uses.
 */
export function verifySignature(
  request: HttpRequest,
  scope: SignedScope,
  secret: string,
  region: string,
  now: number = Date.now(),
): void {
  const { headers } = request;
  const time = headers['x-amz-date'] ?? '';
  const signedAt = parseTime(time);
  if (signedAt === undefined || !time.startsWith(scope.date)) {
    throw new AwsError('IncompleteSignature', 'Date in Credential scope does not match X-Amz-Date', 403);
  }
  if (scope.region !== region) {
    throw invalid(`Credential should be scoped to a valid region, not '${scope.region}'.`);
  }
  requireSigned(request, scope);
  if (Math.abs(now - signedAt) > MAX_SKEW_MS) {
    throw invalid(`Signature expired or not yet current: ${time} is not within 5 minutes of now`);
  }
  const payload = createHash('sha256').update(request.body).digest('hex');
  const claimed = headers['x-amz-content-sha256'];
  if (claimed !== undefined && claimed !== payload) {
    throw invalid('The x-amz-content-sha256 header does not match the payload.');
  }
  const canonical = canonicalRequest(request, scope.signedHeaders, payload);
  const expected = sign(canonical, scope, time, secret);
  if (!timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(scope.signature, 'hex'))) {
    throw invalid(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method.',
    );
  }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidSignature', message, 403);
}

/** `host` and every `x-amz-*` header that is there have to be signed, and what is said to be signed has to be there. */
function requireSigned(request: HttpRequest, scope: SignedScope): void {
  const signed = new Set(scope.signedHeaders);
  const absent = scope.signedHeaders.find((name) => request.headers[name] === undefined);
  if (absent !== undefined) throw invalid(`Header '${absent}' is signed but not sent.`);
  const loose = Object.keys(request.headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
  );
  if (loose !== undefined || !signed.has('host')) {
    throw invalid(`'${loose ?? 'host'}' must be a signed header in the request.`);
  }
}

export function canonicalRequest(
  { method, path, headers }: HttpRequest,
  signedHeaders: readonly string[],
  payload: string,
): string {
  const [pathname = '/', ...query] = path.split('?');
  const names = [...signedHeaders].sort();
  return [
    method,
    // Every service but S3 encodes each segment of the path a second time.
    pathname.split('/').map(encode).join('/'),
    canonicalQuery(query.join('?')),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    payload,
  ].join('\n');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [encode(decode(name)), encode(decode(value.join('=')))] as const;
    })
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function sign(
  canonical: string,
  { date, region, service }: SignedScope,
  time: string,
  secret: string,
): string {
  const scope = `${date}/${region}/${service}/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (from, part) => createHmac('sha256', from).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return createHmac('sha256', key).update([ALGORITHM, time, scope, hash].join('\n')).digest('hex');
}

/** `YYYYMMDDTHHMMSSZ` as milliseconds. */
function parseTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('The query is not percent-encoded as it should be.');
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
