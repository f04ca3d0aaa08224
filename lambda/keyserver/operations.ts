import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { ReadyRequest, ReleaseRequest } from '../../protocol/release.ts';
import { instanceOperation } from '../domain/instances/operation.ts';
import { api, type ApiHandler } from '../platform/api.ts';
import type { Deps } from './core/deps.ts';
import { ready } from './core/ready.ts';
import { release } from './core/release.ts';

const subjectOf = ({ volume, luks, boot }: ReleaseRequest | ReadyRequest) => ({ volume, luks, boot });

/** The private API's operations on disk keys. */
export const keyserverApi = (deps: Deps): ApiHandler =>
  api(
    KEYSERVER_OPERATIONS,
    {
      release: instanceOperation(deps, KEYSERVER_OPERATIONS.release, subjectOf, (caller, request) =>
        release(deps, caller, request),
      ),
      ready: instanceOperation(deps, KEYSERVER_OPERATIONS.ready, subjectOf, (caller, request) =>
        ready(deps, caller, request),
      ),
      health: () => Promise.resolve({ ok: { status: 'ok', stage: deps.settings.stage } }),
    },
    { audit: deps.audit },
  );
