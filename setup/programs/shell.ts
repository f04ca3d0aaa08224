import { execFileSync } from 'node:child_process';
import type { Dialect } from '../shell-files.ts';
import { startedBy } from './wrappers.ts';

/** A node of the syntax tree that `shfmt -tojson` prints (mvdan.cc/sh, package syntax), as far as it is read here. */
interface Node {
  readonly Type?: string;
  readonly Args?: readonly ShellWord[];
  readonly Name?: { readonly Value: string };
}

interface ShellWord {
  /** In bytes. */
  readonly Pos: { readonly Offset: number };
  readonly End: { readonly Offset: number };
  readonly Parts: readonly {
    readonly Type: string;
    readonly Value?: string;
    readonly Parts?: ShellWord['Parts'];
  }[];
}

/** Commands that a script calls, and functions that it defines itself. */
export interface ShellCalls {
  /** By the words in the place of a command's name, builtins and functions included. */
  readonly commands: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** Names of commands that are known only when the script runs, as they are written: `"$@"`. */
  readonly open: ReadonlySet<string>;
}

/** Reads what a script calls out of its syntax tree, texts for other shells that are literal included. */
export function shellCalls(script: string, dialect: Dialect): ShellCalls {
  const known = read.get(`${dialect} ${script}`) ?? readCalls(script, dialect);
  read.set(`${dialect} ${script}`, known);
  return known;
}

/** Scripts that have been read: each costs a run of shfmt. */
const read = new Map<string, ShellCalls>();

function readCalls(script: string, dialect: Dialect): ShellCalls {
  const commands = new Set<string>();
  const functions = new Set<string>();
  const open = new Set<string>();
  const bytes = Buffer.from(script);
  const add = ({ Args: words = [] }: Node): void => {
    const { programs, scripts } = startedBy<ShellWord>(words.map((word) => literal(word) ?? word));
    for (const program of programs) {
      if (typeof program === 'string') commands.add(program);
      else open.add(bytes.subarray(program.Pos.Offset, program.End.Offset).toString('utf8'));
    }
    for (const text of scripts) {
      if (typeof text !== 'string') continue;
      const inner = shellCalls(text, 'bash');
      for (const each of inner.commands) commands.add(each);
      for (const each of inner.functions) functions.add(each);
      for (const each of inner.open) open.add(each);
    }
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node;
    if (node.Type === 'CallExpr') add(node);
    if (node.Type === 'FuncDecl' && node.Name !== undefined) functions.add(node.Name.Value);
    Object.values(value).forEach(visit);
  };
  visit(syntaxTree(script, dialect));
  return { commands, functions, open };
}

const LANGUAGE: Readonly<Record<Dialect, string>> = { sh: 'posix', bash: 'bash', bats: 'bats' };

const syntaxTree = (script: string, dialect: Dialect): unknown =>
  JSON.parse(
    execFileSync('shfmt', ['-ln', LANGUAGE[dialect], '-tojson'], {
      input: script,
      encoding: 'utf8',
      maxBuffer: 256 << 20,
    }),
  );

/** The text of a word without expansions. */
function literal({ Parts: parts }: Pick<ShellWord, 'Parts'>): string | undefined {
  const texts = parts.map((part) =>
    part.Type === 'DblQuoted' ? literal({ Parts: part.Parts ?? [] }) : part.Value,
  );
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

/** The names among these that a shell has itself, as builtins or words of its grammar. */
export function builtins(shell: 'bash' | 'dash', names: readonly string[]): string[] {
  // Without a PATH `command -v` finds nothing else.
  const script = 'PATH=/nowhere; for name; do command -v -- "$name" >/dev/null && echo "$name"; done; :';
  const found = execFileSync(shell, ['-c', script, shell, ...names], { encoding: 'utf8' });
  return found.split('\n').filter((name) => name !== '');
}
