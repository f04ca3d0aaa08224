import type { Argument, Command } from 'commander';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { plain } from './terminal/text.ts';

/** `sealroot help [topic]`, and what the top-level help says after the list of commands. */
export function addHelp(program: Command, topic: Argument, context: Context): void {
  program.addHelpText(
    'after',
    `
First of all:
  sealroot login                     get a session of the role operator, with an MFA code

Examples:
  sealroot launch --name web-1       launch an instance
  sealroot console web-1             watch it fetch its key and boot
  sealroot preseed create --for web  tell an instance what it needs, before it boots
  sealroot keys list                 see which instances wait for a decision
  sealroot --local instances         the same on this machine, without AWS

Next steps:
  sealroot doctor                    see what stands in the way, on AWS or with --local on this machine
  sealroot local up                  start the local cloud
  sealroot help keys approve         what one command takes
  sealroot help exit-codes           what the exit codes mean
  sealroot help completion           have your shell complete all of these`,
  );
  program
    .command('help')
    .description('Explain a command, or the exit codes')
    .addArgument(topic)
    .action((words: string[]) => {
      if (words.join(' ') === 'exit-codes') context.stdout.write(`${exitCodeLines().join('\n')}\n`);
      else find(program, words).outputHelp();
    });
}

function exitCodeLines(): string[] {
  return exitCodes().flatMap(({ exit, names, meanings }) =>
    names.map(
      (name, index) =>
        `${(index === 0 ? String(exit) : '').padStart(3)}  ${name.padEnd(11)}  ${meanings[index] ?? ''}`,
    ),
  );
}

function find(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => {
    const found = command.commands.find((candidate) => candidate.name() === word);
    if (found === undefined)
      throw new Failure(
        'usage',
        `There is no help on "${plain(words.join(' '))}".`,
        (suggest) => `See what there is: ${suggest('--help')}`,
      );
    return found;
  }, program);
}

/** The examples at the end of a command's help. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  sealroot ${line}`).join('\n')}`;
