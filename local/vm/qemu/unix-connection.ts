import { createConnection, type Socket } from 'node:net';
import { withSocketPath } from './sockets.ts';

/** Connects to the Unix socket `name` in `directory`. @throws the system's error when nobody listens. */
export function connectUnix(directory: string, name: string): Promise<Socket> {
  return withSocketPath(
    directory,
    name,
    (path) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = createConnection(path);
        socket.once('error', reject);
        socket.once('connect', () => {
          socket.off('error', reject);
          resolve(socket);
        });
      }),
  );
}
