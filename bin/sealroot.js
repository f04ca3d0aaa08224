#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const clone = fileURLToPath(new URL('..', import.meta.url));
// A shell asks for this before every line that is typed: it does not wait for the rest to be loaded, and an error
// would stand in every prompt.
if (process.argv.slice(2).join(' ') === 'login prompt') {
  const { promptLine } = await import('../cli/login/prompt.js');
  const line = promptLine(process.env, Date.now());
  if (line !== '') console.log(line);
} else if (existsSync(`${clone}node_modules/commander`)) {
  // Node 22.18 and later run TypeScript by themselves; for Node 20, tsx strips the types as modules are loaded.
  if (!process.features.typescript) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  await import('./sealroot.ts');
} else {
  console.error(`sealroot: its npm packages are not installed.\n  Install them: npm --prefix '${clone}' ci`);
  process.exitCode = 1;
}
