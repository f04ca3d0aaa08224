import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { PolicyDocument } from '../../local/engine/contracts/policy.ts';
import { ACCESS_ROLES, type AccessRole } from '../../protocol/access.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import type { Operation } from '../../protocol/operations/operation.ts';
import { isUpdating } from '../support/updating.ts';
import { synthesizeOne } from './app.ts';
import { ACCOUNT, deploy, OWN_KEY, SNAPSHOT_KEY, type Deployed, type Key } from './access/deployed.ts';
import { bothJudges, type Caller } from './access/judges.ts';
import {
  apiDeeds,
  assume,
  diskKeyDeeds,
  otherDeeds,
  USER_ID,
  userDeeds,
  type Deed,
} from './access/requests.ts';
import { table } from '../support/markdown-table.ts';

const PAGE = 'docs/reference/access.md';
const deployed = deploy(synthesizeOne());
const MAX_AGE_SECONDS = { operator: 3600, custodian: 300, auditor: 3600, maintainer: 3600 };

const ADMINISTRATOR: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
  Version: '2012-10-17',
} as PolicyDocument;

/** Condition keys of credentials by their second factor. A console sign-in without one says false; keys say nothing. */
const withMfa = (ageSeconds: number) => ({
  'aws:MultiFactorAuthPresent': 'true',
  'aws:MultiFactorAuthAge': String(ageSeconds),
});
const WITHOUT = [{}, { 'aws:MultiFactorAuthPresent': 'false' }] as const;

function user(identity: readonly PolicyDocument[], mfa: Record<string, string>): Caller {
  const arn = `arn:aws:iam::${ACCOUNT}:user/ada`;
  const context = { 'aws:username': 'ada', 'aws:userid': 'AIDAEXAMPLEEXAMPLE123', ...mfa };
  return { arn, identityArn: arn, identity, context };
}

/** A session carries no word of MFA, whatever it was opened with. */
function session(role: AccessRole, { roles }: Deployed = deployed): Caller {
  const { arn: identityArn, permissions, boundary } = roles[role];
  const arn = `${identityArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/ada`;
  return { arn, identityArn, identity: [permissions], boundary, context: { 'aws:userid': USER_ID } };
}

async function may(caller: Caller, { requests }: Deed): Promise<boolean> {
  const answers = await Promise.all(requests.map((request) => bothJudges(caller, request)));
  return answers.every(Boolean);
}

const mayAssume = (role: AccessRole, mfa: Record<string, string>, name?: string) =>
  bothJudges(user([deployed.membersOf[role]], mfa), assume(deployed, role, name));

/** Callers that get into a role: with a fresh code, with one that is too old, with none, and by another's name. */
async function doors(role: AccessRole) {
  const none = await Promise.all(WITHOUT.map((mfa) => mayAssume(role, mfa)));
  return {
    fresh: await mayAssume(role, withMfa(0)),
    old: await mayAssume(role, withMfa(MAX_AGE_SECONDS[role])),
    none: none.some(Boolean),
    other: await mayAssume(role, withMfa(0), 'grace'),
  };
}

/** Rights of a caller with a fresh code; there must be none with one that is too old, or none. */
async function byMfa(role: AccessRole, deed: Deed, { fresh, old, none }: Awaited<ReturnType<typeof doors>>) {
  const allowed = await may(session(role), deed);
  return allowed && (old || none) ? 'WITHOUT MFA' : yes(allowed && fresh);
}

const yes = (allowed: boolean): string => (allowed ? 'yes' : '–');

async function deedRows(deeds: readonly Deed[]): Promise<string[][]> {
  const administrator = user([ADMINISTRATOR], withMfa(0));
  const open = await Promise.all(ACCESS_ROLES.map(async (role) => [role, await doors(role)] as const));
  const rows = deeds.map(async (deed) => [
    deed.what,
    ...(await Promise.all(open.map(([role, by]) => byMfa(role, deed, by)))),
    yes(await may(administrator, deed)),
  ]);
  return Promise.all(rows);
}

