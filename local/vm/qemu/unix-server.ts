import { chmodSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { withSocketPath } from './sockets.ts';

export interface UnixServer {
  /** Stops listening and cuts what is connected. */
  close(): Promise<void>;
}

/** Lets an HTTP or HTTPS server listen on `name` in `directory`, in place of whatever an earlier process left there. */
export async function listenUnix(server: Server, directory: string, name: string): Promise<UnixServer> {
  rmSync(join(directory, name), { force: true });
  await withSocketPath(
    directory,
    name,
    (path) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      }),
  );
  chmodSync(join(directory, name), 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
