import type { AddressInfo } from 'node:net';
import type { HttpRequest, HttpResponse } from '../engine/contracts/http.ts';
import { httpServer } from '../engine/http.ts';

/** Requests to IMDS have no body. */
const MAX_BODY_BYTES = 1024;

export interface BuildRole {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Serves IMDS to the build steps, which run in a chroot of this machine and not in a VM, on a loopback port, for as long
 * as the bake runs.
 *
 * @param imds the metadata service of the build instance.
 */
export async function serveBuildRole(imds: (request: HttpRequest) => HttpResponse): Promise<BuildRole> {
  const server = httpServer(imds, MAX_BODY_BYTES);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
