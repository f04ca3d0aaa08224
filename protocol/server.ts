/** Messages of the operator API about preseeded servers. Times are ISO 8601 in UTC. */
import { InstanceId, line, Uuid } from './fields.ts';
import { Message } from './message.ts';
import { NextPage, Reason } from './operator.ts';
import { RejectReason, Seq, ServerId } from './preseed.ts';
import { HookResult, HostKey } from './report.ts';
import {
  boolean,
  integer,
  list,
  MalformedError,
  object,
  oneOf,
  optional,
  text,
  time,
  type Output,
  type Schema,
} from './schema.ts';

export const MAX_BATCH = 20;
/** UTF-8 bytes of one message's JSON. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
export const MAX_MESSAGES_PER_SERVER = 100;
export const DEFAULT_LIFETIME_SECONDS = 24 * 3600;
export const MAX_LIFETIME_SECONDS = 7 * 24 * 3600;

/**
 * `created`: waits for its instance. `registered`: an instance has it and takes messages. `configuring`: nothing more
 * can be sent. `finished`: configured, and everything that was secret is gone. `withdrawn`: called off by an operator.
 */
export const ServerState = oneOf('created', 'registered', 'configuring', 'finished', 'withdrawn');
export type ServerState = Output<typeof ServerState>;

export const MessageState = oneOf('published', 'delivered', 'applied', 'rejected', 'expired');
export type MessageState = Output<typeof MessageState>;

export const MessageStatus = object({
  seq: Seq,
  type: text(),
  state: MessageState,
  reason: optional(RejectReason),
  /** Length of the plaintext. */
  bytes: integer(0, Number.MAX_SAFE_INTEGER),
  sent: time(),
  /** ARN of the sender. */
  by: text(),
  expires: time(),
  /** Number of times that it has been handed out. */
  deliveries: integer(0, Number.MAX_SAFE_INTEGER),
});
export type MessageStatus = Output<typeof MessageStatus>;

/** Name that the operator gives a server. */
export const ServerName = line(1, 100);

export const Server = object({
  server: ServerId,
  for: text(),
  state: ServerState,
  /** True after another instance tried to register: messages are withheld until a custodian decides. */
  contested: boolean(),
  instance: optional(InstanceId),
  created: time(),
  registered: optional(time()),
  finished: optional(time()),
  /** ARN of the person who made it. */
  by: text(),
  hooks: list(HookResult),
  hostKeys: list(HostKey),
  /** Present when one server is shown; without content. */
  messages: optional(list(MessageStatus)),
});
export type Server = Output<typeof Server>;

/** The caller draws the id of a server, so that a repeated request does not make two. */
export const CreateServer = object({ server: ServerId, for: ServerName });
export type CreateServer = Output<typeof CreateServer>;

export const ServerList = object({ servers: list(Server), next: optional(NextPage) });
export type ServerList = Output<typeof ServerList>;

/** A message whose JSON is not too large. */
const BoundedMessage: Schema<Output<typeof Message>> = {
  shape: Message.shape,
  parse(value, path = '') {
    const message = Message.parse(value, path);
    if (Buffer.byteLength(JSON.stringify(message)) > MAX_MESSAGE_BYTES) throw new MalformedError(path);
    return message;
  },
};

export const OutgoingMessage = object({
  /** UUID drawn by the sender: the same one again is the same message, not a second one. */
  id: Uuid,
  /** Seconds that it may wait. */
  lifetime: integer(1, MAX_LIFETIME_SECONDS),
  message: BoundedMessage,
});
export type OutgoingMessage = Output<typeof OutgoingMessage>;

export const SendMessages = object({ messages: list(OutgoingMessage, 1, MAX_BATCH) });
export type SendMessages = Output<typeof SendMessages>;

/** Statuses in the order of the request. */
export const SentMessages = object({ messages: list(MessageStatus) });
export type SentMessages = Output<typeof SentMessages>;

/** `keep`: the registered instance goes on. `reset`: it is forgotten, and the next one with the tag may register. */
export const Resolution = object({ decision: oneOf('keep', 'reset'), reason: optional(Reason) });
export type Resolution = Output<typeof Resolution>;
