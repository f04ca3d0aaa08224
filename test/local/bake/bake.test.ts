import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testImage } from '../../../local/bake/boot-test.ts';
import { parseDocument, substitute } from '../../../local/bake/document.ts';
import { runPhase, StepFailed, type Runner } from '../../../local/bake/execute.ts';
import { cloudInitKey } from '../../../local/bake/layers.ts';
import { bakeHash, imageIdOf, sourcesOf, type BakeInputs } from '../../../local/bake/plan.ts';

const COMPONENTS = path.join(import.meta.dirname, '../../../image-builder/components');

const document = (steps: string): string => `
name: example
schemaVersion: 1.0
parameters:
  - Color: { type: string, description: a color, default: red }
  - Size: { type: string, description: a size }
phases:
  - name: build
    steps:
${steps.replace(/^/gm, '      ')}
`;

const bash = (name: string, command: string, more = ''): string =>
  `- { name: ${name}, action: ExecuteBash, ${more} inputs: { commands: ['${command}'] } }`;

/** Runs nothing; answers each script with the next status, then with 0. */
function fakeRunner(...statuses: number[]): Runner & { readonly ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    bash: (script) => {
      ran.push(script);
      return Promise.resolve({ status: statuses.shift() ?? 0, output: `output of ${script}` });
    },
    download: (source, destination) => {
      ran.push(`${source} -> ${destination}`);
      return Promise.resolve({ status: 0, output: '' });
    },
  };
}

describe('the documents of this repository', () => {
  const names = readdirSync(COMPONENTS);
  const texts = names.map((name) => readFileSync(path.join(COMPONENTS, name, 'component.yaml'), 'utf8'));

  it('are ones that the local cloud can run', () => {
    expect(texts.map((text) => parseDocument(text).name).sort()).toEqual([
      'sealroot-boot-test',
      'sealroot-configuration',
      'sealroot-initramfs',
      'sealroot-packages',
      'sealroot-validation',
    ]);
  });

  it('fit into the 16,000 characters that Image Builder takes inline', () => {
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(16_000);
  });
});

describe('parsing a component document', () => {
  it('refuses an action that a chroot does not offer, naming component, phase and step', () => {
    const text = document('- { name: Restart, action: Reboot, inputs: {} }');
    expect(() => parseDocument(text)).toThrow('example: build: Restart: the local cloud does not run Reboot');
  });

  it('refuses a construct that it would otherwise leave out', () => {
    const text = document(bash('Looped', 'true', 'loop: { name: x },'));
    expect(() => parseDocument(text)).toThrow('does not know loop');
  });

  it('refuses a phase that Image Builder has not', () => {
    const text = document(bash('A', 'true')).replace('name: build', 'name: prepare');
    expect(() => parseDocument(text)).toThrow('unknown phase prepare');
  });
});

describe('filling in parameters', () => {
  const text = document(bash('Paint', 'paint {{ Color }} {{Size}}'));

  it('takes the value of the recipe, else the default', async () => {
    const runner = fakeRunner();
    await runPhase(parseDocument(substitute(text, { Size: 'big' })), 'build', runner);
    expect(runner.ran).toEqual(['paint red big']);
  });

  it('refuses a parameter without a value', () => {
    expect(() => substitute(text, {})).toThrow('{{ Size }} has no value');
  });

  it('refuses a value for no parameter', () => {
    expect(() => substitute(text, { Size: 'big', Weight: '1' })).toThrow('Weight, which is no parameter');
  });

  it('refuses a value that would add lines to the document', () => {
    expect(() => substitute(text, { Size: 'a\nb' })).toThrow('line break');
  });
});

