import {
  AccountPrincipal,
  AccountRootPrincipal,
  ArnPrincipal,
  FederatedPrincipal,
  PolicyDocument,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import type { RoleConfig } from './config.ts';
import type { MfaAssertion, OidcPrincipal, SamlPrincipal } from './principals.ts';
import { iamArn, trust, type Conditions } from '../platform/statements.ts';

/**
 * Lets the configured principals assume a role, each only with a second factor. The condition has to be here: sessions of
 * AssumeRole carry no word of MFA, so in the role's own permissions it would deny everything or nothing.
 */
export function trustPolicy({ principals, maxMfaAgeSeconds }: RoleConfig): PolicyDocument {
  const { users, groups, accounts, saml, oidc } = principals;
  const mfa = withFreshMfa(maxMfaAgeSeconds);
  const statements: PolicyStatement[] = [];
  if (users.length > 0) {
    const named = users.map((user) => new ArnPrincipal(iamArn(`user/${user}`)));
    statements.push(trust('Users', named, ['sts:AssumeRole'], mfa));
  }
  // A trust policy cannot name a group: its members are the account's, and the members' policy says which role.
  if (groups.length > 0 || users.length + accounts.length + saml.length + oidc.length === 0) {
    statements.push(trust('OwnAccount', [new AccountRootPrincipal()], ['sts:AssumeRole'], mfa));
  }
  if (accounts.length > 0) {
    const others = accounts.map((id) => new AccountPrincipal(id));
    statements.push(trust('OtherAccounts', others, ['sts:AssumeRole'], mfa));
  }
  statements.push(...saml.map(trustSaml), ...oidc.map(trustOidc));
  return new PolicyDocument({ statements, minimize: false });
}

/**
 * Users only, whose session is named after them: no role or federated user has `aws:username`, and records name the
 * human. Both MFA conditions, since the age alone says nothing of a request that has none.
 */
function withFreshMfa(maxAgeSeconds: number): Conditions {
  return {
    Bool: { 'aws:MultiFactorAuthPresent': 'true' },
    NumericLessThan: { 'aws:MultiFactorAuthAge': String(maxAgeSeconds) },
    StringEquals: { 'sts:RoleSessionName': '${aws:username}' },
  };
}

function trustSaml({ provider, mfa }: SamlPrincipal, index: number): PolicyStatement {
  const conditions = asserted(mfa, 'saml:edupersonassurance', { 'SAML:aud': signInUrls(provider) });
  return federated(`Saml${index}`, provider, 'sts:AssumeRoleWithSAML', mfa, conditions);
}

function trustOidc(principal: OidcPrincipal, index: number): PolicyStatement {
  const { provider, audiences, subjects, sessionName, mfa } = principal;
  const issuer = provider.slice(provider.indexOf('oidc-provider/') + 'oidc-provider/'.length);
  const conditions = asserted(mfa, `${issuer}:amr`, {
    [`${issuer}:aud`]: audiences,
    // With a token the caller chooses the session's name.
    'sts:RoleSessionName': `\${${issuer}:${sessionName}}`,
  });
  const who = { StringLike: { [`${issuer}:sub`]: subjects } };
  return federated(`Oidc${index}`, provider, 'sts:AssumeRoleWithWebIdentity', mfa, { ...conditions, ...who });
}

/** A claim can have several values, one of which asserts MFA; without the claim the condition does not hold. */
function asserted(mfa: MfaAssertion, claim: string, equals: Record<string, unknown>): Conditions {
  return mfa.kind === 'tag'
    ? { StringEquals: { ...equals, [`aws:RequestTag/${mfa.name}`]: mfa.value } }
    : { StringEquals: equals, 'ForAnyValue:StringEquals': { [claim]: mfa.value } };
}

function federated(
  sid: string,
  provider: string,
  action: string,
  mfa: MfaAssertion,
  conditions: Conditions,
): PolicyStatement {
  const actions = mfa.kind === 'tag' ? [action, 'sts:TagSession'] : [action];
  return trust(sid, [new FederatedPrincipal(provider, {}, action)], actions, conditions);
}

/** Addresses that assertions are sent to, by the partition of the provider; in AWS's own one each region has its endpoint too. */
function signInUrls(provider: string): string | string[] {
  const [, partition] = provider.split(':');
  if (partition === 'aws-cn') return 'https://signin.amazonaws.cn/saml';
  if (partition === 'aws-us-gov') return 'https://signin.amazonaws-us-gov.com/saml';
  const host = 'signin.aws.amazon.com/saml';
  return [`https://${host}`, `https://${Aws.REGION}.${host}`];
}
