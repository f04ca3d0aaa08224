import { InvalidArgumentError, type Command } from 'commander';
import { DESTROY_DAYS } from '../../protocol/operator.ts';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import { reason } from '../reason.ts';

/** `sealroot keys ...`: what the commands are called and take; what they do is loaded when one is run. */
export function addKeysCommands(program: Command, action: Action): void {
  const keys = program
    .command('keys')
    .description('See which volumes have keys, and decide on requests that wait')
    .helpCommand(false);

  keys
    .command('list')
    .description('List the requests that wait for a decision, then the volumes')
    .option('--all', 'also requests that have been decided and volumes that have been destroyed')
    .addHelpText('after', examples('keys list', 'keys list --json', '--stage prod keys list'))
    .action(
      action(async (session, options: { all?: boolean }) =>
        (await import('./list.ts')).listKeys(session, options),
      ),
    );

  keys
    .command('show <id>')
    .description('Show volumes or requests in full')
    .addHelpText(
      'after',
      `\n<id> is a volume's LUKS UUID, a request's id, at least 4 digits of either, or an instance id.`,
    )
    .addHelpText('after', examples('keys show 7f3a', 'keys show i-0123456789abcdef0'))
    .action(action(async (session, id: string) => (await import('./show.ts')).showKeys(session, id)));

  keys
    .command('approve <request>')
    .description('Let a waiting instance have its key')
    .option('--reason <text>', 'kept with the volume and in the audit log', reason)
    .addHelpText('after', requestHelp)
    .addHelpText(
      'after',
      examples('keys show 7f3a', 'keys approve 7f3a --reason "restored from backup, ticket 42"'),
    )
    .action(
      action(async (session, id: string, options: { reason?: string }) =>
        (await import('./decide.ts')).decideRequest(session, 'approve', id, options),
      ),
    );

  keys
    .command('deny <request>')
    .description('Refuse a waiting instance its key')
    .option('--reason <text>', 'kept in the audit log', reason)
    .addHelpText('after', requestHelp)
    .addHelpText('after', examples('keys deny 7f3a --reason "nobody knows this disk"'))
    .action(
      action(async (session, id: string, options: { reason?: string }) =>
        (await import('./decide.ts')).decideRequest(session, 'deny', id, options),
      ),
    );

  keys
    .command('revoke <volume>')
    .description('Release the key of a volume no more: it does not boot again until it is restored')
    .option('--reason <text>', 'kept with the volume and in the audit log', reason)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', volumeHelp)
    .addHelpText(
      'after',
      '\nAn instance that is running keeps running: it has its key until it is stopped or rebooted.',
    )
    .addHelpText(
      'after',
      examples(
        'keys revoke 0b54 --reason "host compromised, ticket 42"',
        'keys revoke i-0123456789abcdef0 --yes',
      ),
    )
    .action(
      action(async (session, id: string, options: { reason?: string; yes?: boolean }) =>
        (await import('./decide.ts')).revokeVolume(session, id, options),
      ),
    );

  keys
    .command('restore <volume>')
    .description('Release the key of a revoked volume again')
    .option('--reason <text>', 'kept with the volume and in the audit log', reason)
    .addHelpText('after', volumeHelp)
    .addHelpText('after', examples('keys restore 0b54 --reason "host rebuilt, ticket 42"'))
    .action(
      action(async (session, id: string, options: { reason?: string }) =>
        (await import('./decide.ts')).restoreVolume(session, id, options),
      ),
    );

  keys
    .command('recover <volume>')
    .description('Show the recovery passphrase of a volume, which opens its disk without the keyserver')
    .option(
      '--ciphertext <file>',
      "open this one, from the token of the disk's own header, not the stored one",
    )
    .option('--reason <text>', 'kept in the audit log', reason)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', volumeHelp)
    .addHelpText('after', examples('keys recover 0b54 --reason "keyserver lost, ticket 42"'))
    .action(
      action(async (session, id: string, options: { ciphertext?: string; reason?: string; yes?: boolean }) =>
        (await import('./recover.ts')).recoverKey(session, id, options),
      ),
    );
  addDestruction(keys, action);
}

/** `keys destroy` and `keys keep`: two calls with days in between, and a way back. */
function addDestruction(keys: Command, action: Action): void {
  keys
    .command('destroy <volume>')
    .description('Ask for the destruction of the key of a revoked volume; days later, with --final, do it')
    .option('--days <number>', 'how long it can still be called off: 7 to 30, default 30', days)
    .option('--final', 'carry out what was asked for: whatever is on the disk is lost')
    .option('--reason <text>', 'kept with the volume and in the audit log', reason)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', volumeHelp)
    .addHelpText(
      'after',
      examples(
        'keys destroy 0b54 --days 7 --reason "retired"',
        'keys keep 0b54',
        'keys destroy 0b54 --final',
      ),
    )
    .action(
      action(
        async (
          session,
          id: string,
          options: { days?: number; final?: boolean; reason?: string; yes?: boolean },
        ) => (await import('./destroy.ts')).destroyKey(session, id, options),
      ),
    );

  keys
    .command('keep <volume>')
    .description('Call the destruction of a key off')
    .option('--reason <text>', 'kept with the volume and in the audit log', reason)
    .addHelpText('after', volumeHelp)
    .addHelpText('after', examples('keys keep 0b54 --reason "still needed, ticket 43"'))
    .action(
      action(async (session, id: string, options: { reason?: string }) =>
        (await import('./destroy.ts')).keepKey(session, id, options),
      ),
    );
}

const days = (text: string): number => {
  const { min, max } = DESTROY_DAYS;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new InvalidArgumentError(`${String(min)} to ${String(max)} days.`);
  return value;
};

const requestHelp = `\n<request> is the id on the instance's console, or at least 4 digits of it.`;
const volumeHelp = `\n<volume> is a LUKS UUID, at least 4 digits of it, or the id of an instance with one volume.`;
