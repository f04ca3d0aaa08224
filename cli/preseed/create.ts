import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { newServerId } from './server-id.ts';

export async function createServer(session: Session, options: { for: string }): Promise<void> {
  const operator = await connectOperator(session);
  // Drawn here: when the answer is lost, the call that is repeated names the same server.
  const server = await operator.createServer({ server: newServerId(), for: options.for });
  session.result(server, () => [server.server]);
  const id = server.server;
  session.note(
    `\nTell it something:  ${session.suggest(`preseed send ${id} ROOT_PASS APP_EMAIL=you@example.org`)}`,
  );
  session.note(`Launch it:          ${session.suggest(`launch --server-id ${id}`)}`);
  session.note(`See how it is:      ${session.suggest(`preseed status ${id}`)}`);
}
