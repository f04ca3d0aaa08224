import {
  parseAckRequest,
  parseReceiveRequest,
  parseRegisterRequest,
  parseReportRequest,
} from '../../protocol/preseed.ts';
import { PRESEED_ROUTES } from '../../protocol/routes.ts';
import { callOf } from '../domain/instances/call.ts';
import { api, type ApiHandler } from '../platform/api-gateway.ts';
import { answerAck, answerReceive, answerRegister, answerReport } from './core/answers.ts';
import type { Deps } from './core/deps.ts';

/** A report is the largest: 64 KiB, and what is around it. */
const MAX_BODY_BYTES = 70_000;

/** The private API's other half: parses, hands over to the core, and turns its answers into HTTP. */
export const preseedApi = (deps: Deps): ApiHandler =>
  api(
    PRESEED_ROUTES,
    {
      register: (event) => answerRegister(deps, callOf(event), parseRegisterRequest(event.body)),
      receive: (event) => answerReceive(deps, callOf(event), parseReceiveRequest(event.body)),
      ack: (event) => answerAck(deps, callOf(event), parseAckRequest(event.body)),
      report: (event) => answerReport(deps, callOf(event), parseReportRequest(event.body)),
    },
    { maxBodyBytes: MAX_BODY_BYTES, audit: deps.audit },
  );
