import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { synthesizeOne, type Json } from './app.ts';
import { newcomers, replacements } from './replacement/compare.ts';
import { identitiesOf, type Identities } from './replacement/identities.ts';
import { isUpdating } from '../support/updating.ts';

/** The stage `dev` as cdk.json configures it. Whatever is deployed was deployed from a template that this tells of. */
const BASELINE = 'test/infra/replacement/baseline.json';
const ACCEPT = `accept it for good with: npx jest --selectProjects infra --testPathPatterns replacement.test -u`;

const defaults = identitiesOf(synthesizeOne());
const readBaseline = (): Identities => JSON.parse(readFileSync(BASELINE, 'utf8')) as Identities;

describe('a deployment over what the baseline tells of', () => {
  // Written before anything is compared; what changed is in the diff, for a review.
  it(`replaces nothing that has a name, holds data or is in images; ${ACCEPT}`, () => {
    if (isUpdating()) writeFileSync(BASELINE, `${JSON.stringify(defaults, null, 2)}\n`);
    expect(replacements(readBaseline(), defaults)).toEqual([]);
  });

  it(`brings no such resource that the baseline does not tell of; ${ACCEPT}`, () => {
    expect(newcomers(readBaseline(), defaults)).toEqual([]);
  });
});

/** A change of every setting but the network's, whose ranges and zones are an identity of their own. */
const RECONFIGURED = {
  terminationProtection: false,
  access: {
    operator: {
      principals: { users: ['ada'], groups: ['operators'] },
      maxMfaAgeSeconds: 600,
      sessionSeconds: 7200,
    },
    custodian: { principals: { users: ['ada'] }, maxMfaAgeSeconds: 60 },
    auditor: {
      principals: {
        saml: [
          { provider: 'arn:aws:iam::111122223333:saml-provider/work', mfa: { tag: 'MFA', value: 'yes' } },
        ],
      },
    },
    maintainer: { principals: { users: ['grace'] } },
    separationOfDuties: true,
  },
  fleet: {
    dataDiskGiB: 100,
    egress: [{ cidr: '10.0.0.0/8', port: 5432 }],
    instanceType: 't4g.medium',
    kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/55555555-6666-4777-8888-999999999999',
  },
  image: {
    architecture: 'arm64',
    instanceTypes: ['m7g.large'],
    kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-1111-4222-8333-444444444444',
    parentImage: 'ami-0123456789abcdef0',
    preset: 'volatile',
    schedule: 'cron(0 4 ? * mon *)',
  },
  keyserver: {
    alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms',
    custodians: ['arn:aws:iam::111122223333:role/custodian'],
    logRetentionDays: 30,
    policy: { enrolment: 'approve', moved: 'refuse', ticket: 'refuse' },
    reservedConcurrency: 5,
    throttling: { rate: 7, burst: 9 },
  },
  preseed: { waitLimitSeconds: 60, imdsGuard: 'off', imdsUsers: ['ada'] },
};

describe('a change of the configuration, of its network aside', () => {
  it('replaces nothing that has a name, holds data or is in images', () => {
    expect(replacements(defaults, identitiesOf(synthesizeOne(RECONFIGURED)))).toEqual([]);
  });

  it('is tried with every setting', () => {
    const page = readFileSync('docs/reference/configuration.md', 'utf8').split('\n### ')[0]!;
    const settings = [...page.matchAll(/^\| `.*?(?=\|)/gm)].flatMap(([cell]) => [
      ...cell.matchAll(/`(?!network|name|account|region)([\w.]+)`/g),
    ]);
    expect(settings.length).toBeGreaterThan(25);
    for (const [, setting = ''] of settings) {
      const names = setting.replace('ROLE', 'operator').split('.');
      expect([setting, names.reduce<Json>((value, name) => value?.[name], RECONFIGURED)]).not.toEqual([
        setting,
        undefined,
      ]);
    }
  });
});
