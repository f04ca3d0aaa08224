import type {
  CreateServer,
  MessageStatus,
  Resolution,
  SendMessages,
  Server,
} from '../../../protocol/server.ts';
import { apiError, json } from './fake-operator.ts';
import type { Reply } from './world.ts';

export const SERVER_A = `srv-${'a'.repeat(26)}`;
export const SERVER_B = `srv-${'b'.repeat(26)}`;

/** The operator API's servers, in memory. */
export class FakeServers {
  servers: Server[] = [];
  /** Every batch that arrived, repeated ones too. */
  readonly batches: SendMessages[] = [];

  add(server: string, members: Partial<Server> = {}): Server {
    const one: Server = {
      server,
      for: 'web-1',
      state: 'created',
      contested: false,
      created: '2026-01-01T00:00:00Z',
      by: 'arn:aws:sts::000000000000:assumed-role/operator/ann',
      hooks: [],
      hostKeys: [],
      messages: [],
      ...members,
    };
    this.servers.push(one);
    return one;
  }

  handle(id: string | undefined, action: string | undefined, method: string, body: string): Reply {
    if (id === undefined) {
      if (method === 'GET') return json({ servers: this.servers.map(({ messages: _, ...rest }) => rest) });
      const { server, for: name } = JSON.parse(body) as CreateServer;
      return json(this.servers.find((known) => known.server === server) ?? this.add(server, { for: name }));
    }
    const index = this.servers.findIndex(({ server }) => server === id);
    const found = this.servers[index];
    if (found === undefined) return apiError('not-found');
    if (action === undefined) return json(found);
    if (action === 'messages') return this.#send(body);
    const { decision } = JSON.parse(body) as Resolution;
    const { instance: _, ...without } = found;
    const changed: Server = {
      ...(action === 'resolve' && decision === 'reset' ? { ...without, state: 'created' } : found),
      contested: false,
      ...(action === 'withdraw' && { state: 'withdrawn' }),
    };
    this.servers[index] = changed;
    return json(changed);
  }

  #send(body: string): Reply {
    const batch = JSON.parse(body) as SendMessages;
    this.batches.push(batch);
    const messages = batch.messages.map(({ message }, index) => status(index + 1, { type: message.type }));
    return json({ messages });
  }
}

export const status = (seq: number, members: Partial<MessageStatus> = {}): MessageStatus => ({
  seq,
  type: 'inithooks',
  state: 'published',
  bytes: 80,
  sent: '2026-01-01T00:05:00Z',
  by: 'arn:aws:sts::000000000000:assumed-role/operator/ann',
  expires: '2026-01-02T00:05:00Z',
  deliveries: 0,
  ...members,
});
