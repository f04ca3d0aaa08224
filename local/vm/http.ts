import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayRequest, GatewayResponse } from '../engine/contracts.ts';

/** Reads a request to its end. @returns undefined when the body is larger than `limit` bytes. */
export async function readRequest(
  incoming: IncomingMessage,
  limit: number,
): Promise<GatewayRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  const headers = Object.entries(incoming.headersDistinct).map(([name, values]) => [
    name,
    (values ?? []).join(', '),
  ]);
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}

/** Writes an answer with its length, whatever lengths or encodings its headers claim. */
export function writeResponse(outgoing: ServerResponse, response: GatewayResponse): void {
  for (const [name, value] of Object.entries(response.headers)) {
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) outgoing.setHeader(name, value);
  }
  outgoing.setHeader('content-length', response.body.length);
  outgoing.writeHead(response.status);
  outgoing.end(response.body);
}
