import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import type { MfaOptions } from './mfa.ts';

/** Descriptions for the help; the options are the local cloud's own, which is not part of the CLI. */
const PASSED_ON = {
  up: 'Start the local cloud in the background: what cdk synth made, on this machine',
  down: 'Stop the local cloud and its instances; its state stays in .sealroot/',
  status: 'Say whether the local cloud runs, and with what',
  logs: 'Show the logs of the local cloud and its Lambda functions',
} as const;

/** These commands find the local cloud themselves, or start it. */
const WITHOUT_CLOUD = { withoutCloud: true };

export function addLocalCommands(program: Command, action: Action): void {
  const local = program
    .command('local')
    .description('Run the whole of it on this machine, without AWS')
    .helpCommand(false);
  for (const [name, description] of Object.entries(PASSED_ON)) {
    local
      .command(`${name} [options...]`)
      .description(description)
      .allowUnknownOption()
      .addHelpText(
        'after',
        '\nOptions are passed on: --state DIR, and for up --assembly DIR, --port N and --foreground.',
      )
      .action(
        action(
          async (session, args: string[]) =>
            (await import('./run.ts')).runLocalCloud(session, [name, ...args]),
          WITHOUT_CLOUD,
        ),
      );
  }
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
