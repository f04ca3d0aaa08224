import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';

/** `sealroot ssh ...` */
export function addSshCommands(program: Command, action: Action): void {
  const ssh = program.command('ssh').description('SSH keys and what EC2 says of them').helpCommand(false);

  ssh
    .command('fingerprint <files...>')
    .description("Show a key's fingerprints, OpenSSH's and EC2's, and which key pair of the account it is")
    .option('--no-account', 'do not ask EC2 for key pairs')
    .addHelpText(
      'after',
      `
<files> are public keys (OpenSSH, RFC 4716, PEM) or private ones (OpenSSH, PKCS#1, PKCS#8). Passphrases are asked on
the terminal. EC2 shows one fingerprint for an RSA key that it made and another for the same key imported.`,
    )
    .addHelpText(
      'after',
      examples(
        'ssh fingerprint ~/.ssh/id_ed25519.pub',
        'ssh fingerprint web.pem --json',
        'ssh fingerprint web.pem --no-account',
      ),
    )
    .action(
      action(async (session, files: string[], options: { account: boolean }) =>
        (await import('./fingerprint.ts')).showFingerprints(session, files, options),
      ),
    );
}
