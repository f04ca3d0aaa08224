import type { CreateServer, Server, ServerList } from '../../../protocol/server.ts';
import { seqOf, serverKey, type ServerItem } from '../../domain/mailbox/items.ts';
import { settleExpired } from '../../domain/mailbox/settle.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import { listServerItems } from '../../domain/mailbox/mailbox.ts';
import { conflict, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import { formatNext, PAGE, parseNext } from './paging.ts';
import type { ServerDeps } from './server-deps.ts';
import { viewServer } from './server-views.ts';

const TAKEN = conflict(
  'There is a server of that id, made by somebody else or for something else: draw another.',
);

/** Makes a server. Repeated with the same id, name and caller, it answers with the server that there is. */
export async function createServer(
  deps: ServerDeps,
  { server, for: name }: CreateServer,
  by: string,
): Promise<Done<Server> | OperatorFailure> {
  const item: ServerItem = {
    ...serverKey(server),
    kind: 'server',
    for: name,
    state: 'created',
    contested: false,
    by,
    created: isoTime(deps.clock()),
    last: 0,
  };
  if (await deps.mailbox.create(item)) return done(viewServer(item));
  const there = await deps.mailbox.server(server);
  return there?.for === name && there.by === by ? done(viewServer(there)) : TAKEN;
}

/** Lists servers, without those past their `ttl`: DynamoDB removes them only some time after. */
export async function listServers(deps: ServerDeps, next: string | undefined): Promise<Done<ServerList>> {
  const after = parseNext('server', serverKey, next);
  const page = await listServerItems(deps.query, after, PAGE);
  const live = page.items.filter((item) => (item.ttl ?? Infinity) > deps.clock());
  const last = page.next === undefined ? undefined : page.items.at(-1);
  const servers = live.map((item) => viewServer(item));
  return done({ servers, next: last && formatNext('server', last.server) });
}

/** Shows a server with its messages, and settles the expired ones first. */
export async function showServer(deps: ServerDeps, server: string): Promise<Done<Server> | OperatorFailure> {
  const item = await deps.mailbox.server(server);
  if (item === undefined) return NOT_FOUND;
  return done(await viewWithMessages(deps, item));
}

/** A message above `last` is not published, and may never be. */
export async function viewWithMessages(deps: ServerDeps, item: ServerItem): Promise<Server> {
  const messages = await deps.mailbox.summaries(item.server);
  const published = messages.filter((message) => seqOf(message) <= item.last);
  return viewServer(item, await settleExpired(deps.mailbox, published, deps.clock()));
}
