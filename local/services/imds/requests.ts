import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Metadata } from './metadata.ts';
import { ImdsTokens } from './tokens.ts';
import { VERSIONS } from './versions.ts';

export interface ImdsOptions {
  /** Built at every request: tags and credentials change while the instance runs. */
  readonly tree: () => Metadata;
  /** Whether a request without a token is refused (IMDSv2 only). */
  readonly tokenRequired: boolean;
  /** The time, milliseconds since the epoch; tests set it. */
  readonly now?: () => number;
}

const TOKEN = 'x-aws-ec2-metadata-token';
const TOKEN_TTL = 'x-aws-ec2-metadata-token-ttl-seconds';

/** IMDSv2 as AWS documents it: 400 for a bad token request, 401 for a request without a valid token, 404 for no such item. */
export function imds(options: ImdsOptions): (request: HttpRequest) => HttpResponse {
  const tokens = new ImdsTokens(options.now);
  return ({ method, path, headers }) => {
    const url = decode(path);
    if (url === undefined) return status(400);
    if (url === '/latest/api/token') return tokenResponse(tokens, method, headers);
    if (method !== 'GET' && method !== 'HEAD') return status(405);
    const token = headers[TOKEN];
    const left = token === undefined ? undefined : tokens.secondsLeft(token);
    if (left === undefined && (options.tokenRequired || token !== undefined)) return status(401);
    const response = item(options.tree(), url);
    return left === undefined
      ? response
      : { ...response, headers: { ...response.headers, [TOKEN_TTL]: String(left) } };
  };
}

function decode(path: string): string | undefined {
  try {
    return decodeURI(path.split('?')[0] ?? '/').replace(/\/{2,}/g, '/');
  } catch {
    return undefined;
  }
}

function tokenResponse(tokens: ImdsTokens, method: string, headers: HttpRequest['headers']): HttpResponse {
  if (method !== 'PUT') return status(405);
  // A request that came through a proxy is not the instance's own.
  if (headers['x-forwarded-for'] !== undefined) return status(403);
  const issued = tokens.issue(headers[TOKEN_TTL]);
  if (issued === undefined) return status(400);
  const response = plain(Buffer.from(issued.token));
  return { ...response, headers: { ...response.headers, [TOKEN_TTL]: String(issued.ttlSeconds) } };
}

function item(tree: Metadata, url: string): HttpResponse {
  const [version, ...names] = url.split('/').filter((part) => part !== '');
  if (version === undefined) return plain(Buffer.from(VERSIONS.join('\n')));
  if (!VERSIONS.includes(version)) return status(404);
  let node: Metadata | undefined = tree;
  for (const name of names) {
    if (typeof node === 'function' || !Object.hasOwn(node, name)) return status(404);
    node = node[name];
    if (node === undefined) return status(404);
  }
  // These three are listed without a slash, unlike the categories below them.
  if (node === tree) return plain(Buffer.from(Object.keys(tree).sort().join('\n')));
  return plain(Buffer.from(typeof node === 'function' ? node() : listing(node)));
}

/** A category is listed with a slash after it. */
function listing(node: Readonly<Record<string, Metadata>>): string {
  return Object.entries(node)
    .map(([name, child]) => (typeof child === 'function' ? name : `${name}/`))
    .join('\n');
}

function plain(body: Buffer): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
};

function status(code: number): HttpResponse {
  return { status: code, headers: { 'content-type': 'text/plain' }, body: Buffer.from(REASONS[code] ?? '') };
}
