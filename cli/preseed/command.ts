import { InvalidArgumentError, Option, type Command } from 'commander';
import { isA } from '../../protocol/schema.ts';
import { DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS, ServerName } from '../../protocol/server.ts';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import { reason } from '../reason.ts';
import type { ResolveOptions, WithdrawOptions } from './decide.ts';
import type { SendOptions } from './send.ts';

/** `sealroot preseed ...`: what the commands are called and take; what they do is loaded when one is run. */
export function addPreseedCommands(program: Command, action: Action): void {
  const preseed = program
    .command('preseed')
    .description('Tell a server what it needs to know, before it boots and once')
    .helpCommand(false);

  preseed
    .command('create')
    .description('Make a server: its SERVER_ID is all that its instance is launched with')
    .requiredOption('--for <name>', 'what you call it', serverName)
    .addHelpText('after', '\nOnly the SERVER_ID goes to stdout.')
    .addHelpText('after', examples('preseed create --for web-1'))
    .action(
      action(async (session, options: { for: string }) =>
        (await import('./create.ts')).createServer(session, options),
      ),
    );

  preseed
    .command('list')
    .description('List the servers that are not finished, contested ones first')
    .option('--all', 'also those that are finished or withdrawn')
    .addHelpText('after', examples('preseed list', 'preseed list --all --json'))
    .action(
      action(async (session, options: { all?: boolean }) =>
        (await import('./list.ts')).listServers(session, options),
      ),
    );

  preseed
    .command('status <server>')
    .description('Show what became of each message, of the hooks, and which host keys the instance has')
    .addHelpText('after', serverHelp)
    .addHelpText('after', examples('preseed status web-1'))
    .action(
      action(async (session, server: string) => (await import('./status.ts')).showServer(session, server)),
    );

  addSend(preseed, action);
  addDecisions(preseed, action);
}

function addSend(preseed: Command, action: Action): void {
  preseed
    .command('send <server> [keys...]')
    .description('Publish values, files, keys and scripts for a server: all of them, or none')
    .addOption(repeated('--value-file <key=file>', 'a value from a file, without its last line feed'))
    .option('--stdin <key>', 'a value from stdin, without its last line feed')
    .addOption(repeated('--from <file>', 'KEY=value lines or a JSON object; - is stdin'))
    .addOption(
      repeated('--file <local:/remote[:mode[:owner]]>', 'a file; mode 0600 and owner root:root by default'),
    )
    .addOption(repeated('--authorized-key <[user=]file>', 'public SSH keys; for root by default'))
    .addOption(repeated('--script <file>', 'run once, by root, after everything else'))
    .addOption(repeated('--totp <user>', 'draw a secret for one-time codes, and show it on this terminal'))
    .addOption(
      new Option('--expires <time>', 'worth nothing afterwards: 90s, 30m, 24h, 7d')
        .argParser(lifetime)
        .default(DEFAULT_LIFETIME_SECONDS, '24h'),
    )
    .addHelpText(
      'after',
      `${serverHelp}
A key alone is asked for on the terminal and not shown, twice if it ends in PASS. A key=value is taken as it is, and can
be seen in the process list. Values become variables of the first-boot hooks.`,
    )
    .addHelpText(
      'after',
      examples(
        'preseed send web-1 ROOT_PASS DB_PASS APP_EMAIL=you@example.org',
        'preseed send web-1 --from web-1.env --file app.conf:/etc/app.conf:0640:root:www-data',
        'preseed send web-1 --authorized-key ~/.ssh/id_ed25519.pub --totp root',
      ),
    )
    .action(
      action(async (session, server: string, keys: string[], options: SendOptions) =>
        (await import('./send.ts')).sendMessages(session, server, keys, options),
      ),
    );
}

function addDecisions(preseed: Command, action: Action): void {
  preseed
    .command('resolve <server>')
    .description('Decide on a contested server')
    .addOption(new Option('--keep', 'the registered instance is the right one').conflicts('reset'))
    .option('--reset', 'it is not: forget it, and let the next one with the tag register')
    .option('--reason <text>', 'kept with the server and in the audit log', reason)
    .addHelpText('after', serverHelp)
    .addHelpText('after', examples('preseed resolve web-1 --keep --reason "a clone of mine, terminated"'))
    .action(
      action(async (session, server: string, options: ResolveOptions) =>
        (await import('./decide.ts')).resolveServer(session, server, options),
      ),
    );

  preseed
    .command('withdraw <server>')
    .description('Call a server off: its messages are erased')
    .option('--reason <text>', 'kept with the server and in the audit log', reason)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', serverHelp)
    .addHelpText('after', examples('preseed withdraw web-1 --yes'))
    .action(
      action(async (session, server: string, options: WithdrawOptions) =>
        (await import('./decide.ts')).withdrawServer(session, server, options),
      ),
    );
}

const serverHelp = '\n<server> is a SERVER_ID, or the name that it was created for.';

const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; can be repeated`)
    .argParser((text, earlier: readonly string[]) => [...earlier, text])
    .default([], 'none');

/** Checks a text as the API does, and that it is not blank at either end. */
function serverName(text: string): string {
  if (text.trim() !== text || !isA(ServerName, text)) {
    throw new InvalidArgumentError('1 to 100 characters on one line, without control characters.');
  }
  return text;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function lifetime(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds < 1 || seconds > MAX_LIFETIME_SECONDS) {
    throw new InvalidArgumentError('A number and s, m, h or d; at most 7d.');
  }
  return seconds;
}
