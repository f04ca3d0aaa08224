import { SERVER_ID } from '../../protocol/preseed.ts';
import type { Server } from '../../protocol/server.ts';
import { Failure } from '../failure.ts';
import type { Operator } from '../operator/client.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';

/**
 * The SERVER_ID that is meant: itself, or that of the only server which was created for this name and has not been
 * withdrawn.
 *
 * @throws Failure `not-found`, or `usage` when a name is that of several servers.
 */
export async function findServer(session: Session, operator: Operator, word: string): Promise<string> {
  if (SERVER_ID.test(word)) return word;
  const servers = await operator.listServers();
  const matching = servers.filter((server) => server.for === word && server.state !== 'withdrawn');
  const [first, second] = matching;
  if (first === undefined) {
    throw new Failure(
      'not-found',
      `Stage ${session.stage} has no server ${plain(word)}.`,
      `See which there are: ${session.suggest('preseed list')}`,
    );
  }
  if (second !== undefined) throw ambiguous(word, matching);
  return first.server;
}

function ambiguous(word: string, matching: readonly Server[]): Failure {
  const candidates = matching.map(({ server, state, created }) => `${server}  ${state}  ${created}`);
  return new Failure(
    'usage',
    `${matching.length} servers are for ${plain(word)}.`,
    ['Name one by its id:', ...candidates].join('\n  '),
  );
}

/** `name (id)`. */
export const called = ({ for: name, server }: Server): string => `${name} (${server})`;
