import { Option, type Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import type { DetachOptions } from './attach.ts';

/** `sealroot guard ...`: what a user does about its own MFA. */
export function addGuardCommands(program: Command, action: Action): void {
  const guard = program
    .command('guard')
    .description('Have an MFA device, and nothing that works without it')
    .helpCommand(false);

  guard
    .command('status')
    .description('Show whether the guard is attached to your user, and its MFA devices')
    .addHelpText('after', examples('guard status'))
    .action(action(async (session) => (await import('./attach.ts')).guardStatus(session)));

  guard
    .command('enrol')
    .alias('enroll')
    .description('Give your user its first MFA device: an authenticator app')
    .addHelpText(
      'after',
      '\nThe secret is shown on the terminal only. A try that was cut in the middle is begun again.',
    )
    .addHelpText('after', examples('guard enrol'))
    .action(action(async (session) => (await import('./enrol.ts')).enrol(session)));

  guard
    .command('attach')
    .description('Deny your user everything without MFA, except to log in')
    .addHelpText('after', '\nRefused as long as the user has no MFA device.')
    .addHelpText('after', examples('guard attach'))
    .action(action(async (session) => (await import('./attach.ts')).attachGuard(session)));

  guard
    .command('detach')
    .description('Take the guard off your user again; needs an MFA code')
    .addOption(new Option('--code <digits>', 'the code, instead of being asked').conflicts('codeCommand'))
    .option('--code-command <command>', 'a shell command that prints the code in its first line')
    .option('--serial <arn>', 'MFA device (default: found out)')
    .addHelpText('after', examples('guard detach'))
    .action(
      action(async (session, options: DetachOptions) =>
        (await import('./attach.ts')).detachGuard(session, options),
      ),
    );
}
