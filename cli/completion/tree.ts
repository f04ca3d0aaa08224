import type { Argument, Command, Option } from 'commander';
import { ACCESS_ROLES } from '../../protocol/access.ts';

/** Values of an option or argument: one of these words, a file, a program to run, or something that a shell cannot know. */
export type Values = readonly string[] | 'files' | 'programs' | 'unknown';

export interface CompletedOption {
  /** `-y`, `--yes`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Values that it takes; undefined when it takes none. */
  readonly values: Values | undefined;
}

/** One command, and what may follow it. */
export interface CompletedCommand {
  /** `keys approve`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly values: Values | undefined;
}

/** Values that are fixed without being all that is allowed, by the name that the help gives them. */
const KNOWN: Readonly<Record<string, Values>> = {
  file: 'files',
  files: 'files',
  role: ACCESS_ROLES,
  command: 'programs',
};

const HELP: CompletedOption = { flags: ['-h', '--help'], description: 'Display help', values: undefined };

/** Everything that a shell is told. */
export interface Completion {
  /** The program itself first. */
  readonly commands: readonly CompletedCommand[];
  /** Options that every command takes besides its own. */
  readonly everywhere: readonly CompletedOption[];
}

export function completionOf(program: Command): Completion {
  const [version, ...others] = program.options.map(completedOption);
  const describe = (command: Command, path: string): CompletedCommand[] => [
    {
      path,
      commands: namesIn(command),
      options: command.options.map(completedOption),
      values: command.registeredArguments.map(valuesOf)[0],
    },
    ...command.commands.flatMap((child) => describe(child, join(path, child.name()))),
  ];
  const [self, ...commands] = describe(program, '').filter(({ path }) => path !== 'help');
  const options = version === undefined ? [] : [version];
  return {
    commands: [
      ...(self === undefined ? [] : [{ ...self, options }]),
      ...commands,
      ...topics(program, 'help'),
    ],
    everywhere: [...others, HELP],
  };
}

/** `help keys approve`: behind `help` come the names of commands again. */
function topics(command: Command, path: string): CompletedCommand[] {
  if (command.commands.length === 0) return [];
  return [
    { path, commands: namesIn(command), options: [], values: path === 'help' ? ['exit-codes'] : undefined },
    ...command.commands.flatMap((child) => topics(child, join(path, child.name()))),
  ];
}

const join = (path: string, name: string): string => (path === '' ? name : `${path} ${name}`);

const namesIn = (command: Command): CompletedCommand['commands'] =>
  command.commands.map((child) => ({ name: child.name(), description: child.description() }));

const completedOption = (option: Option): CompletedOption => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined),
  description: option.description,
  values: option.required || option.optional ? valuesOf(option) : undefined,
});

function valuesOf(taker: Option | Argument): Values {
  const name = 'flags' in taker ? (/[<[](.+)[\]>]$/.exec(taker.flags)?.[1] ?? '') : taker.name();
  return taker.argChoices ?? KNOWN[name] ?? 'unknown';
}

/**
 * Flags that take a value, so that a shell does not take the value for a command. A flag that takes one takes one
 * everywhere: a shell need not know the command to skip it.
 */
export function flagsWithValue({ commands, everywhere }: Completion): string[] {
  const options = [...commands.flatMap((command) => command.options), ...everywhere];
  return [...new Set(options.flatMap(({ flags, values }) => (values === undefined ? [] : flags)))];
}

/** The words among these values. */
export const wordsOf = (values: Values | undefined): readonly string[] =>
  values === undefined || typeof values === 'string' ? [] : values;
