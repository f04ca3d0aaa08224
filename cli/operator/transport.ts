import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/** Address of the API, and the credentials to call it with. */
export interface Target {
  /** The API with its stage, `https://{id}.execute-api.{region}.amazonaws.com/{stage}`. */
  readonly api: URL;
  /** Address to connect to instead, from AWS_ENDPOINT_URL_EXECUTE_API; the Host header remains the API's. */
  readonly connectTo?: URL | undefined;
  readonly region: string;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below the API's stage, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** More than any page of a list; beyond it something else is answering. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * Signs (SigV4, service `execute-api`) and sends one request. Not `fetch`: that cannot keep the API's Host header,
 * which is part of the signature, while connecting somewhere else.
 *
 * @param timeout milliseconds for the whole exchange.
 * @throws Error with a node error code when there is no answer, AbortError on `signal`.
 */
export async function send(
  target: Target,
  request: HttpRequest,
  timeout: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { api, region, credentials } = target;
  const path = `${api.pathname.replace(/\/$/, '')}${request.path}`;
  const query = { ...request.query };
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: request.method,
    protocol: 'https:',
    hostname: api.hostname,
    path,
    query,
    headers: {
      host: api.host,
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  const search = new URLSearchParams(query).toString();
  return exchange(
    target.connectTo ?? api,
    {
      method: request.method,
      path: search === '' ? path : `${path}?${search.replaceAll('+', '%20')}`,
      headers: signed.headers,
    },
    request.body,
    AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  );
}

function exchange(
  peer: URL,
  message: { method: string; path: string; headers: Record<string, string> },
  body: string | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const hostname = peer.hostname.replace(/^\[|\]$/g, '');
  const start = peer.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const request = start(
      {
        ...message,
        hostname,
        port: peer.port,
        signal,
        // Otherwise the certificate would be checked against the Host header, not against whom we connect to.
        servername: isIP(hostname) ? '' : hostname,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_BODY_BYTES) response.destroy(new Error('the answer is larger than any of the API'));
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
