import type { Volume } from '../../protocol/operator.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { body, describe, findVolume } from './decide.ts';

interface Options {
  readonly days?: number;
  readonly final?: boolean;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Asks for the destruction of a volume's key, or with `--final` carries out what was asked for. */
export async function destroyKey(session: Session, id: string, options: Options): Promise<void> {
  const { days, final, yes } = options;
  if (final && days !== undefined)
    throw new Failure('usage', '--days is for asking; --final carries out what was asked for.');
  const { operator, volume } = await findVolume(session, id);
  await confirm(session, question(volume, final), yes);
  const what = final ? { final } : days === undefined ? {} : { days };
  const answer = await operator.destroyVolume(volume.luks, { ...body(options), ...what });
  if (final) {
    session.result(answer, () => [`Destroyed the key of ${describe(answer)}.`]);
    session.note('The disk itself still has a sealed copy in its header: delete it and its snapshots too.');
    return;
  }
  const day = answer.destroy ?? 'now';
  session.result(answer, () => [`To be destroyed, not before ${day}: the key of ${describe(answer)}.`]);
  const { luks } = answer;
  session.note(
    `Nothing happens by itself. When it is time:  ${session.suggest(`keys destroy ${luks} --final`)}`,
  );
  session.note(`To call it off:                              ${session.suggest(`keys keep ${luks}`)}`);
}

/** Calls a destruction off. */
export async function keepKey(session: Session, id: string, options: Options): Promise<void> {
  const { operator, volume } = await findVolume(session, id);
  const kept = await operator.keepVolume(volume.luks, body(options));
  session.result(kept, () => [`Kept: the key of ${describe(kept)}. It is ${kept.state}.`]);
}

function question(volume: Volume, final: boolean | undefined): string {
  return final
    ? `Destroy the key of ${describe(volume)} now? Whatever is on its disk is lost.`
    : `Ask for the destruction of the key of ${describe(volume)}?`;
}
