import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { OPTIONAL, RUNTIME, type Package, type Purpose } from '../packages.mjs';
import { shellFiles, type Dialect } from '../shell-files.ts';
import { builtins, shellCalls, type ShellCalls } from './shell.ts';
import { programsStarted } from './typescript.ts';

/** A program that something in this repository starts, on the machine that it runs on. */
export interface Use {
  /** Its name, a path of this repository, or undefined where only a run can tell. */
  readonly program: string | undefined;
  /** `FILE:LINE`, or FILE. */
  readonly where: string;
  /** Purposes: the program has to be declared for each of these. */
  readonly purposes: readonly Purpose[];
}

/**
 * Purposes of sources by the beginning of their path; the first that fits counts. Sources that fit none may start
 * what needs no declaration only: the CLI, which an operator may have without the rest.
 */
const PURPOSES_OF: readonly (readonly [start: string, purposes: readonly Purpose[]])[] = [
  ['local/bake/', ['bake']],
  ['local/', ['boot']],
  ['test/boot/', ['boot']],
  ['test/newcomer/', ['boot']],
  ['test/', ['test']],
  ['protocol/vectors/', ['test']],
  ['setup/bats.ts', ['test']],
  ['setup/test-node.ts', ['test']],
  ['setup/checks.ts', ['check']],
  ['setup/format.ts', ['check']],
  ['setup/programs/', ['check']],
  ['.ci/', ['bare']],
  ['setup/bare-root.sh', ['bare']],
];

/**
 * Scripts that are not for this machine: they run in the image. Tests run some of them here, with the PATH of
 * declared-path.ts, which has declared programs only.
 */
const OF_THE_IMAGE = 'image-builder/';

const purposesOf = (file: string): readonly Purpose[] =>
  PURPOSES_OF.find(([start]) => file.startsWith(start))?.[1] ?? [];

/** Everything that the sources and scripts of the repository start. */
export function uses(): Use[] {
  return [...usesInTypeScript(), ...usesInShell()];
}

function usesInTypeScript(): Use[] {
  const root = process.cwd();
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return programsStarted(root, fileNames).flatMap(({ file, line, program, script }) => {
    const use = { where: `${file}:${line}`, purposes: purposesOf(file) };
    if (script === undefined) return [{ ...use, program }];
    return called([{ where: use.where, text: script, dialect: 'sh' }]).map((each) => ({ ...use, ...each }));
  });
}

/** Scripts of one directory may call one another's functions. */
function usesInShell(): Use[] {
  const scripts = scriptsIn((file) => !file.startsWith(OF_THE_IMAGE));
  const directories = [...new Set(scripts.map(({ where }) => path.dirname(where)))];
  return directories.flatMap((directory) => {
    const together = scripts.filter(({ where }) => path.dirname(where) === directory);
    return called(together).map((each) => ({ ...each, purposes: purposesOf(each.where) }));
  });
}

/** Names of commands that scripts on this machine know only when they run: `FILE: WORD`. */
export function openCommands(): string[] {
  return callsOf(scriptsIn((file) => !file.startsWith(OF_THE_IMAGE))).flatMap(({ where, open }) =>
    [...open].map((word) => `${where}: ${word}`),
  );
}

/** Commands of the image's scripts, by the words that name them. */
export function commandsOfImage(): Set<string> {
  return new Set(
    callsOf(scriptsIn((file) => file.startsWith(OF_THE_IMAGE))).flatMap(({ commands }) => [...commands]),
  );
}

const scriptsIn = (wanted: (file: string) => boolean): Script[] =>
  shellFiles()
    .filter((file) => wanted(file.path))
    .map((file) => ({ where: file.path, text: readFileSync(file.path, 'utf8'), dialect: file.dialect }));

const callsOf = (scripts: readonly Script[]): (Script & ShellCalls)[] =>
  scripts.map((script) => ({ ...script, ...shellCalls(script.text, script.dialect) }));

interface Script {
  readonly where: string;
  readonly text: string;
  readonly dialect: Dialect;
}

/** Commands of scripts that are no function of theirs and no part of the shell. */
function called(scripts: readonly Script[]): { program: string; where: string }[] {
  const calls = callsOf(scripts);
  const functions = new Set(calls.flatMap((each) => [...each.functions]));
  const names = [...new Set(calls.flatMap(({ commands }) => [...commands]))];
  const own = { sh: new Set(builtins('dash', names)), bash: new Set(builtins('bash', names)) };
  return calls.flatMap(({ where, dialect, commands }) =>
    [...commands]
      .filter((name) => !functions.has(name) && !own[dialect === 'sh' ? 'sh' : 'bash'].has(name))
      .filter((name) => dialect === 'sh' || !OF_BATS.test(name))
      .map((program) => ({ program, where })),
  );
}

/** Functions of bats and its libraries. */
const OF_BATS = /^(run|load|skip|bats_\w+|assert\w*|refute\w*)$/;

/**
 * @param packages the table.
 * @returns what is started without being declared for what it is started for: `WHERE: PROGRAM`.
 */
export function undeclared(found: readonly Use[], packages: readonly Package[]): string[] {
  const wrong = found.filter(({ program, purposes }) => {
    if (program === undefined) return true;
    const name = program.replace(/^\/(usr\/)?s?bin\//, '');
    if (RUNTIME.includes(name) || name in OPTIONAL || /^(\.|node_modules\/\.bin)\//.test(name)) return false;
    const declared = packages.find(({ gives }) => gives.includes(name));
    return declared === undefined || !purposes.every((purpose) => declared.for.includes(purpose));
  });
  return [
    ...new Set(wrong.map(({ where, program }) => `${where}: ${program ?? 'known only when it runs'}`)),
  ].sort();
}
