import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that this program was cloned to; the local cloud lives in it and keeps its state there. */
export const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
