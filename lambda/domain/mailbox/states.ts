import type { MessageState, ServerState } from '../../../protocol/server.ts';

/** Seconds that the record of a server or a message is kept after its end, without content. */
export const RECORD_SECONDS = 30 * 24 * 3600;

/** Tells whether messages can be sent to a server. */
export const takesMessages = (state: ServerState): boolean => state === 'created' || state === 'registered';

/** Tells whether an instance is bound to a server and not done. */
export const isRegistered = (state: ServerState): boolean =>
  state === 'registered' || state === 'configuring';

/** Tells whether a message is not settled yet. */
export const isOpen = (state: MessageState): boolean => state === 'published' || state === 'delivered';

/** Seconds in which the same instance and key may repeat a registration: an answer can be lost. */
export const REPEAT_SECONDS = 900;
