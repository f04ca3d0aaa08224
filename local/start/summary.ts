import path from 'node:path';
import type { PlannedImage } from '../bake/bake.ts';
import type { GuestAgent } from '../vm/qemu/agent.ts';
import { FILES } from '../vm/qemu/argv.ts';
import type { DemoInstance } from './instance.ts';
import { CLONE } from './programs.ts';
import type { Story } from './terminal.ts';

/** `sealroot-status --json` on the instance. */
interface Status {
  readonly device: string | null;
  readonly cipher: string | null;
  readonly luks: string | null;
  readonly boot: { readonly mode?: string; readonly steps?: Readonly<Record<string, number>> } | null;
}

/** The end of the story: what is encrypted with what, how long it took, where to look, what to try. */
export async function summarize(
  story: Story,
  result: { instance: DemoInstance; agent: GuestAgent; image: PlannedImage; state: string; up: string },
): Promise<void> {
  const { instance, agent, image, state } = result;
  const { stdout } = await agent.run('sealroot-status --json');
  const status = JSON.parse(stdout) as Status;

  story.say(`\nDone in ${story.seconds()} s. ${result.up}`);
  story.say('\nWhat is encrypted with what');
  story.say(`  /          dm-crypt on /dev/${status.device ?? '?'}, ${status.cipher ?? '?'}, a 512-bit key`);
  if (status.luks !== null) {
    story.say(
      `  that key   LUKS2 volume ${status.luks}; sealed by KMS, released by the keyserver at each boot`,
    );
  }
  story.say('  /boot      not encrypted: the kernel and the initramfs, which hold nothing secret');

  story.say('\nHow long it took');
  for (const [stage, ms] of Object.entries(story.stages.times)) story.say(row(stage, ms));
  for (const [step, ms] of Object.entries(status.boot?.steps ?? {}))
    story.say(row(`  in the initramfs: ${step}`, ms));

  const relative = (file: string): string => path.relative(process.cwd(), file);
  story.say('\nWhere to look');
  story.say(`  console    ${relative(path.join(instance.directory, FILES.consoleLog))}`);
  story.say(`  logs       ${relative(path.join(state, 'logs'))}/`);
  story.say(`  image      ${relative(image.directory)}/`);

  story.say('\nWhat to try: you are logged in as operator');
  story.say(`  export PATH="${path.join(CLONE, 'bin')}:$PATH"   # for the command sealroot`);
  for (const [command, words] of suggestions(instance.id)) story.say(`  ${command.padEnd(54)} ${words}`);
  story.say('\nThe local cloud goes on running. Stop it with: sealroot local down');
}

/** An operator looks, a custodian decides: so the next role is part of what there is to see. */
const suggestions = (id: string): readonly (readonly [command: string, words: string])[] => [
  ['sealroot --local keys list', 'volumes, and who may unlock them'],
  ['sealroot --local login --role custodian', 'asks for a code, which another terminal prints:'],
  ['sealroot local mfa', 'the authenticator of the local user'],
  [`sealroot --local keys revoke ${id}`, 'then reboot it: it waits'],
  [`sealroot --local reboot ${id}`, `and: sealroot --local console ${id}`],
];

const row = (name: string, ms: number): string =>
  `  ${name.padEnd(48)} ${(ms / 1000).toFixed(1).padStart(6)} s`;
