import { InvalidArgumentError, Option, type Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import type { LaunchOptions } from './launch.ts';
import type { LifecycleOptions } from './lifecycle.ts';

/** The commands for instances. All of them speak to the EC2 API, on AWS and on the local cloud alike. */
export function addInstanceCommands(program: Command, action: Action): void {
  program
    .command('launch')
    .description('Launch instances of the stage, with an encrypted root')
    .option('-c, --count <n>', 'how many', positiveInteger, 1)
    .option('-t, --type <type>', "instance type, instead of the launch template's")
    .option('-n, --name <name>', 'Name tag')
    .option('--subnet <n>', 'which subnet of the fleet (default: the first that has room)', positiveInteger)
    .addOption(
      new Option('--tag <key=value>', 'a tag; can be repeated').argParser(collectTag).default({}, 'none'),
    )
    .option(
      '--user-data <file>',
      'file with user data, up to 16 KiB; every process on the instance can read it',
    )
    .option('--server-id <server>', 'the server, made by preseed create, that the instance is to register as')
    .option('--client-token <token>', 'launch at most once for this token, however often it is repeated')
    .option('--any-image', 'also an image that the keyserver of the stage does not answer')
    .addOption(wait('running'))
    .addOption(timeout())
    .addHelpText('after', '\nOnly the ids go to stdout.')
    .addHelpText(
      'after',
      examples(
        'launch --name web-1',
        'launch --count 3 --type m7g.large --wait',
        'launch --server-id web-1',
        '--local launch',
      ),
    )
    .action(
      action(async (session, options: LaunchOptions) =>
        (await import('./launch.ts')).launch(session, options),
      ),
    );

  program
    .command('instances')
    .description('List the instances of the stage and the state of their keys')
    .option('--all', 'also those that have been terminated')
    .addHelpText('after', examples('instances', 'instances --json'))
    .action(
      action(async (session, options: { all?: boolean }) =>
        (await import('./list.ts')).listInstances(session, options),
      ),
    );

  program
    .command('console <instance>')
    .description('Show what an instance prints on its console, and follow it')
    .option('--no-follow', 'only what there is now')
    .addHelpText(
      'after',
      `${selectorHelp}\nEnds with Ctrl-C (exit code 130) or when the instance is terminated (0).`,
    )
    .addHelpText('after', examples('console web-1', 'console i-0123456789abcdef0 --no-follow'))
    .action(
      action(async (session, instance: string, options: { follow: boolean }) =>
        (await import('./console.ts')).showConsole(session, instance, options),
      ),
    );

  program
    .command('reboot <instances...>')
    .description('Reboot instances: each asks for its key again')
    .addHelpText(
      'after',
      `${selectorHelp}\nEC2 tells nothing of the progress of a reboot: follow it with console.`,
    )
    .addHelpText('after', examples('reboot web-1'))
    .action(
      action(async (session, instances: string[]) =>
        (await import('./lifecycle.ts')).rebootInstances(session, instances),
      ),
    );

  program
    .command('stop <instances...>')
    .description('Shut instances down; their disks stay')
    .option('--force', 'do not let them shut down cleanly')
    .addOption(wait('stopped'))
    .addOption(timeout())
    .addHelpText('after', selectorHelp)
    .addHelpText('after', examples('stop web-1 web-2 --wait'))
    .action(
      action(async (session, instances: string[], options: LifecycleOptions) =>
        (await import('./lifecycle.ts')).stopInstances(session, instances, options),
      ),
    );

  program
    .command('start <instances...>')
    .description('Start stopped instances: each asks for its key again')
    .addOption(wait('running'))
    .addOption(timeout())
    .addHelpText('after', selectorHelp)
    .addHelpText('after', examples('start web-1 --wait'))
    .action(
      action(async (session, instances: string[], options: LifecycleOptions) =>
        (await import('./lifecycle.ts')).startInstances(session, instances, options),
      ),
    );

  program
    .command('terminate <instances...>')
    .description('Delete instances and their disks')
    .option('-y, --yes', 'do not ask')
    .addOption(wait('terminated'))
    .addOption(timeout())
    .addHelpText('after', selectorHelp)
    .addHelpText('after', examples('terminate web-1', 'terminate i-0123456789abcdef0 --yes --wait'))
    .action(
      action(async (session, instances: string[], options: LifecycleOptions) =>
        (await import('./lifecycle.ts')).terminateInstances(session, instances, options),
      ),
    );
}

const selectorHelp = '\nAn instance is named by its id or its Name tag.';
const wait = (state: string) => new Option('-w, --wait', `until ${state}`);
const timeout = () =>
  new Option('--timeout <seconds>', 'how long to wait at most').argParser(positiveInteger).default(600);

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 up.');
  return Number(text);
}

function collectTag(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const [, key, value] = /^([^=]{1,128})=([^]{0,256})$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Write it as key=value.');
  if (/^(aws|sealroot):/i.test(key))
    throw new InvalidArgumentError('aws: and sealroot: tags cannot be set by hand.');
  return { ...earlier, [key]: value };
}
