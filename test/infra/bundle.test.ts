import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { bundleOf, prepareBundles, SERVICES } from '../../lib/platform/bundle.ts';
import * as ENV from '../../protocol/environment.ts';

beforeAll(prepareBundles);

/** Imports a bundle in a node of its own, as Lambda does, and says what it exports. */
function exportsOf(folder: string): string {
  const url = pathToFileURL(join(folder, 'index.mjs')).href;
  const script = `import(${JSON.stringify(url)}).then((m) => process.stdout.write(Object.keys(m).join()))`;
  const settings = Object.fromEntries(Object.values(ENV).map((name) => [name, 'x']));
  const policy = { enrolment: 'allow', moved: 'approve', ticket: 'approve' };
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
    env: {
      ...settings,
      [ENV.policy]: JSON.stringify(policy),
      [ENV.separationOfDuties]: 'none',
      AWS_REGION: 'eu-west-1',
    },
  });
}

describe.each(SERVICES)('the bundle of %s', (service) => {
  it('loads by itself and exports the handler', () => {
    expect(exportsOf(bundleOf(service))).toBe('handler');
  });

  it('is the same when it is made again', async () => {
    const before = bundleOf(service);
    await prepareBundles();
    expect(bundleOf(service)).toBe(before);
  });
});

describe('the keyserver’s bundle', () => {
  it('loads the EC2 client only when an instance enrols', () => {
    const bundle = bundleOf('keyserver');
    const index = readFileSync(join(bundle, 'index.mjs'), 'utf8');
    expect(readdirSync(bundle).some((name) => name.startsWith('inventory-'))).toBe(true);
    expect(index).not.toMatch(/(^|;)import[^(]*from"\.\/inventory-/);
    expect(index).toMatch(/import\("\.\/inventory-/);
  });
});
