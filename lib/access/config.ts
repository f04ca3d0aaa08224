import { ACCESS_ROLES, type AccessRole } from '../../protocol/access.ts';
import { readPrincipals, type Principals, type PrincipalsSettings } from './principals.ts';
import type { Section } from '../platform/config-section.ts';

/** People and their roles, as they are written in cdk.json. */
export interface AccessSettings {
  /** Looks after instances: launches, approves what its policy leaves to it. */
  readonly operator?: RoleSettings;
  /** Decides on keys: approves, recovers, destroys. */
  readonly custodian?: RoleSettings;
  /** Reads logs, alarms and policies. */
  readonly auditor?: RoleSettings;
  /** Builds images. */
  readonly maintainer?: RoleSettings;
  /**
   * Denies the approval of a request to the person who launched the instance.
   * @default false
   */
  readonly separationOfDuties?: boolean;
}

export interface RoleSettings {
  /**
   * Principals that may assume the role.
   * @default - users of the account, as their own policies say
   */
  readonly principals?: PrincipalsSettings;
  /**
   * Age that the second factor may have when the role is assumed, in seconds.
   * @default - 3600; custodian 300
   */
  readonly maxMfaAgeSeconds?: number;
  /**
   * The longest session that somebody may ask for, in seconds.
   * @default - 14400; custodian 3600; auditor 28800
   */
  readonly sessionSeconds?: number;
}

export interface RoleConfig {
  readonly principals: Principals;
  /** Age that the second factor may have when the role is assumed. */
  readonly maxMfaAgeSeconds: number;
  /** The longest session that somebody may ask for. */
  readonly sessionSeconds: number;
}

export interface AccessConfig {
  /** Denies the approval of a request to the person who launched the instance. Default false. */
  readonly separationOfDuties: boolean;
  readonly roles: Readonly<Record<AccessRole, RoleConfig>>;
}

const DEFAULTS: Readonly<Record<AccessRole, { readonly age: number; readonly session: number }>> = {
  operator: { age: 3600, session: 14_400 },
  custodian: { age: 300, session: 3600 },
  auditor: { age: 3600, session: 28_800 },
  maintainer: { age: 3600, session: 14_400 },
};

/** From a code's own life, twice, to what GetSessionToken grants at most. */
const AGE_SECONDS = { min: 60, max: 129_600 };
/** Range that IAM takes as MaxSessionDuration of a role; nothing in a policy can cap a session lower. */
const SESSION_SECONDS = { min: 3600, max: 43_200 };

/** @param account of the stage, when it is known: providers have to be in it */
export function readAccess(section: Section, account: string | undefined): AccessConfig {
  const roles = Object.fromEntries(
    ACCESS_ROLES.map((role) => [role, readRole(section.section(role), role, account)]),
  ) as Record<AccessRole, RoleConfig>;
  const config: AccessConfig = { separationOfDuties: section.flag('separationOfDuties', false), roles };
  const { operator, custodian } = roles;
  if (custodian.maxMfaAgeSeconds > operator.maxMfaAgeSeconds) {
    section.report(
      'custodian.maxMfaAgeSeconds',
      `must not exceed the operator's, ${operator.maxMfaAgeSeconds}: a decision on keys asks for the fresher code`,
    );
  }
  if (config.separationOfDuties) checkOneSource(section, [operator, custodian]);
  section.end();
  return config;
}

function readRole(section: Section, role: AccessRole, account: string | undefined): RoleConfig {
  const { age, session } = DEFAULTS[role];
  const config: RoleConfig = {
    principals: readPrincipals(section.section('principals'), account),
    maxMfaAgeSeconds: section.integer('maxMfaAgeSeconds', AGE_SECONDS, age),
    sessionSeconds: section.integer('sessionSeconds', SESSION_SECONDS, session),
  };
  section.end();
  return config;
}

/** Session names are compared: a person with a name in each of two directories would be two people. */
function checkOneSource(section: Section, roles: readonly RoleConfig[]): void {
  const sources = new Set(roles.flatMap(({ principals }) => namingSources(principals)));
  if (sources.size < 2) return;
  section.report(
    'separationOfDuties',
    'compares the names of operators and custodians, so both have to come from one directory, ' +
      `and not from ${[...sources].join(' and ')}`,
  );
}

function namingSources({ users, groups, accounts, saml, oidc }: Principals): string[] {
  const federated = [
    ...saml.map(({ provider }) => provider),
    ...oidc.map(({ provider, sessionName }) => `${provider} (${sessionName})`),
  ];
  const others = [...accounts, ...federated];
  const own = users.length > 0 || groups.length > 0 || others.length === 0;
  return own ? ["this account's users", ...others] : others;
}
