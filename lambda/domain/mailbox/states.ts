import type { MessageState, ServerState } from '../../../protocol/server.ts';

/** What is kept of a server or a message after its end, without content. */
export const RECORD_SECONDS = 30 * 24 * 3600;

/** Whether messages can be sent to it. */
export const takesMessages = (state: ServerState): boolean => state === 'created' || state === 'registered';

/** Whether an instance is bound to it and not done. */
export const isRegistered = (state: ServerState): boolean =>
  state === 'registered' || state === 'configuring';

/** Whether it is not known yet what becomes of it. */
export const isOpen = (state: MessageState): boolean => state === 'published' || state === 'delivered';

/** How long a registration may be repeated by the same instance and key: an answer can be lost. */
export const REPEAT_SECONDS = 900;
