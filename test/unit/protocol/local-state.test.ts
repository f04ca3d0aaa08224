import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  DaemonDocument,
  EnvironmentDocument,
  formatDocument,
  LocalStateError,
  MfaDocument,
  parseDocument,
} from '../../../protocol/local-state.ts';
import { generatedSchema, localStateSchema, SCHEMA_FILE } from '../../support/local-state-schema.ts';
import { isUpdating } from '../../support/updating.ts';

const parsers = {
  daemon: (content: string) => parseDocument(DaemonDocument, content),
  environment: (content: string) => parseDocument(EnvironmentDocument, content),
  mfa: (content: string) => parseDocument(MfaDocument, content),
};
type Name = keyof typeof parsers;

const SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const VARIABLES = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4599',
  AWS_ENDPOINT_URL_EXECUTE_API: 'http://127.0.0.1:4599',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const GOOD = {
  daemon: { version: 1, pid: 4711, began: '12345', endpoint: 'http://127.0.0.1:4599' },
  environment: { version: 1, variables: VARIABLES },
  mfa: {
    version: 1,
    devices: [{ name: 'a', seed: SEED, user: 'a', enabled: '2026-11-01T00:00:00.000Z', used: 58796640 }],
  },
};
const daemon = (change: object): [Name, unknown] => ['daemon', { ...GOOD.daemon, ...change }];
const variables = (change: object): [Name, unknown] => [
  'environment',
  { version: 1, variables: { ...VARIABLES, ...change } },
];
const device = (change: object): [Name, unknown] => [
  'mfa',
  { version: 1, devices: [{ ...GOOD.mfa.devices[0], ...change }] },
];

function refusal(name: Name, document: unknown): LocalStateError | undefined {
  try {
    parsers[name](JSON.stringify(document));
    return undefined;
  } catch (error) {
    if (error instanceof LocalStateError) return error;
    throw error;
  }
}

describe('the JSON Schema', () => {
  it('is the one that follows from the code; jest -u writes it anew', () => {
    if (isUpdating()) writeFileSync(SCHEMA_FILE, generatedSchema());
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(generatedSchema());
  });
});

describe('a document that the local cloud writes', () => {
  const cases: [string, Name, unknown][] = [
    ['the process', 'daemon', GOOD.daemon],
    ['a process that starts', ...daemon({ endpoint: undefined })],
    ['the environment', 'environment', GOOD.environment],
    ['MFA devices', 'mfa', GOOD.mfa],
    ['a device that is nobody’s', 'mfa', { version: 1, devices: [{ name: 'b', seed: SEED }] }],
    ['no devices', 'mfa', { version: 1, devices: [] }],
  ];
  it.each(cases)('is read: %s', (_what, name, document) => {
    const text = JSON.stringify(document);
    expect(localStateSchema(name)(JSON.parse(text))).toEqual([]);
    expect(parsers[name](text)).toEqual(JSON.parse(text));
  });

  it('may have members that this version does not know', () => {
    const later = { ...GOOD.daemon, more: true };
    expect(localStateSchema('daemon')(later)).toEqual([]);
    expect(parsers.daemon(JSON.stringify(later))).toEqual(GOOD.daemon);
  });

  it('leads to no other variables than those that are known', () => {
    const variables = {
      ...VARIABLES,
      NODE_OPTIONS: '--require=/tmp/x',
      AWS_ENDPOINT_URL_KMS: 'https://evil.example',
    };
    expect(parsers.environment(formatDocument({ variables }))).toEqual(GOOD.environment);
  });

  it('is of the version that is written', () => {
    const { version: _version, ...members } = GOOD.daemon;
    expect(parsers.daemon(formatDocument(members))).toEqual(GOOD.daemon);
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
    ['a variable that is no text', 'variables.AWS_REGION', ...variables({ AWS_REGION: 1 })],
    ['no keys', 'variables.AWS_ACCESS_KEY_ID', ...variables({ AWS_ACCESS_KEY_ID: undefined })],
    [
      'an endpoint elsewhere',
      'variables.AWS_ENDPOINT_URL_EXECUTE_API',
      ...variables({ AWS_ENDPOINT_URL_EXECUTE_API: 'https://x' }),
    ],
    ['no devices', 'devices', 'mfa', { version: 1 }],
    ['a device that is none', 'devices.0', 'mfa', { version: 1, devices: [null] }],
    ['a seed that is not base 32', 'devices.0.seed', ...device({ seed: '0'.repeat(16) })],
    ['a seed that is too short', 'devices.0.seed', ...device({ seed: 'MZXW6YTB' })],
    ['a user that is no text', 'devices.0.user', ...device({ user: 1 })],
    ['a step before time began', 'devices.0.used', ...device({ used: -1 })],
    ['half a step', 'devices.0.used', ...device({ used: 1.5 })],
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
    expect(() => parsers.daemon(text)).toThrow(LocalStateError);
  });
});

describe('a document of another version', () => {
  it.each(['daemon', 'environment', 'mfa'] as const)('is told from a malformed one: %s', (name) => {
    expect(refusal(name, { version: 2, other: 'members' })).toMatchObject({
      code: 'version',
      message: 'it is of version 2, and this program reads version 1',
    });
    expect(refusal(name, {})?.code).toBe('version');
    expect(refusal(name, {})?.message).toContain('version 0');
    expect(localStateSchema(name)({ ...GOOD[name], version: 2 })).not.toEqual([]);
  });
});
