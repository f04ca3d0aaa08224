import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandBlocks } from '../../setup/command-blocks.ts';
import { documents } from '../../setup/documents.ts';
import { demo, rootOf, run, sealroot } from './support/sealroot.ts';
import { Shell } from './support/shell.ts';

const MINUTE = 60_000;
const ENCRYPTED = /^\/dev\/mapper\/sealroot-root\n(.*\n)*sealroot-root: crypt aes-xts-plain64/;

it('npm start has left a running instance whose root is encrypted', async () => {
  const instance = demo();
  expect(instance.state).toBe('running');
  expect(await rootOf(instance)).toMatch(ENCRYPTED);
});

const all = documents()
  .map((file) => ({
    file,
    blocks: commandBlocks(file).blocks.filter((block) => block.run === 'as-it-stands'),
  }))
  .filter(({ blocks }) => blocks.length > 0);

describe.each(all)('$file', ({ blocks }) => {
  let shell: Shell;
  beforeAll(() => {
    shell = new Shell();
  });
  afterAll(() => shell.end());

  it.each(blocks)('line $line', async ({ text }) => {
    const { status, output } = await shell.run(text);
    // The output of the commands says why one of them failed.
    expect(status === 0 ? '' : `status ${status}:\n${output}`).toBe('');
  });
});

it('the documents leave the instance as they found it', async () => {
  const deadline = Date.now() + 10 * MINUTE;
  let root: string | undefined;
  // A boot, of a machine that is perhaps emulated.
  while (root === undefined && Date.now() < deadline) {
    root = await rootOf(demo());
    if (root === undefined) await delay(1000);
  }
  expect(root).toMatch(ENCRYPTED);
});

describe('when the instance does not boot', () => {
  beforeAll(() => {
    expect(sealroot('local', 'down')).toMatchObject({ status: 0 });
  });
  afterAll(() => {
    sealroot('local', 'down');
  });

  it('npm start says so, and fails', () => {
    const bin = mkdtempSync(path.join(tmpdir(), 'sealroot-no-vm-'));
    const qemu = path.join(bin, 'qemu-system-x86_64');
    writeFileSync(qemu, '#!/bin/sh\necho "no machine today" >&2\nexit 1\n');
    chmodSync(qemu, 0o755);
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const { status, stdout } = run(['npm', 'start'], env);
    expect(stdout).toMatch(/Stopped after \d+ s: .*\n(.*\n)*.*no machine today/);
    expect(status).toBe(1);
  });
});
