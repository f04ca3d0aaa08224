#!/usr/bin/env node
// Node 22.18 and later run TypeScript by themselves; for Node 20, tsx strips the types as modules are loaded.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules/commander', import.meta.url))) {
  console.error('sealroot: its npm packages are not installed.\n  Install them: npm ci');
  process.exit(1);
}
// A shell asks for this before every line that is typed: it does not wait for the rest to be loaded.
if (process.argv.slice(2).join(' ') === 'login prompt') {
  const { promptLine } = await import('../cli/login/prompt.js');
  const line = promptLine(process.env, Date.now());
  if (line !== '') console.log(line);
} else {
  if (!process.features.typescript) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  await import('./sealroot.ts');
}
