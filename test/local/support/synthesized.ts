import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface Shipped {
  readonly context: { readonly sealroot: { readonly stages: readonly object[] } };
}

/**
 * Synthesizes the app that ships, with the configuration that ships, into a fresh directory.
 *
 * @param change of the configuration of the stage.
 */
export function synthesized(change: object = {}): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sealroot-cdk-out-'));
  const shipped = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as Shipped;
  const { sealroot } = shipped.context;
  const stages = sealroot.stages.map((stage) => ({ ...stage, ...change }));
  const context = { ...shipped.context, sealroot: { ...sealroot, stages } };
  execFileSync(process.execPath, ['bin/app.js'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 60_000,
  });
  return directory;
}
