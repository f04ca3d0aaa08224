import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse } from './contracts/http.ts';

/** API Gateway's own limit. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const TOO_LARGE: HttpResponse = { status: 413, headers: {}, body: Buffer.alloc(0) };

/**
 * An HTTP server that is not listening yet.
 *
 * @param handle answers each request; when it throws, the connection is cut.
 * @param limit of a request's body, bytes; a larger one is answered 413.
 */
export function httpServer(
  handle: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
  limit = MAX_BODY_BYTES,
): Server {
  return createServer((incoming, outgoing) => {
    readRequest(incoming, limit)
      .then(async (request) => {
        writeResponse(outgoing, request === undefined ? TOO_LARGE : await handle(request));
      })
      .catch(() => incoming.socket.destroy());
  });
}

/**
 * Reads a request to its end.
 *
 * @returns undefined when the body is larger than `limit` bytes.
 * @throws Error when the sender gives up.
 */
export async function readRequest(
  incoming: IncomingMessage,
  limit: number,
): Promise<HttpRequest | undefined> {
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

/** Writes a response with its length, whatever lengths or encodings its headers claim. */
export function writeResponse(outgoing: ServerResponse, { status, headers, body }: HttpResponse): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) outgoing.setHeader(name, value);
  }
  // The unread rest of the request would be taken for the next one.
  if (!outgoing.req.complete) outgoing.setHeader('connection', 'close');
  outgoing.setHeader('content-length', body.length);
  outgoing.writeHead(status);
  outgoing.end(body);
}
