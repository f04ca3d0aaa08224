import type { InstanceRole } from '../access.ts';
import {
  AckRequest,
  AckResponse,
  ReceiveRequest,
  ReceiveResponse,
  RegisterRequest,
  RegisterResponse,
  ReportRequest,
  ReportResponse,
} from '../preseed.ts';
import type { Operations } from './operation.ts';

/** A report is the largest: 64 KiB, and what is around it. */
const MAX_BODY_BYTES = 70_000;
/** The builder's role is not among them: an image under test has nothing to be told. */
const CALLERS = ['instance'] as const;

/** The private API: what the preseed service answers. */
export const PRESEED_OPERATIONS = {
  register: {
    method: 'POST',
    path: '/v1/preseed/register',
    summary: 'Bind a server to the instance that asks; once',
    callers: CALLERS,
    audit: 'register',
    request: RegisterRequest,
    answer: RegisterResponse,
    failures: [],
    maxBodyBytes: MAX_BODY_BYTES,
  },
  receive: {
    method: 'POST',
    path: '/v1/preseed/receive',
    summary: 'Lease the next messages, in order',
    callers: CALLERS,
    audit: 'receive',
    request: ReceiveRequest,
    answer: ReceiveResponse,
    failures: [],
    maxBodyBytes: MAX_BODY_BYTES,
  },
  ack: {
    method: 'POST',
    path: '/v1/preseed/ack',
    summary: 'Say what became of messages',
    callers: CALLERS,
    audit: 'ack',
    request: AckRequest,
    answer: AckResponse,
    failures: [],
    maxBodyBytes: MAX_BODY_BYTES,
  },
  report: {
    method: 'POST',
    path: '/v1/preseed/report',
    summary: 'Say how configuring goes; 409 while messages are unreceived, or unsettled',
    callers: CALLERS,
    audit: 'report',
    request: ReportRequest,
    answer: ReportResponse,
    failures: ['conflict'],
    maxBodyBytes: MAX_BODY_BYTES,
  },
} as const satisfies Operations<InstanceRole>;
