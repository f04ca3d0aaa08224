import { READERS, type AccessRole } from '../access.ts';
import { Uuid } from '../fields.ts';
import { Decision, Destruction, NextPage, Recovery, Volume, VolumeList } from '../operator.ts';
import { optional, withDefault } from '../schema.ts';
import type { Operations } from './operation.ts';

const LUKS = { luks: Uuid };
const CUSTODIAN = ['custodian'] as const;
/** No body at all is the same as `{}`. */
const DECISION = withDefault(Decision, {});

/** The operator API: volumes. */
export const VOLUME_OPERATIONS = {
  listVolumes: {
    method: 'GET',
    path: '/v1/volumes',
    summary: 'List volumes, in pages',
    callers: READERS,
    audit: 'list-volumes',
    query: { next: optional(NextPage) },
    answer: VolumeList,
    items: 'volumes',
    failures: [],
  },
  showVolume: {
    method: 'GET',
    path: '/v1/volumes/{luks}',
    summary: 'Show a volume',
    callers: READERS,
    audit: 'show-volume',
    parameters: LUKS,
    answer: Volume,
    failures: ['not-found'],
  },
  revokeVolume: {
    method: 'POST',
    path: '/v1/volumes/{luks}/revoke',
    summary: 'Refuse the key of a volume from now on; repeating it changes nothing',
    callers: CUSTODIAN,
    audit: 'revoke',
    parameters: LUKS,
    request: DECISION,
    answer: Volume,
    failures: ['not-found', 'conflict'],
  },
  restoreVolume: {
    method: 'POST',
    path: '/v1/volumes/{luks}/restore',
    summary: 'Release the key of a revoked volume again',
    callers: CUSTODIAN,
    audit: 'restore',
    parameters: LUKS,
    request: DECISION,
    answer: Volume,
    failures: ['not-found', 'conflict'],
  },
  recoverVolume: {
    method: 'POST',
    path: '/v1/volumes/{luks}/recover',
    summary: 'Hand out the recovery passphrase as it is encrypted to the recovery key',
    callers: CUSTODIAN,
    audit: 'recover',
    parameters: LUKS,
    request: DECISION,
    answer: Recovery,
    failures: ['not-found', 'conflict'],
  },
  destroyVolume: {
    method: 'POST',
    path: '/v1/volumes/{luks}/destroy',
    summary: 'Ask for the destruction of a revoked volume, or carry it out when its days are over',
    callers: CUSTODIAN,
    audit: 'destroy',
    parameters: LUKS,
    request: withDefault(Destruction, {}),
    answer: Volume,
    failures: ['not-found', 'conflict'],
  },
  keepVolume: {
    method: 'POST',
    path: '/v1/volumes/{luks}/keep',
    summary: 'Call a destruction off',
    callers: CUSTODIAN,
    audit: 'keep',
    parameters: LUKS,
    request: DECISION,
    answer: Volume,
    failures: ['not-found', 'conflict'],
  },
} as const satisfies Operations<AccessRole>;
