import { integer, list, object, oneOf, text, type Output } from './schema.ts';

const MAX_HOOKS = 200;
const MAX_HOST_KEYS = 16;

export const HookResult = object({
  stage: oneOf('firstboot', 'everyboot'),
  /** File name of the hook: letters, digits, `.`, `_` and `-`, not `.` or `-` in front. */
  name: text(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/),
  /** Exit status. */
  status: integer(0, 255),
});
export type HookResult = Output<typeof HookResult>;

export const HostKey = object({
  /** Type as sshd names it, `ssh-ed25519` or `ecdsa-sha2-nistp256`. */
  type: text(/^[a-z0-9@.-]{1,64}$/),
  /** Fingerprint as ssh-keygen -l prints it. */
  fingerprint: text(/^SHA256:[A-Za-z0-9+/]{43}$/),
});
export type HostKey = Output<typeof HostKey>;

/**
 * `configuring` closes the mailbox: refused with `conflict` while messages are unreceived, and nothing can be sent
 * after it. `finished` ends the registration, refused with `conflict` while messages are unsettled: secret and subkey
 * are worth nothing afterwards. Operators see it on their terminals.
 */
export const Report = object({
  status: oneOf('configuring', 'finished'),
  hooks: list(HookResult, 0, MAX_HOOKS),
  hostKeys: list(HostKey, 0, MAX_HOST_KEYS),
});
export type Report = Output<typeof Report>;
