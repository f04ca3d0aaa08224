import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import { MAX_BODY_BYTES, readRequest, writeResponse } from '../../engine/http.ts';
import { listenUnix, type UnixServer } from '../qemu/unix-server.ts';
import type { Certificate } from './certificate-authority.ts';

/** End of a request: a response, a connection that is cut, or one that is never answered. */
export type EndpointOutcome = HttpResponse | 'drop' | 'hang';

/**
 * Plays the interface VPC endpoint for one VM. That each VM has its own listener is what tells them apart: the source of a
 * request is not something that the guest can say.
 */
export function listenAsEndpoint(
  directory: string,
  socket: string,
  certificate: Certificate,
  handle: (request: HttpRequest) => Promise<EndpointOutcome>,
): Promise<UnixServer> {
  const server = createServer({ cert: certificate.certificate, key: certificate.key, minVersion: 'TLSv1.2' });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, handle);
  });
  return listenUnix(server, directory, socket);
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  handle: (request: HttpRequest) => Promise<EndpointOutcome>,
): Promise<void> {
  try {
    const request = await readRequest(incoming, MAX_BODY_BYTES);
    const outcome = request === undefined ? tooLarge : await handle(request);
    if (outcome === 'hang') return;
    if (outcome === 'drop') incoming.socket.destroy();
    else writeResponse(response, outcome);
  } catch {
    // The connection breaks, as it does when a fault is behind a real endpoint.
    incoming.socket.destroy();
  }
}

const tooLarge: HttpResponse = { status: 413, headers: {}, body: Buffer.alloc(0) };
