import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Synthesizes the app that ships, with the configuration that ships, into a fresh directory. */
export function synthesized(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sealroot-cdk-out-'));
  const { context } = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  execFileSync(process.execPath, ['bin/app.js'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return directory;
}
