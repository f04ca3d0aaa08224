import { PRESEED_OPERATIONS } from '../../protocol/operations/preseed.ts';
import { instanceOperation } from '../domain/instances/operation.ts';
import { api, type ApiHandler } from '../platform/api.ts';
import { ack } from './core/ack.ts';
import type { Deps } from './core/deps.ts';
import { receive } from './core/receive.ts';
import { register } from './core/register.ts';
import { report } from './core/report.ts';

const subjectOf = ({ server }: { server: string }) => ({ server });

/** The private API's operations on servers and their messages. */
export const preseedApi = (deps: Deps): ApiHandler =>
  api(
    PRESEED_OPERATIONS,
    {
      register: instanceOperation(
        deps,
        PRESEED_OPERATIONS.register,
        ({ server, boot }) => ({ server, boot }),
        (caller, request) => register(deps, caller, request),
      ),
      receive: instanceOperation(deps, PRESEED_OPERATIONS.receive, subjectOf, (caller, request) =>
        receive(deps, caller, request),
      ),
      ack: instanceOperation(deps, PRESEED_OPERATIONS.ack, subjectOf, (caller, request) =>
        ack(deps, caller, request),
      ),
      report: instanceOperation(deps, PRESEED_OPERATIONS.report, subjectOf, (caller, request) =>
        report(deps, caller, request),
      ),
    },
    { audit: deps.audit },
  );
