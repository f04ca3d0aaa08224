import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import type { MfaOptions } from './mfa.ts';

interface PassedOn {
  readonly state?: string;
  readonly assembly?: string;
  readonly port?: string;
  readonly foreground?: boolean;
}

/** Words for the local cloud's own program. */
const wordsOf = ({ state, assembly, port, foreground }: PassedOn): string[] => [
  ...(state === undefined ? [] : ['--state', state]),
  ...(assembly === undefined ? [] : ['--assembly', assembly]),
  ...(port === undefined ? [] : ['--port', port]),
  ...(foreground === true ? ['--foreground'] : []),
];

/** These commands find the local cloud themselves, or start it. */
const WITHOUT_CLOUD = { withoutCloud: true };

export function addLocalCommands(program: Command, action: Action): void {
  const local = program
    .command('local')
    .description('Run the whole of it on this machine, without AWS')
    .helpCommand(false);
  const run = (name: string) =>
    action(async (session, options: PassedOn) =>
      (await import('./run.ts')).runLocalCloud(session, [name, ...wordsOf(options)]),
    );
  const STATE = ['--state <dir>', 'where its state is; default .sealroot/ of the clone'] as const;
  const ASSEMBLY = ['--assembly <dir>', 'what cdk synth wrote; default cdk.out/ of the clone'] as const;
  local
    .command('up')
    .description('Start the local cloud in the background: what cdk synth made, on this machine')
    .option(...ASSEMBLY)
    .option(...STATE)
    .option('--port <number>', 'of its endpoint, when it is free; default 4599')
    .option('--foreground', 'stay, and stop at Ctrl-C')
    .action(run('up'));
  local
    .command('down')
    .description('Stop the local cloud and its instances; its state stays in .sealroot/')
    .option(...ASSEMBLY)
    .option(...STATE)
    .action(run('down'));
  local
    .command('status')
    .description('Say whether the local cloud runs, and with what; exit code 3 when it does not')
    .option(...STATE)
    .action(run('status'));
  local
    .command('logs [name]')
    .description('Show the log of the local cloud, or of one of its Lambda functions')
    .option(...STATE)
    .action(
      action(async (session, name: string | undefined, options: PassedOn) =>
        (await import('./run.ts')).runLocalCloud(session, [
          'logs',
          ...(name === undefined ? [] : [name]),
          ...wordsOf(options),
        ]),
      ),
    );
  local
    .command('env')
    .description('Print the variables that point any AWS SDK or CLI at the local cloud')
    .addHelpText('after', examples('local env --json') + '\n  eval "$(sealroot local env)"')
    .action(action(async (session) => (await import('./run.ts')).printEnvironment(session), WITHOUT_CLOUD));
  local
    .command('mfa')
    .description('Print a one-time code that the local cloud will take, as an authenticator would show it')
    .option('--wait', 'wait for the next code when this one was used (the default)')
    .option('--no-wait', 'print what the device shows now, used or not')
    .option('--uri', 'print the otpauth URI of the device, for an authenticator of your own')
    .option('--user <name>', 'whose device', 'local-operator')
    .addHelpText(
      'after',
      examples('local mfa', "--local login --role custodian --code-command 'sealroot local mfa'"),
    )
    .action(
      action(
        async (session, options: MfaOptions) => (await import('./mfa.ts')).printCode(session, options),
        WITHOUT_CLOUD,
      ),
    );
}
