import { Option, type Command } from 'commander';
import { ACCESS_ROLES } from '../../protocol/access.ts';
import { Failure } from '../failure.ts';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import { parseDuration } from './duration.ts';
import { FORMATS, type OutputOptions } from './output.ts';
import { promptLine } from './prompt.js';
import { SHELLS } from './format.ts';
import { parseAccessRole, type LogoutOptions } from './status.ts';

/** `sealroot login` and `sealroot logout`. */
export function addLoginCommands(program: Command, action: Action): void {
  const command = program
    .command('login')
    .description('Get a session of a role, with a code of your MFA device')
    .usage('[options] [-- command...]')
    .argument('[command...]', 'what to run with the session, after --')
    .option('--role <role>', `${ACCESS_ROLES.join(', ')}, or the ARN of a role`, 'operator')
    .option(
      '--duration <time>',
      '45m, 4h, 1h30m or seconds (default: as long as the role allows)',
      parseDuration,
    )
    .addOption(new Option('--code <digits>', 'the code, instead of being asked').conflicts('codeCommand'))
    .option('--code-command <command>', 'a shell command that prints the code in its first line')
    .option('--serial <arn>', 'MFA device (default: found out)')
    .option('--fresh', 'a new session, although there is one')
    .addOption(new Option('--format <format>', 'hand the session to something else').choices(FORMATS))
    .option('--unset', 'with --format: only take the session out of the shell again')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Without --format the session is kept, and the other commands of sealroot find it.
The code is asked on the terminal itself, so that stdout and stdin can be pipes.`,
    )
    .addHelpText(
      'after',
      examples(
        'login',
        'login --role custodian --duration 30m',
        'login -- aws ec2 describe-instances',
        'login --code-command "ykman oath accounts code -s aws"',
        'login --format fish | source',
      ) + '\n  eval "$(sealroot login --format env)"',
    )
    .action(
      action(async (session, words: string[], options: OutputOptions) => {
        refuseWithoutDashes(program, words);
        return (await import('./output.ts')).loginCommand(session, words, options);
      }),
    );

  command
    .command('status')
    .description('Show the sessions that there are; exit code 3 when there is none')
    .addHelpText('after', examples('login status', 'login status --json'))
    .action(action(async (session) => (await import('./status.ts')).loginStatus(session)));

  command
    .command('prompt')
    .description('Print role and time left, for the prompt of a shell; nothing when there is no session')
    .addHelpText('after', examples('login prompt'))
    .action(
      action(async ({ context }) => {
        const line = promptLine(context.env, context.now());
        if (line !== '') context.stdout.write(`${line}\n`);
      }),
    );

  program
    .command('logout')
    .description('Forget the sessions of the stage')
    .option('--role <role>', 'only of this role', parseAccessRole)
    .option('--all', 'of every stage, and whatever else is kept')
    .addOption(new Option('--format <format>', 'print what takes a session out of the shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nAWS has no way to end a session early: keys that were copied elsewhere work until their time is over.',
    )
    .addHelpText(
      'after',
      examples('logout', 'logout --role custodian', 'logout --all') +
        '\n  eval "$(sealroot logout --format env)"',
    )
    .action(
      action(async (session, options: LogoutOptions) =>
        (await import('./status.ts')).logout(session, options),
      ),
    );
}

/** `login operator` means a role, and would run a program of that name. */
function refuseWithoutDashes(program: Command, words: readonly string[]): void {
  const given = (program as unknown as { readonly rawArgs: readonly string[] }).rawArgs;
  if (words.length === 0 || given.includes('--')) return;
  throw new Failure(
    'usage',
    `What is "${words[0] ?? ''}"?`,
    'A role is named with --role; a command to run is written after --: login -- COMMAND ...',
  );
}
