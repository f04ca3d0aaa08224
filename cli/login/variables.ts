import type { Session } from '../session.ts';
import type { LoginSession } from './credentials.ts';

/** Variables by which AWS tools find credentials: those that are not set are unset, or they would be mixed in. */
const CREDENTIALS = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN'],
  ...['AWS_CREDENTIAL_EXPIRATION', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE'],
  ...['AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
];
const REGION = ['AWS_REGION', 'AWS_DEFAULT_REGION'];
const OURS = ['SEALROOT_ROLE', 'SEALROOT_STAGE', 'SEALROOT_EXPIRES', 'SEALROOT_PROFILE'];
const ENDPOINTS = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EXECUTE_API'];

export interface Variables {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** Variables that make a session that of a shell or program. SEALROOT_EXPIRES is seconds since the epoch, for prompts. */
export function sessionVariables(session: Session, { facts, credentials }: LoginSession): Variables {
  const { env } = session.context;
  const set: Record<string, string> = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: facts.expires,
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
    SEALROOT_ROLE: facts.role,
    SEALROOT_STAGE: facts.stage,
    SEALROOT_EXPIRES: String(Math.floor(credentials.expiration.getTime() / 1000)),
    ...(facts.profile === undefined ? {} : { SEALROOT_PROFILE: facts.profile }),
  };
  if (session.local) for (const name of ENDPOINTS) if (env[name] !== undefined) set[name] = env[name];
  return { set, unset: [...CREDENTIALS, ...OURS].filter((name) => !(name in set)) };
}

/** Variables that take a session out of a shell again. */
export const noVariables = (session: Session): Variables => ({
  set: {},
  unset: [...CREDENTIALS, ...REGION, ...OURS, ...(session.local ? ENDPOINTS : [])],
});

export function applied(env: NodeJS.ProcessEnv, { set, unset }: Variables): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !unset.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}
