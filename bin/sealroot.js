#!/usr/bin/env node
// Node 22.18 and later run TypeScript by themselves; for Node 20, tsx strips the types as modules are loaded.
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import('./sealroot.ts');