describe('assuming a role', () => {
  it.each(ACCESS_ROLES)('takes a code that is fresh enough: %s', async (role) => {
    const age = MAX_AGE_SECONDS[role];
    expect(await mayAssume(role, withMfa(0))).toBe(true);
    expect(await mayAssume(role, withMfa(age - 1))).toBe(true);
    expect(await mayAssume(role, withMfa(age))).toBe(false);
    for (const mfa of WITHOUT) expect(await mayAssume(role, mfa)).toBe(false);
  });

  it.each(ACCESS_ROLES)('takes the own name: %s', async (role) => {
    expect(await mayAssume(role, withMfa(0), 'grace')).toBe(false);
  });

  it('takes the policy for that role', async () => {
    const operator = user([deployed.members, deployed.membersOf.operator], withMfa(0));
    expect(await bothJudges(operator, assume(deployed, 'operator'))).toBe(true);
    expect(await bothJudges(operator, assume(deployed, 'custodian'))).toBe(false);
  });
});

describe('a condition on keys without MFA', () => {
  const PRESENT = 'aws:MultiFactorAuthPresent';
  const AGE = 'aws:MultiFactorAuthAge';
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const judged = (mfa: Record<string, string>, ...Statement: object[]) =>
    bothJudges(user([{ Version: '2012-10-17', Statement } as unknown as PolicyDocument], mfa), {
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::bucket/object',
    });

  it.each([
    ['Allow + Bool true', [{ ...everything, Condition: { Bool: { [PRESENT]: 'true' } } }], false],
    [
      'Deny + BoolIfExists false',
      [everything, { ...everything, Effect: 'Deny', Condition: { BoolIfExists: { [PRESENT]: 'false' } } }],
      false,
    ],
    [
      'Allow + BoolIfExists true',
      [{ ...everything, Condition: { BoolIfExists: { [PRESENT]: 'true' } } }],
      true,
    ],
    [
      'Deny + Bool false',
      [everything, { ...everything, Effect: 'Deny', Condition: { Bool: { [PRESENT]: 'false' } } }],
      true,
    ],
    [
      'Allow + an age IfExists',
      [{ ...everything, Condition: { NumericLessThanIfExists: { [AGE]: '300' } } }],
      true,
    ],
    [
      'Allow + ForAllValues',
      [{ ...everything, Condition: { 'ForAllValues:Bool': { [PRESENT]: 'true' } } }],
      true,
    ],
  ])(
    'lets nothing through when it is right, and everything when it is one of the wrong: %s',
    async (_, statements, through) => {
      expect(await judged({}, ...statements)).toBe(through);
      expect(await judged(withMfa(0), ...statements)).toBe(true);
    },
  );
});

