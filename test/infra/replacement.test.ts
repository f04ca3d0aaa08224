import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { synthesizeOne } from './app.ts';
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

/** Every section but the network's, whose ranges and zones are an identity of their own. */
const RECONFIGURED = {
  access: { operator: { principals: { users: ['ada'], groups: ['operators'] } } },
  fleet: {
    dataDiskGiB: 100,
    egress: [{ cidr: '10.0.0.0/8', port: 5432 }],
    instanceType: 't4g.medium',
  },
  image: {
    architecture: 'arm64',
    parentImage: 'ami-0123456789abcdef0',
    preset: 'volatile',
    schedule: 'cron(0 4 ? * mon *)',
  },
  keyserver: { logRetentionDays: 30, reservedConcurrency: 5, throttling: { rate: 7, burst: 9 } },
  preseed: { waitLimitSeconds: 60, imdsGuard: 'off', imdsUsers: ['ada'] },
};

describe('a change of the configuration, of its network aside', () => {
  it('replaces nothing that has a name, holds data or is in images', () => {
    expect(replacements(defaults, identitiesOf(synthesizeOne(RECONFIGURED)))).toEqual([]);
  });
});
