import type { InstanceRole } from '../access.ts';
import { object, oneOf, text } from '../schema.ts';
import { ReadyRequest, ReadyResponse, ReleaseRequest, ReleaseResponse } from '../release.ts';
import type { Operations } from './operation.ts';

/** An attestation document is the largest member, 16 KiB before base64url. */
const MAX_BODY_BYTES = 32_768;

/** An image under test boots with an encrypted root too. */
const CALLERS = ['instance', 'builder'] as const;

/** The private API: what the keyserver answers. */
export const KEYSERVER_OPERATIONS = {
  release: {
    method: 'POST',
    path: '/v1/release',
    summary: 'Ask for the disk key of a volume',
    callers: CALLERS,
    audit: 'release',
    request: ReleaseRequest,
    answer: ReleaseResponse,
    failures: ['pending'],
    maxBodyBytes: MAX_BODY_BYTES,
  },
  ready: {
    method: 'POST',
    path: '/v1/ready',
    summary: 'Acknowledge that the copy is complete',
    callers: CALLERS,
    audit: 'ready',
    request: ReadyRequest,
    answer: ReadyResponse,
    failures: [],
    maxBodyBytes: MAX_BODY_BYTES,
  },
  health: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the keyserver runs; touches no key and no table',
    callers: CALLERS,
    audit: 'health',
    answer: object({ status: oneOf('ok'), stage: text() }),
    failures: [],
  },
} as const satisfies Operations<InstanceRole>;
