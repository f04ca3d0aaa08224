import type { Section, TextRule } from '../platform/config-section.ts';

/** Assertion by which an identity provider tells that a session was opened with a second factor. */
export type MfaAssertion =
  /** A session tag of the provider's: `aws:RequestTag/NAME`. */
  | { readonly kind: 'tag'; readonly name: string; readonly value: string }
  /** `PROVIDER:amr` of OIDC, or `saml:edupersonassurance`, one of whose values it has to be. */
  | { readonly kind: 'claim'; readonly value: string };

/** Principals that may assume a role, as they are written in cdk.json. */
export interface PrincipalsSettings {
  /** Names of the account's users, with their path if they have one. */
  readonly users?: readonly string[];
  /** Groups of the account's users. */
  readonly groups?: readonly string[];
  /** Ids of other accounts, whose users may assume it as policies there say. */
  readonly accounts?: readonly string[];
  /** Providers of SAML sign-in. */
  readonly saml?: readonly SamlSettings[];
  /** Providers of OpenID Connect sign-in. */
  readonly oidc?: readonly OidcSettings[];
}

export interface SamlSettings {
  /** ARN of the provider in IAM. */
  readonly provider: string;
  /** Assertion by which the provider says that a second factor was used. */
  readonly mfa: MfaSettings;
}

export interface OidcSettings {
  /** ARN of the provider in IAM. */
  readonly provider: string;
  /** Client ids that tokens are for. */
  readonly audiences: readonly string[];
  /** Patterns of `sub`; `*` stands for everybody who gets a token for the audience. */
  readonly subjects: readonly string[];
  /**
   * The claim that a session has to be named by: with OIDC the caller chooses the name.
   * @default 'sub'
   */
  readonly sessionName?: 'sub' | 'email';
  /** Assertion by which the provider says that a second factor was used. */
  readonly mfa: MfaSettings;
}

/** A session tag and its value, or a value of the provider's own claim: `amr` of OIDC, `assurance` of SAML. */
export interface MfaSettings {
  /** Name of the session tag. */
  readonly tag?: string;
  /** Value of the session tag. */
  readonly value?: string;
  /** A value of the claim `amr`; OIDC only. */
  readonly amr?: string;
  /** A value of `eduPersonAssurance`; SAML only. */
  readonly assurance?: string;
}

export interface SamlPrincipal {
  readonly provider: string;
  readonly mfa: MfaAssertion;
}

export interface OidcPrincipal {
  readonly provider: string;
  readonly audiences: readonly string[];
  /** Patterns of `sub`; `*` stands for everybody who gets a token for the audience. */
  readonly subjects: readonly string[];
  /** The claim that a session has to be named by: with OIDC the caller chooses the name. Default `sub`. */
  readonly sessionName: 'sub' | 'email';
  readonly mfa: MfaAssertion;
}

/** Principals that may assume a role. With none named: users of the account, as their IAM policies say. */
export interface Principals {
  /** Names of the account's users, with their path if they have one. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Ids of other accounts, whose users may assume it as policies there say. */
  readonly accounts: readonly string[];
  readonly saml: readonly SamlPrincipal[];
  readonly oidc: readonly OidcPrincipal[];
}

const USER: TextRule = {
  // A session is named after its user, and its name has two characters at least.
  pattern: /^([\w+=,.@-]+\/)*[\w+=,.@-]{2,64}$/,
  what: 'the name of an IAM user, such as alice or engineering/alice',
};
const GROUP: TextRule = { pattern: /^[\w+=,.@-]{1,128}$/, what: 'the name of an IAM group' };
const ACCOUNT: TextRule = { pattern: /^\d{12}$/, what: 'an account id: 12 digits, as a string' };
const SAML_PROVIDER: TextRule = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:saml-provider\/[\w.-]{1,128}$/,
  what: 'the ARN of a SAML provider in IAM',
};
const OIDC_PROVIDER: TextRule = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w.:/-]{1,255}$/,
  what: 'the ARN of an OIDC provider in IAM',
};
const AUDIENCE: TextRule = { pattern: /^[^\s*?${}]{1,255}$/, what: 'the client id that tokens are for' };
const SUBJECT: TextRule = { pattern: /^[^\s${}]{1,255}$/, what: 'a subject, * and ? standing for any' };
/** The rules that check every template know the tag by its name. */
const MFA_TAG: TextRule = {
  pattern: /^(?=.*mfa)[\w.:/=+@-]{1,128}$/i,
  what: 'a session tag whose name has "mfa" in it',
};
const ASSERTED: TextRule = { pattern: /^[^\s*?${}]{1,255}$/, what: 'the value that asserts MFA' };

export function readPrincipals(section: Section, account: string | undefined): Principals {
  const principals: Principals = {
    users: distinct(section, 'users', USER),
    groups: distinct(section, 'groups', GROUP),
    accounts: distinct(section, 'accounts', ACCOUNT),
    saml: section.sections('saml').map((one) => readSaml(one, account)),
    oidc: section.sections('oidc').map((one) => readOidc(one, account)),
  };
  if (account !== undefined && principals.accounts.includes(account)) {
    section.report('accounts', `${account} is the stage's own: name its users or groups`);
  }
  section.end();
  return principals;
}

function readSaml(section: Section, account: string | undefined): SamlPrincipal {
  const principal: SamlPrincipal = {
    provider: readProvider(section, SAML_PROVIDER, account),
    mfa: readMfa(section, 'assurance'),
  };
  section.end();
  return principal;
}

function readOidc(section: Section, account: string | undefined): OidcPrincipal {
  const principal: OidcPrincipal = {
    provider: readProvider(section, OIDC_PROVIDER, account),
    audiences: distinct(section, 'audiences', AUDIENCE),
    subjects: distinct(section, 'subjects', SUBJECT),
    sessionName: section.choice('sessionName', ['sub', 'email'], 'sub'),
    mfa: readMfa(section, 'amr'),
  };
  for (const name of ['audiences', 'subjects'] as const) {
    if (principal[name].length === 0) section.report(name, 'must name at least one');
  }
  section.end();
  return principal;
}

function readProvider(section: Section, rule: TextRule, account: string | undefined): string {
  const provider = section.text('provider', rule);
  if (account !== undefined && provider !== '' && provider.split(':')[4] !== account) {
    section.report('provider', `must be in the stage's account, ${account}`);
  }
  return provider;
}

/** `mfa` is `{CLAIM: VALUE}` or `{tag: NAME, value: VALUE}`. */
function readMfa(parent: Section, claim: 'amr' | 'assurance'): MfaAssertion {
  const section = parent.section('mfa');
  const byTag = section.has('tag');
  if (byTag === section.has(claim)) {
    parent.report(
      'mfa',
      `must say how the provider asserts MFA: {"${claim}": value} or {"tag": name, "value": value}`,
    );
    return { kind: 'claim', value: '' };
  }
  const mfa: MfaAssertion = byTag
    ? { kind: 'tag', name: section.text('tag', MFA_TAG), value: section.text('value', ASSERTED) }
    : { kind: 'claim', value: section.text(claim, ASSERTED) };
  section.end();
  return mfa;
}

function distinct(section: Section, name: string, rule: TextRule): string[] {
  const values = section.texts(name, rule);
  if (new Set(values).size < values.length) section.report(name, 'must not repeat a value');
  return values;
}
