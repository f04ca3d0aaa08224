import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Context } from '../../../cli/context.ts';
import { createProgram } from '../../../cli/program.ts';
import { completionOf } from '../../../cli/completion/tree.ts';
import { useWorld } from './world.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** One file, so that what completes file names has something to find. */
const folder = mkdtempSync(path.join(tmpdir(), 'sealroot-completion-'));
writeFileSync(path.join(folder, 'a-file.conf'), '');

/**
 * Script that each shell is asked with: SCRIPT is the completion, "$@" the words, the last of which is being typed.
 * zsh's own functions exist only while somebody types at it, so here they print what they are given.
 */
const ASKING: Readonly<Record<Shell, string>> = {
  bash: `source "$SCRIPT"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _sealroot
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { : }
    compset() { words[CURRENT]=\${words[CURRENT]#*=} }
    offer() { print -l -- \${(M)@:#\${words[CURRENT]}*} }
    _describe() { offer \${\${(P)@[-1]}%%:*} }
    compadd() { shift; offer "$@" }
    _files() { offer *(N) }
    _message() { : }
    _normal() { if ((CURRENT == 1)) { print -l -- \${(Mk)commands:#\${words[1]}*} } else { _files } }
    source "$SCRIPT"
    words=("$@") CURRENT=$#
    _sealroot`,
  fish: `source $SCRIPT
    complete -C (string join ' ' -- $argv) | string replace -r '\\t.*' ''`,
};

/** Arguments by which each shell takes a script and words for it. */
const argv = (shell: Shell, words: readonly string[]): string[] =>
  shell === 'fish' ? ['--no-config', '-c', ASKING.fish, ...words] : ['-c', ASKING[shell], shell, ...words];

/** zsh and fish are not what every machine has; bash is. */
const isThere = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

function completed(shell: Shell, line: string): string[] {
  const words = ['sealroot', ...line.split(' ')];
  const { stdout, stderr, status } = spawnSync(shell, argv(shell, words), {
    cwd: folder,
    encoding: 'utf8',
    timeout: 10_000,
    env: { ...process.env, SCRIPT: path.join(folder, shell), HOME: folder },
  });
  expect({ stderr, status: status === null }).toEqual({ stderr: '', status: false });
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .toSorted();
}

const world = useWorld();

describe.each((['bash', 'zsh', 'fish'] as const).filter((shell) => shell === 'bash' || isThere(shell)))(
  'completion for %s',
  (shell) => {
    const test = it;

    beforeAll(async () => {
      // The world of each test starts later than this.
      writeFileSync(path.join(folder, shell), await script(shell));
    });

    test.each([
      ['ke', ['keys']],
      ['l', ['launch', 'local', 'login', 'logout']],
      ['keys a', ['approve']],
      ['--stage keys keys r', ['recover', 'restore', 'revoke']],
      ['-', ['--help', '--json', '--local', '--profile', '--region', '--stage', '--version', '-V', '-h']],
      ['keys revoke 7f3a --re', ['--reason', '--region']],
      ['login --role c', ['custodian']],
      ['login --role custodian --format p', ['powershell', 'process']],
      ['logout --format p', ['powershell']],
      ['launch --name keys --us', ['--user-data']],
      ['launch --user-data a', ['a-file.conf']],
      ['ssh fingerprint a', ['a-file.conf']],
      ['login -- aws a', ['a-file.conf']],
      ['completion f', ['fish']],
      ['help e', ['exit-codes']],
      ['help keys ap', ['approve']],
      ['launch --type m', []],
      ['keys show 7', []],
    ])('of %j is %j', (line, words) => {
      const found = completed(shell, line);
      // fish writes short flags only when a single dash was typed, in an order of its own.
      expect(found.filter((word) => shell !== 'fish' || !/^-[A-Za-z]$/.test(word))).toEqual(
        words.filter((word) => shell !== 'fish' || !/^-[A-Za-z]$/.test(word)),
      );
    });

    test('offers a program after --', () => {
      expect(completed(shell, 'login -- tru')).toContain('true');
    });

    test('completes behind an equals sign as well', () => {
      const line = shell === 'bash' ? 'login --format = f' : 'login --format=f';
      expect(completed(shell, line).map((word) => word.replace('--format=', ''))).toEqual(['fish']);
    });
  },
);

describe('completion', () => {
  it('knows every command, and every flag as one that takes a value everywhere or nowhere', () => {
    const { commands, everywhere } = completionOf(createProgram({} as Context, () => undefined));
    expect(commands.map(({ path: at }) => at)).toEqual(
      expect.arrayContaining(['', 'launch', 'keys destroy']),
    );
    const kinds = new Map<string, boolean>();
    for (const { flags, values } of [...commands.flatMap(({ options }) => options), ...everywhere])
      for (const flag of flags) {
        expect([flag, kinds.get(flag) ?? values !== undefined]).toEqual([flag, values !== undefined]);
        kinds.set(flag, values !== undefined);
      }
    expect(kinds.get('--reason')).toBe(true);
  });

  it('is there for three shells', async () => {
    const { exit, stdout, stderr } = await world().run(['completion', 'tcsh']);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain('Allowed choices are bash, zsh, fish.');
  });
});

async function script(shell: Shell): Promise<string> {
  let written = '';
  const stdout = { write: (text: string | Uint8Array) => (written += String(text)) };
  const program = createProgram({ stdout } as Context, () => undefined);
  await program.parseAsync(['completion', shell], { from: 'user' });
  return written;
}
