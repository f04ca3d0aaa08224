import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { GatewayRequest, GatewayResponse } from './contracts.ts';

/** API Gateway's own limit. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Serves each request with `handle`, which must not throw. Used for the gateway and for TLS listeners alike. */
export function createGatewayServer(handle: (request: GatewayRequest) => Promise<GatewayResponse>): Server {
  return createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, handle);
  });
}

export async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (request: GatewayRequest) => Promise<GatewayResponse>,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const answer = await handle({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: flatten(incoming),
    body,
  });
  const { 'transfer-encoding': _, ...headers } = answer.headers;
  outgoing.writeHead(answer.status, { ...headers, 'content-length': answer.body.length }).end(answer.body);
}

/** @returns undefined when the body is too large or the sender gave up. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function flatten({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
