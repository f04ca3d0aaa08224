import { parseReadyRequest, parseReleaseRequest } from '../../protocol/release.ts';
import { INSTANCE_ROUTES } from '../../protocol/routes.ts';
import { callOf } from '../domain/instances/call.ts';
import { api, type ApiHandler } from '../platform/api-gateway.ts';
import { answerReady, answerRelease } from './core/answers.ts';
import type { Deps } from './core/deps.ts';

/** An attestation document is the largest member, 16 KiB before base64url. */
const MAX_BODY_BYTES = 32_768;

/** The private API: parses, hands over to the core, and turns its answers into HTTP. */
export const keyserverApi = (deps: Deps): ApiHandler =>
  api(
    INSTANCE_ROUTES,
    {
      release: (event) => answerRelease(deps, callOf(event), parseReleaseRequest(event.body)),
      ready: (event) => answerReady(deps, callOf(event), parseReadyRequest(event.body)),
      health: () => Promise.resolve({ ok: { status: 'ok', stage: deps.settings.stage } }),
    },
    { maxBodyBytes: MAX_BODY_BYTES, audit: deps.audit },
  );
