import { READERS, type AccessRole } from '../access.ts';
import { Decision, NextPage, PendingRequest, RequestId, RequestList } from '../operator.ts';
import { optional, withDefault } from '../schema.ts';
import type { Operations } from './operation.ts';

const ID = { id: RequestId };
/** No body at all is the same as `{}`. */
const DECISION = withDefault(Decision, {});

/** The operator API: releases that wait for a person. */
export const REQUEST_OPERATIONS = {
  listRequests: {
    method: 'GET',
    path: '/v1/requests',
    summary: 'List the requests that wait or were decided lately, in pages',
    callers: READERS,
    audit: 'list-requests',
    query: { next: optional(NextPage) },
    answer: RequestList,
    items: 'requests',
    failures: [],
  },
  showRequest: {
    method: 'GET',
    path: '/v1/requests/{id}',
    summary: 'Show a request',
    callers: READERS,
    audit: 'show-request',
    parameters: ID,
    answer: PendingRequest,
    failures: ['not-found'],
  },
  approveRequest: {
    method: 'POST',
    path: '/v1/requests/{id}/approve',
    summary: 'Let the boot that waits have its key; good for one hour and for that boot only',
    callers: ['custodian'],
    audit: 'approve',
    parameters: ID,
    request: DECISION,
    answer: PendingRequest,
    failures: ['not-found', 'conflict'],
  },
  denyRequest: {
    method: 'POST',
    path: '/v1/requests/{id}/deny',
    summary: 'Refuse the boot that waits',
    callers: ['custodian'],
    audit: 'deny',
    parameters: ID,
    request: DECISION,
    answer: PendingRequest,
    failures: ['not-found', 'conflict'],
  },
} as const satisfies Operations<AccessRole>;
