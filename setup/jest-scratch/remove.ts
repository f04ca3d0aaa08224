import { rmSync } from 'node:fs';

/** Removes the folder of make.ts, with what is written to it meanwhile by a process that ends late. */
export default function remove(): void {
  const folder = process.env['SEALROOT_TEST_SCRATCH'];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
