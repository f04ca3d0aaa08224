import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of `sun_path` less the closing zero (unix(7)). */
const LONGEST_PATH = 107;

/**
 * Path under which this process can bind or connect to a Unix socket, however deep its directory is: a path too long for
 * `sun_path` is spelled through an open descriptor of the directory. QEMU runs in the directory and uses the bare name.
 *
 * @param use gets the path, which is valid until its promise settles.
 */
export async function withSocketPath<T>(
  directory: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return use(path);
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await use(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}
