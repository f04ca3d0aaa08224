import { Argument, Command, Option } from 'commander';
import { addCompletionCommand } from './completion/command.ts';
import type { Context } from './context.ts';
import { addDoctorCommand } from './doctor/command.ts';
import { addGuardCommands } from './guard/command.ts';
import { addHelp } from './help.ts';
import { installation } from './installation.ts';
import { addInstanceCommands } from './instances/command.ts';
import { addKeysCommands } from './keys/command.ts';
import { addLocalCommands } from './local/command.ts';
import { COMMAND_ROLES } from './login/command-roles.ts';
import { addLoginCommands } from './login/command.ts';
import { applyToEnvironment, createSession, type Globals, type Session } from './session.ts';
import { addPreseedCommands } from './preseed/command.ts';
import { addSshCommands } from './ssh/command.ts';

/**
 * Wraps what a command does for commander: the session first, then the arguments and options as declared.
 * A number that it returns is the exit code.
 */
export type Action = <A extends unknown[]>(
  perform: (session: Session, ...args: A) => Promise<unknown>,
  options?: ActionOptions,
) => (...args: unknown[]) => Promise<void>;

interface ActionOptions {
  /** Set for commands about the local cloud itself: with `--local` it need not run. */
  readonly withoutCloud?: boolean;
}

/** Builds the command tree. Cheap: what a command does, and the SDK that it needs, is loaded when it runs. */
export function createProgram(context: Context, exit: (code: number) => void): Command {
  const program = new Command('sealroot')
    .description('Instances with an encrypted root, and the keys that they boot with')
    .version(installation.version)
    .option('--stage <name>', 'stage to work on (default: SEALROOT_STAGE, else dev)')
    .addOption(new Option('--region <name>', 'AWS region'))
    .addOption(new Option('--profile <name>', 'AWS profile'))
    .addOption(new Option('--local', 'work on the local cloud').conflicts(['region', 'profile']))
    .option('--json', 'print JSON, for scripts (docs/reference/cli.md)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help to see what there is.')
    .helpCommand(false);

  const action: Action =
    <A extends unknown[]>(
      perform: (session: Session, ...args: A) => Promise<unknown>,
      { withoutCloud = false }: ActionOptions = {},
    ) =>
    async (...given: unknown[]) => {
      const globals = program.opts<Globals>();
      applyToEnvironment(context.env, globals);
      if (globals.local && !withoutCloud) {
        const { findRunningCloud, useRunningCloud } = await import('./local/running-cloud.ts');
        useRunningCloud(context.env, findRunningCloud(context.cwd, installation.clone));
      }
      // commander appends the command itself.
      const args = given.slice(0, -1) as A;
      const roles = COMMAND_ROLES[nameOf(given.at(-1) as Command)];
      const session = createSession(context, globals);
      const result =
        roles === undefined
          ? await perform(session, ...args)
          : await (await import('./login/as-role.ts')).asRole(session, roles, (it) => perform(it, ...args));
      if (typeof result === 'number') exit(result);
    };

  addLoginCommands(program, action);
  addInstanceCommands(program, action);
  addKeysCommands(program, action);
  addPreseedCommands(program, action);
  addGuardCommands(program, action);
  addSshCommands(program, action);
  addLocalCommands(program, action);
  addDoctorCommand(program, action);
  addCompletionCommand(program, context);
  addHelp(program, new Argument('[topic...]', 'a command, or exit-codes'), context);
  return program;
}

/** `keys approve`: without the program's own name. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
