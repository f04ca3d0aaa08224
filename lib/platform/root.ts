import { fileURLToPath } from 'node:url';

/**
 * Folder of the package: handlers, component documents and rules are found from here, whatever the working directory
 * of the app is. It is the only use of `import.meta` in `lib`, because bin/app.js, which makes one CommonJS file of the
 * app, has to put this file's own URL in its place.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Path of a file or folder of the package, by its parts below the package's folder. */
export const inPackage = (...parts: string[]): string => [ROOT.replace(/[/\\]$/, ''), ...parts].join('/');
