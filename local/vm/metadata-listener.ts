import type { HttpRequest, HttpResponse } from '../engine/contracts/http.ts';
import { httpServer } from '../engine/http.ts';
import { listenUnix, type UnixServer } from './qemu/unix-server.ts';

/** Requests to IMDS have no body. */
const MAX_BODY_BYTES = 1024;

/** Lets one VM reach its instance metadata service, on a Unix socket in the VM's directory. */
export function listenAsImds(
  directory: string,
  socket: string,
  handle: (request: HttpRequest) => HttpResponse,
): Promise<UnixServer> {
  return listenUnix(httpServer(handle, MAX_BODY_BYTES), directory, socket);
}
