import { decodeBase64url } from './base64url.ts';
import { bytes, MalformedError, matching } from './fields.ts';
import type { Message } from './preseed.ts';

/** Of a type that is not known here: an image can be newer than the service. The instance decides. */
export interface UnknownMessage {
  readonly type: string;
}

const TYPE = /^[a-z][a-z0-9-]{0,31}$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
const OWNER = /^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/;
const MODE = /^0[0-7]{3}$/;
const KEY_NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;
/** RFC 4648, 80 bits at least, as long as whole bytes make it. */
const BASE32 = /^(?=.{16,128}$)([A-Z2-7]{8})*([A-Z2-7]{2}|[A-Z2-7]{4}|[A-Z2-7]{5}|[A-Z2-7]{7})?$/;
const NOT_CONTROL = /^[^\p{Cc}\p{Cs}]*$/u;
/** NUL cannot be in a shell variable, half a surrogate pair cannot be in UTF-8. */
const TEXT = /^[^\0\p{Cs}]*$/u;
const MAX_BINARY = 64 * 1024;

/**
 * Names that the shell, the loader or an interpreter acts on: who may set APP_EMAIL must not thereby choose what every
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

/** Where no file is put: the kernel's own trees, and what the agent decides by. `/var/run` is `/run`. */
const FORBIDDEN = [
  '/proc',
  '/sys',
  '/dev',
  '/run/sealroot',
  '/var/run/sealroot',
  '/var/lib/sealroot',
  '/etc/sealroot',
];

/**
 * Checks a message's content, and keeps the members that its type has. SPEC.md section 15.
 *
 * @throws MalformedError naming the first wrong member; it repeats nothing of a value.
 */
export function parseMessage(m: Record<string, unknown>): Message | UnknownMessage {
  const type = matching(m, 'type', TYPE);
  switch (type) {
    case 'inithooks':
      return { type, values: values(m) };
    case 'authorized-key':
      return { type, user: matching(m, 'user', USER), key: authorizedKey(m) };
    case 'file':
      return {
        type,
        path: path(m),
        mode: matching(m, 'mode', MODE),
        owner: matching(m, 'owner', OWNER),
        content: bytes(m, 'content', 0, MAX_BINARY),
      };
    case 'script': {
      const content = bytes(m, 'content', 3, MAX_BINARY);
      if (decodeBase64url(content)?.toString('latin1', 0, 2) !== '#!') throw new MalformedError('content');
      return { type, content };
    }
    case 'totp':
      return { type, user: matching(m, 'user', USER), secret: matching(m, 'secret', BASE32) };
    default:
      return { ...m, type };
  }
}

function values(m: Record<string, unknown>): Record<string, string> {
  const given = m['values'];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new MalformedError('values');
  const entries = Object.entries(given as Record<string, unknown>);
  // Which name is wrong is not said: a value that was put in a name's place must not end up in a log.
  const isGood = ([name, value]: [string, unknown]): boolean =>
    KEY_NAME.test(name) && !RESERVED.test(name) && typeof value === 'string' && TEXT.test(value);
  if (entries.length === 0 || !entries.every(isGood)) throw new MalformedError('values');
  return Object.fromEntries(entries) as Record<string, string>;
}

/** `TYPE BASE64 [COMMENT]` as in a `.pub` file: no options, one line. */
function authorizedKey(m: Record<string, unknown>): string {
  const key = matching(m, 'key', NOT_CONTROL);
  const [type = '', encoded = ''] = key.split(' ');
  const blob = Buffer.from(encoded, 'base64');
  const isExact = blob.toString('base64') === encoded && blob.length > 4;
  // The blob says its type once more, behind a length (RFC 4253 section 6.6).
  const inner = isExact ? blob.toString('latin1', 4, 4 + Math.min(blob.readUInt32BE(), 64)) : '';
  if (!KEY_TYPES.includes(type) || inner !== type || key.length > 16_384) throw new MalformedError('key');
  return key;
}

function path(m: Record<string, unknown>): string {
  const given = matching(m, 'path', NOT_CONTROL);
  const [root, ...parts] = given.split('/');
  const isNormal = parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255);
  const isForbidden = FORBIDDEN.some((folder) => given === folder || given.startsWith(`${folder}/`));
  if (root !== '' || parts.length === 0 || !isNormal || isForbidden || given.length > 4095)
    throw new MalformedError('path');
  return given;
}