describe('the operator API', () => {
  const deeds = apiDeeds(deployed);

  it.each(Object.entries<Operation>(OPERATOR_API))(
    'lets %s be called by whom the protocol names',
    async (name, { callers }) => {
      const deed = deeds.find(({ what }) => what.endsWith(`(${name})`))!;
      const allowed = await Promise.all(ACCESS_ROLES.map((role) => may(session(role), deed)));
      expect(ACCESS_ROLES.filter((_, index) => allowed[index])).toEqual(
        ACCESS_ROLES.filter((role) => callers.includes(role)),
      );
    },
  );

  it('answers no administrator, with MFA or without', async () => {
    for (const mfa of [withMfa(0), ...WITHOUT])
      for (const deed of deeds) expect(await may(user([ADMINISTRATOR], mfa), deed)).toBe(false);
  });

  it('is closed to a session of a role that is merely called like ours', async () => {
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/access-custodian/ada`;
    const identityArn = `arn:aws:iam::${ACCOUNT}:role/access-custodian`;
    const stranger = { ...session('custodian'), arn, identityArn, identity: [ADMINISTRATOR] };
    for (const deed of deeds) expect(await may(stranger, deed)).toBe(false);
  });
});

describe('launching and starting with encrypted volumes', () => {
  const configured = deploy(
    synthesizeOne({ fleet: { kmsKeyArn: OWN_KEY.arn }, image: { kmsKeyArn: SNAPSHOT_KEY.arn } }),
  );
  const deeds = (key: Key, snapshotKey = key) => diskKeyDeeds(deployed, key, snapshotKey);
  const mayAll = async (caller: Caller, all: readonly Deed[]) =>
    Promise.all(all.map(async (deed) => [deed.what, await may(caller, deed)]));

  it('takes no key of one’s own: EC2’s is open to everybody who may use EC2', async () => {
    expect(await mayAll(session('operator'), deeds(deployed.ebsKey))).toEqual([
      ['launch', true],
      ['start', true],
    ]);
  });

  it('takes the keys of the configuration, and no others', async () => {
    const operator = session('operator', configured);
    for (const [key, snapshotKey] of [
      [OWN_KEY, SNAPSHOT_KEY],
      [SNAPSHOT_KEY, SNAPSHOT_KEY],
    ] as const) {
      expect(await mayAll(operator, deeds(key, snapshotKey))).toEqual([
        ['launch', true],
        ['start', true],
      ]);
    }
    expect(await mayAll(session('operator'), deeds(OWN_KEY))).toEqual([
      ['launch', false],
      ['start', false],
    ]);
  });

  it('is for operators', async () => {
    for (const role of ACCESS_ROLES.filter((other) => other !== 'operator')) {
      for (const [, allowed] of await mayAll(session(role, configured), deeds(OWN_KEY))) {
        expect(allowed).toBe(false);
      }
    }
  });

  it('is denied to everybody by a boundary that lets nobody make grants', async () => {
    const Statement = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'kms:CreateGrant', Resource: '*' },
    ];
    const boundary = { Version: '2012-10-17', Statement } as unknown as PolicyDocument;
    const operator = { ...session('operator'), boundary };
    expect(await mayAll(operator, deeds(deployed.ebsKey))).toEqual([
      ['launch', false],
      ['start', false],
    ]);
  });
});

describe('the boundary', () => {
  const escalations = otherDeeds(deployed).filter(({ escalates }) => escalates);

  it.each(escalations.map((deed) => [deed.what, deed] as const))(
    'keeps every role from it, whatever else is attached: %s',
    async (_, deed) => {
      for (const role of ACCESS_ROLES) {
        const generous = [deployed.roles[role].permissions, ADMINISTRATOR];
        expect([role, await may({ ...session(role), identity: generous }, deed)]).toEqual([role, false]);
      }
    },
  );

  it('holds nothing back that a role is given', async () => {
    for (const role of ACCESS_ROLES) {
      const { boundary, ...unbounded } = session(role);
      expect(boundary).toBeDefined();
      for (const deed of [...apiDeeds(deployed), ...otherDeeds(deployed)])
        expect([role, deed.what, await may(session(role), deed)]).toEqual([
          role,
          deed.what,
          await may(unbounded, deed),
        ]);
    }
  });
});

describe(PAGE, () => {
  it('shows who may what as it is computed (-u writes it)', async () => {
    const roles = await Promise.all(
      ACCESS_ROLES.map(async (role) => [
        role,
        ...Object.values(await doors(role)).map(yes),
        `${MAX_AGE_SECONDS[role]} s`,
        `${deployed.roles[role].maxSessionSeconds / 3600} h`,
      ]),
    );
    const { members, membersOf, guard } = deployed;
    const member = [members, membersOf.operator];
    const callers = [
      user(member, {}),
      user(member, withMfa(0)),
      user([ADMINISTRATOR, guard], {}),
      user([ADMINISTRATOR, guard], { 'aws:MultiFactorAuthPresent': 'false' }),
      user([ADMINISTRATOR, guard], withMfa(0)),
    ];
    const users = userDeeds(deployed).map(async (deed) => [
      deed.what,
      ...(await Promise.all(callers.map(async (caller) => yes(await may(caller, deed))))),
    ]);
    const computed = {
      roles: table(
        ['role', 'fresh code', 'too old', 'no MFA', 'under another name', 'maximum age', 'longest session'],
        roles,
      ),
      api: table(['route', ...ACCESS_ROLES, 'administrator'], await deedRows(apiDeeds(deployed))),
      deeds: table(['deed', ...ACCESS_ROLES, 'administrator'], await deedRows(otherDeeds(deployed))),
      users: table(
        [
          'deed',
          'member, keys only',
          'member, MFA',
          'guarded, keys only',
          'guarded, console without MFA',
          'guarded, MFA',
        ],
        await Promise.all(users),
      ),
    };
    const page = readFileSync(PAGE, 'utf8');
    const fresh = Object.entries(computed).reduce(
      (text, [name, rows]) =>
        text.replace(
          new RegExp(`(<!-- computed: ${name} -->\n\n).*?(\n\n<!-- end -->)`, 's'),
          (_, before, after) => `${before}${rows}${after}`,
        ),
      page,
    );
    for (const rows of Object.values(computed)) {
      expect(fresh).toContain(rows);
      expect(rows).not.toContain('WITHOUT MFA');
    }
    if (isUpdating()) writeFileSync(PAGE, fresh);
    else expect(page).toBe(fresh);
  });
});
