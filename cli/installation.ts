import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Put in by `npm run package`; a clone has no such global. */
declare const SEALROOT_VERSION: string | undefined;

interface Installation {
  readonly version: string;
  /** The clone that this program runs from, which the local cloud belongs to; undefined for the packaged file. */
  readonly clone: string | undefined;
}

/** Origin of this program: a clone, or the packaged file. */
export const installation: Installation =
  typeof SEALROOT_VERSION === 'string' ? { version: SEALROOT_VERSION, clone: undefined } : fromClone();

function fromClone(): Installation {
  const clone = dirname(dirname(fileURLToPath(import.meta.url)));
  const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string };
  return { version, clone };
}