describe('when a step fails', () => {
  const two = (more: string): string => document(`${bash('First', 'one', more)}\n${bash('Second', 'two')}`);

  it('stops there by default, and tells the step, its status and its output', async () => {
    const runner = fakeRunner(3);
    const failure = runPhase(parseDocument(two('')), 'build', runner);
    await expect(failure).rejects.toThrow(/example: First failed with status 3\noutput of one/);
    expect(runner.ran).toEqual(['one']);
  });

  it('goes on and still fails with onFailure: Continue', async () => {
    const runner = fakeRunner(3);
    await expect(runPhase(parseDocument(two('onFailure: Continue,')), 'build', runner)).rejects.toThrow(
      StepFailed,
    );
    expect(runner.ran).toEqual(['one', 'two']);
  });

  it('goes on and succeeds with onFailure: Ignore', async () => {
    const reports = await runPhase(parseDocument(two('onFailure: Ignore,')), 'build', fakeRunner(3));
    expect(reports.map(({ status }) => status)).toEqual([3, 0]);
  });

  it('tries as often as maxAttempts says', async () => {
    const runner = fakeRunner(1, 1, 0);
    await runPhase(parseDocument(two('maxAttempts: 3,')), 'build', runner);
    expect(runner.ran).toEqual(['one', 'one', 'one', 'two']);
  });

  it('does not take a wish for a reboot for a success', async () => {
    await expect(runPhase(parseDocument(two('')), 'build', fakeRunner(194))).rejects.toThrow(
      'asks for a reboot',
    );
  });
});

describe('downloads', () => {
  const text = document(
    "- { name: Get, action: S3Download, inputs: [{ source: 's3://{{ Size }}/key.gz', destination: /tmp/x }] }",
  );

  it('are listed for the bake after parameters are filled in', () => {
    expect(sourcesOf([substitute(text, { Size: 'bucket' })])).toEqual(['s3://bucket/key.gz']);
  });

  it('go through the runner', async () => {
    const runner = fakeRunner();
    await runPhase(parseDocument(substitute(text, { Size: 'bucket' })), 'build', runner);
    expect(runner.ran).toEqual(['s3://bucket/key.gz -> /tmp/x']);
  });
});

describe('the test phase on an instance', () => {
  const text = document(bash('Check', 'echo "it works"')).replace('name: build', 'name: test');

  it('hands the script to bash on the instance as one word', async () => {
    const commands: string[] = [];
    const run = (command: string): Promise<{ status: number; stdout: string; stderr: string }> => {
      commands.push(command);
      return Promise.resolve({ status: 0, stdout: '', stderr: '' });
    };
    await testImage([substitute(text, { Size: 'x' })], { run });
    expect(commands).toEqual([`bash -c 'echo "it works"'`]);
  });

  it('fails with what the instance said', async () => {
    const run = () => Promise.resolve({ status: 1, stdout: 'FAIL  / is /dev/vda1\n', stderr: '' });
    await expect(testImage([substitute(text, { Size: 'x' })], { run })).rejects.toThrow(
      'FAIL  / is /dev/vda1',
    );
  });
});

describe('the hash of a bake', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sealroot-bake-'));
  const file = path.join(directory, 'files.tar.gz');
  const inputs: BakeInputs = {
    recipe: { name: 'sealroot-dev', version: '1.0.0' },
    documents: ['a', 'b'],
    downloads: { 's3://bucket/key.gz': file },
    authority: 'PEM',
    hosts: ['169.254.0.100 api'],
    tags: {},
    blockDevices: [],
    arnPrefix: 'arn:aws:imagebuilder:us-east-1:000000000000:image/sealroot-dev',
  };
  const hash = (changes: Partial<BakeInputs> = {}, parent = 'p'): Promise<string> =>
    bakeHash({ ...inputs, ...changes }, parent);

  it('is the same for the same inputs, and names the image', async () => {
    writeFileSync(file, 'content');
    const first = await hash();
    expect(await hash()).toBe(first);
    expect(imageIdOf(first)).toMatch(/^ami-[0-9a-f]{17}$/);
  });

  it('changes with anything that goes into the image', async () => {
    writeFileSync(file, 'content');
    const hashes = [
      await hash(),
      await hash({ documents: ['b', 'a'] }),
      await hash({ authority: 'another' }),
      await hash({ hosts: [] }),
      await hash({ tags: { a: 'b' } }),
      await hash({ blockDevices: [{ device: '/dev/sda1', encrypted: true }] }),
      await hash({}, 'another parent'),
      await hash({}, cloudInitKey('p')),
    ];
    writeFileSync(file, 'other content');
    hashes.push(await hash());
    rmSync(directory, { recursive: true });
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
