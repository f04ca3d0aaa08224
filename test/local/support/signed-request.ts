import { request as httpRequest } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HttpRequest, HttpResponse } from '../../../local/engine/contracts/http.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';

export interface Asked {
  readonly method?: string;
  readonly host: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
  readonly region?: string;
  readonly at?: Date;
}

/** Signs with the AWS SDK's own signer. */
export async function signed(credentials: Credentials, asked: Asked): Promise<HttpRequest> {
  const { method = 'POST', host, path = '/', query = {}, headers = {}, body = '' } = asked;
  const signer = new SignatureV4({
    service: asked.service ?? 'execute-api',
    region: asked.region ?? 'us-east-1',
    credentials,
    sha256: Sha256,
  });
  const request = await signer.sign(
    { method, protocol: 'https:', hostname: host, path, query, headers: { host, ...headers }, body },
    { signingDate: asked.at ?? new Date() },
  );
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`),
  );
  return {
    method,
    path: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(body),
  };
}

/** Sends to a listener, with `Host` as it was signed. */
export function sendTo(
  endpoint: string,
  { method, path, headers, body }: HttpRequest,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    httpRequest({ hostname, port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string>,
          body: Buffer.concat(chunks),
        }),
      );
    })
      .on('error', reject)
      .end(body);
  });
}
