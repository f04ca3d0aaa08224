#!/usr/bin/env node
// Node 22.18 and later run TypeScript by themselves; for Node 20, tsx strips the types as modules are loaded.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../node_modules/commander', import.meta.url))) {
  console.error('sealroot: its npm packages are not installed.\n  Install them: npm ci');
  process.exit(1);
}
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./sealroot.ts');
