/** Messages of the operator API about preseeded servers. Times are ISO 8601 in UTC. */
import type { HookResult, HostKey, Message, RejectReason } from './preseed.ts';

/**
 * `created`: waits for its instance. `registered`: an instance has it and takes messages. `configuring`: nothing more
 * can be sent. `finished`: configured, and everything that was secret is gone. `withdrawn`: called off by an operator.
 */
export type ServerState = 'created' | 'registered' | 'configuring' | 'finished' | 'withdrawn';

export type MessageState = 'published' | 'delivered' | 'applied' | 'rejected' | 'expired';

export interface Server {
  readonly server: string;
  /** What the operator calls it. */
  readonly for: string;
  readonly state: ServerState;
  /** Somebody else tried to register: messages are withheld until an operator decides. */
  readonly contested: boolean;
  readonly instance?: string;
  readonly created: string;
  readonly registered?: string;
  readonly finished?: string;
  /** Who made it. */
  readonly by: string;
  readonly hooks: readonly HookResult[];
  readonly hostKeys: readonly HostKey[];
  /** Only when one server is shown. Never their content. */
  readonly messages?: readonly MessageStatus[];
}

export interface MessageStatus {
  readonly seq: number;
  readonly type: string;
  readonly state: MessageState;
  readonly reason?: RejectReason;
  /** Of the plaintext. */
  readonly bytes: number;
  readonly sent: string;
  readonly by: string;
  readonly expires: string;
  /** How often it has been handed out. */
  readonly deliveries: number;
}

/** Whoever creates a server draws its id, so that a repeated call does not make two. */
export interface CreateServer {
  readonly server: string;
  readonly for: string;
}

export interface ServerList {
  readonly servers: readonly Server[];
  readonly next?: string;
}

/** At most {@link MAX_BATCH} messages. */
export interface SendMessages {
  readonly messages: readonly OutgoingMessage[];
}

export interface OutgoingMessage {
  /** UUID drawn by the sender: the same one again is the same message, not a second one. */
  readonly id: string;
  /** Seconds that it may wait; at most {@link MAX_LIFETIME_SECONDS}. */
  readonly lifetime: number;
  readonly message: Message;
}

export interface SentMessages {
  /** In the order of the request. */
  readonly messages: readonly MessageStatus[];
}

/** `keep`: the registered instance goes on. `reset`: it is forgotten, and the next one with the tag may register. */
export interface Resolution {
  readonly decision: 'keep' | 'reset';
  readonly reason?: string;
}

export const MAX_BATCH = 20;
/** UTF-8 bytes of one message's JSON. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
export const MAX_MESSAGES_PER_SERVER = 100;
export const DEFAULT_LIFETIME_SECONDS = 24 * 3600;
export const MAX_LIFETIME_SECONDS = 7 * 24 * 3600;
