import { describe, expect, it } from '@jest/globals';
import {
  formatDocument,
  LocalStateError,
  parseDaemon,
  parseEnvironment,
  parseMfa,
} from '../../../protocol/local-state.ts';
import { localStateSchema } from '../../support/local-state-schema.ts';

const PARSERS = { daemon: parseDaemon, environment: parseEnvironment, mfa: parseMfa };
type Name = keyof typeof PARSERS;

const SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VARIABLES = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4599',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const GOOD = {
  daemon: { version: 1, pid: 4711, began: '12345', endpoint: 'http://127.0.0.1:4599' },
  environment: { version: 1, variables: VARIABLES },
  mfa: {
    version: 1,
    devices: { a: { name: 'a', seed: SEED, user: 'a', enabled: '2026-11-01T00:00:00.000Z', used: 58796640 } },
  },
};
const daemon = (change: object): [Name, unknown] => ['daemon', { ...GOOD.daemon, ...change }];
const variables = (change: object): [Name, unknown] => [
  'environment',
  { version: 1, variables: { ...VARIABLES, ...change } },
];
const device = (change: object): [Name, unknown] => [
  'mfa',
  { version: 1, devices: { a: { ...GOOD.mfa.devices.a, ...change } } },
];

function refusal(name: Name, document: unknown): LocalStateError | undefined {
  try {
    PARSERS[name](JSON.stringify(document));
    return undefined;
  } catch (error) {
    if (error instanceof LocalStateError) return error;
    throw error;
  }
}

describe('a document that the local cloud writes', () => {
  const cases: [string, Name, unknown][] = [
    ['the process', 'daemon', GOOD.daemon],
    ['a process that starts', ...daemon({ endpoint: '' })],
    ['the environment', 'environment', GOOD.environment],
    ['MFA devices', 'mfa', GOOD.mfa],
    ['a device that is nobody’s', 'mfa', { version: 1, devices: { b: { name: 'b', seed: SEED } } }],
    ['no devices', 'mfa', { version: 1, devices: {} }],
  ];
  it.each(cases)('is read: %s', (_what, name, document) => {
    expect(localStateSchema(name)(document)).toEqual([]);
    expect(PARSERS[name](JSON.stringify(document))).toEqual(document);
  });

  it('may have members that this version does not know', () => {
    const later = { ...GOOD.daemon, more: true };
    expect(localStateSchema('daemon')(later)).toEqual([]);
    expect(parseDaemon(JSON.stringify(later))).toEqual(GOOD.daemon);
  });

  it('is of the version that is written', () => {
    const { version: _version, ...members } = GOOD.daemon;
    expect(parseDaemon(formatDocument(members))).toEqual(GOOD.daemon);
  });
});

describe('a document that no local cloud writes', () => {
  const cases: [string, string, Name, unknown][] = [
    ['a process id of zero', 'pid', ...daemon({ pid: 0 })],
    ['a process id that is no number', 'pid', ...daemon({ pid: '1' })],
    ['no time', 'began', ...daemon({ began: undefined })],
    ['a time that is none', 'began', ...daemon({ began: 'now' })],
    ['another machine', 'endpoint', ...daemon({ endpoint: 'http://198.51.100.1:80' })],
    ['a name that begins like ours', 'endpoint', ...daemon({ endpoint: 'http://127.0.0.1:1@evil.example' })],
    ['a port of zero', 'endpoint', ...daemon({ endpoint: 'http://127.0.0.1:0' })],
    ['no variables', 'variables', 'environment', { version: 1 }],
    ['a list of variables', 'variables', 'environment', { version: 1, variables: [] }],
    [
      'another program’s variable',
      'variables.NODE_OPTIONS',
      ...variables({ NODE_OPTIONS: '--require=/tmp/x' }),
    ],
    ['a variable that is no text', 'variables.AWS_REGION', ...variables({ AWS_REGION: 1 })],
    ['no keys', 'variables.AWS_ACCESS_KEY_ID', ...variables({ AWS_ACCESS_KEY_ID: undefined })],
    [
      'an endpoint elsewhere',
      'variables.AWS_ENDPOINT_URL_KMS',
      ...variables({ AWS_ENDPOINT_URL_KMS: 'https://x' }),
    ],
    ['no devices', 'devices', 'mfa', { version: 1 }],
    ['a device that is none', 'devices.a', 'mfa', { version: 1, devices: { a: null } }],
    ['a seed that is not base 32', 'devices.a.seed', ...device({ seed: '0'.repeat(16) })],
    ['a seed that is too short', 'devices.a.seed', ...device({ seed: 'MZXW6YTB' })],
    ['a user that is no text', 'devices.a.user', ...device({ user: 1 })],
    ['a step before time began', 'devices.a.used', ...device({ used: -1 })],
    ['half a step', 'devices.a.used', ...device({ used: 1.5 })],
    ['a version that is no number', 'version', 'daemon', { ...GOOD.daemon, version: '1' }],
  ];
  it.each(cases)('is not read: %s', (_what, member, name, document) => {
    expect(localStateSchema(name)(JSON.parse(JSON.stringify(document)))).not.toEqual([]);
    expect(refusal(name, document)).toMatchObject({
      code: 'malformed',
      message: `it is not what a local cloud writes: ${member}`,
    });
  });

  it.each(['', 'null', '[]', '{"version":1'])('is not read: %j', (text) => {
    expect(() => parseDaemon(text)).toThrow(LocalStateError);
  });

  it('is not read when a device goes by another name than its own', () => {
    expect(refusal(...device({ name: 'b' }))?.message).toContain('devices.a.name');
  });
});

describe('a document of another version', () => {
  it.each(['daemon', 'environment', 'mfa'] as const)('is told from a malformed one: %s', (name) => {
    expect(refusal(name, { version: 2, other: 'members' })).toMatchObject({
      code: 'version',
      message: 'it is of version 2, and this program reads version 1',
    });
    expect(refusal(name, {})?.code).toBe('version');
    expect(localStateSchema(name)({ ...GOOD[name], version: 2 })).not.toEqual([]);
  });
});
