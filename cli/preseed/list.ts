import type { Server } from '../../protocol/server.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { table } from '../terminal/table.ts';
import { age } from '../terminal/text.ts';

/** Contested ones first: they need somebody. Then the newest. */
export async function listServers(session: Session, options: { all?: boolean }): Promise<void> {
  const operator = await connectOperator(session);
  const servers = (await operator.listServers())
    .filter(({ state, contested }) => options.all === true || contested || isLive(state))
    .toSorted((a, b) => Number(b.contested) - Number(a.contested) || b.created.localeCompare(a.created));
  session.result({ servers }, () => lines(session, servers));
  for (const { server } of servers.filter(({ contested }) => contested)) {
    session.note(
      `\nCONTESTED: see what happened, then decide:  ${session.suggest(`preseed status ${server}`)}`,
    );
  }
}

const isLive = (state: Server['state']): boolean => state !== 'finished' && state !== 'withdrawn';

/** State of a server as a person has to see it. */
export const stateOf = ({ state, contested }: Server): string => (contested ? `${state}, CONTESTED` : state);

function lines(session: Session, servers: readonly Server[]): string[] {
  if (servers.length === 0) {
    return [
      `No server of stage ${session.stage} waits. Make one: ${session.suggest('preseed create --for NAME')}`,
    ];
  }
  const now = session.context.now();
  const rows = servers.map((server) => [
    server.server,
    server.for,
    stateOf(server),
    server.instance ?? '-',
    age(server.created, now),
    server.finished === undefined ? '-' : age(server.finished, now),
  ]);
  const columns = ['SERVER', 'FOR', 'STATE', 'INSTANCE', 'CREATED', 'FINISHED'].map((title) => ({
    title,
    flexible: title === 'FOR',
  }));
  return table(columns, rows, session.context.stdout.columns);
}
