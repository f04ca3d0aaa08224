import { decodeBase64url } from './base64url.ts';
import { bytes, isA, object, oneOf, taken, text, type Output, type Schema } from './schema.ts';

const User = text(/^[a-z_][a-z0-9_-]{0,31}$/);
const KEY_NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;
/** RFC 4648, 80 bits at least, as long as whole bytes make it. */
const BASE32 = /^(?=.{16,128}$)([A-Z2-7]{8})*([A-Z2-7]{2}|[A-Z2-7]{4}|[A-Z2-7]{5}|[A-Z2-7]{7})?$/;
const NOT_CONTROL = /^[^\p{Cc}\p{Cs}]*$/u;
/** NUL cannot be in a shell variable, half a surrogate pair cannot be in UTF-8. */
const TEXT = /^[^\0\p{Cs}]*$/u;
const MAX_BINARY = 64 * 1024;

/**
 * Names that the shell, the loader or an interpreter acts on: a sender of APP_EMAIL must not thereby choose what every
 * hook runs. Readonly ones of the shell would end the sourcing of the file.
 */
const RESERVED = new RegExp(
  `^(${[
    '_|PATH|IFS|ENV|CDPATH|FPATH|MANPATH|SHELL|SHELLOPTS|BASHOPTS|PS[0-4]|PROMPT_COMMAND|PROMPT_DIRTRIM|FIGNORE',
    'GLOBIGNORE|EXECIGNORE|HISTFILE|INPUTRC|POSIXLY_CORRECT|OPT(ARG|IND|ERR)|MAIL(PATH)?|TMPDIR|HOME|PWD|OLDPWD|USER',
    'LOGNAME|UID|EUID|PPID|GROUPS|LINENO|RANDOM|SECONDS|BASH(_.*)?|COMP_.*|LD_.*|GCONV_PATH|GETCONF_DIR|LOCPATH',
    'NLSPATH|LOCALDOMAIN|RESOLV_HOST_CONF|RES_OPTIONS|HOSTALIASES|NIS_PATH|GLIBC_TUNABLES|MALLOC_.*|TZDIR',
    'PERL.*|PYTHON.*|RUBY.*|NODE_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|PHP(RC|_INI_SCAN_DIR)|GIT_.*|SSL_CERT_(FILE|DIR)',
    'OPENSSL_.*|CURL_(HOME|CA_BUNDLE)|EDITOR|VISUAL|PAGER|LESS(OPEN|CLOSE)|SYSTEMD_.*|DBUS_.*|SUDO_.*|AWS_.*|SEALROOT_.*',
  ].join('|')})$`,
);

const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** Folders in which no file is put: the kernel's own trees, and those that the agent decides by. `/var/run` is `/run`. */
const FORBIDDEN = [
  '/proc',
  '/sys',
  '/dev',
  '/run/sealroot',
  '/var/run/sealroot',
  '/var/lib/sealroot',
  '/etc/sealroot',
];

/** Names and values of `inithooks`, at least one. */
const Values = taken({ kind: 'any' }, (given): Readonly<Record<string, string>> | undefined => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const entries = Object.entries(given as Record<string, unknown>);
  // The wrong name is not repeated: a value that was put in a name's place must not end up in a log.
  const isGood = ([name, value]: [string, unknown]): boolean =>
    KEY_NAME.test(name) && !RESERVED.test(name) && typeof value === 'string' && TEXT.test(value);
  if (entries.length === 0 || !entries.every(isGood)) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
});

/** `TYPE BASE64 [COMMENT]` as in a `.pub` file: no options, one line. */
const AuthorizedKey = taken({ kind: 'text', max: 16_384 }, (key) => {
  if (typeof key !== 'string' || !NOT_CONTROL.test(key) || key.length > 16_384) return undefined;
  const [type = '', encoded = ''] = key.split(' ');
  const blob = Buffer.from(encoded, 'base64');
  const isExact = blob.toString('base64') === encoded && blob.length > 4;
  // The blob says its type once more, behind a length (RFC 4253 section 6.6).
  const inner = isExact ? blob.toString('latin1', 4, 4 + Math.min(blob.readUInt32BE(), 64)) : '';
  return KEY_TYPES.includes(type) && inner === type ? key : undefined;
});

const Path = taken({ kind: 'text', max: 4095 }, (given) => {
  if (typeof given !== 'string' || !NOT_CONTROL.test(given) || given.length > 4095) return undefined;
  const [root, ...parts] = given.split('/');
  const isNormal = parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
  const isForbidden = FORBIDDEN.some((folder) => given === folder || given.startsWith(`${folder}/`));
  return root === '' && parts.length > 0 && isNormal && !isForbidden ? given : undefined;
});

const Content = bytes(0, MAX_BINARY);

const Script = taken({ kind: 'bytes', min: 3, max: MAX_BINARY }, (given) => {
  const content = isA(bytes(3, MAX_BINARY), given) ? given : '';
  return decodeBase64url(content)?.toString('latin1', 0, 2) === '#!' ? content : undefined;
});

/** The members of each type. SPEC.md section 15. */
const TYPES = {
  inithooks: object({ type: oneOf('inithooks'), values: Values }),
  'authorized-key': object({ type: oneOf('authorized-key'), user: User, key: AuthorizedKey }),
  file: object({
    type: oneOf('file'),
    path: Path,
    /** Octal, `0644`. */
    mode: text(/^0[0-7]{3}$/),
    /** `user` or `user:group`. */
    owner: text(/^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/),
    content: Content,
  }),
  /** Run once by root, with its first line naming the interpreter. */
  script: object({ type: oneOf('script'), content: Script }),
  /** `secret` is for pam_google_authenticator. */
  totp: object({ type: oneOf('totp'), user: User, secret: text(BASE32) }),
} as const;

type Types = typeof TYPES;
/** Content of a message. An instance rejects and reports an unknown `type`, and never executes it. */
export type Message = { [T in keyof Types]: Output<Types[T]> }[keyof Types];

/** A message of a type that is not known here: an image can be newer than the service, so the instance decides. */
export interface UnknownMessage {
  readonly type: string;
}

const AnyMessage = object({ type: text(/^[a-z][a-z0-9-]{0,31}$/) });

/** Checks a message's content, and keeps the members that its type has; of an unknown type, all. */
export const Message: Schema<Message | UnknownMessage> = {
  shape: AnyMessage.shape,
  parse(value, path) {
    const { type } = AnyMessage.parse(value, path);
    if (!Object.hasOwn(TYPES, type)) return { ...(value as object), type };
    return (TYPES[type as keyof Types] as Schema<Message>).parse(value, path);
  },
};
