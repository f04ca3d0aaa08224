import type { Decision } from '../../protocol/operator.ts';
import { REQUEST_OPERATIONS } from '../../protocol/operations/requests.ts';
import { VOLUME_OPERATIONS } from '../../protocol/operations/volumes.ts';
import type { Handlers } from '../platform/ports/api.ts';
import type { Deps } from './core/deps.ts';
import { destroyVolume, keepVolume, recoverVolume } from './core/destruction.ts';
import { operatorOperation } from './core/operation.ts';
import { decide, listRequests, showRequest } from './core/requests.ts';
import { changeState, listVolumes, showVolume } from './core/volumes.ts';

const nothing = () => ({});

interface OnVolume {
  readonly parameters: { readonly luks: string };
  readonly body?: Decision | undefined;
}
const volume = ({ parameters: { luks }, body }: OnVolume) => ({ luks, reason: body?.reason });

interface OnRequest {
  readonly parameters: { readonly id: string };
  readonly body?: Decision | undefined;
}
const request = ({ parameters: { id }, body }: OnRequest) => ({ pending: id, reason: body?.reason });

/** Handlers of the operations on volumes. */
export function volumeHandlers(deps: Deps): Handlers<typeof VOLUME_OPERATIONS> {
  const {
    listVolumes: list,
    showVolume: show,
    revokeVolume: revoke,
    restoreVolume: restore,
    recoverVolume: recover,
    destroyVolume: destroy,
    keepVolume: keep,
  } = VOLUME_OPERATIONS;
  return {
    listVolumes: operatorOperation(deps, list, nothing, ({ query }) => listVolumes(deps, query.next)),
    showVolume: operatorOperation(deps, show, volume, ({ parameters }) => showVolume(deps, parameters.luks)),
    revokeVolume: operatorOperation(deps, revoke, volume, ({ parameters, body }, by) =>
      changeState(deps, parameters.luks, 'revoke', by, body),
    ),
    restoreVolume: operatorOperation(deps, restore, volume, ({ parameters, body }, by) =>
      changeState(deps, parameters.luks, 'restore', by, body),
    ),
    recoverVolume: operatorOperation(deps, recover, volume, ({ parameters }) =>
      recoverVolume(deps, parameters.luks),
    ),
    destroyVolume: operatorOperation(deps, destroy, volume, ({ parameters, body }, by) =>
      destroyVolume(deps, parameters.luks, by, body),
    ),
    keepVolume: operatorOperation(deps, keep, volume, ({ parameters, body }, by) =>
      keepVolume(deps, parameters.luks, by, body),
    ),
  };
}

/** Handlers of the operations on releases that wait. */
export function requestHandlers(deps: Deps): Handlers<typeof REQUEST_OPERATIONS> {
  const {
    listRequests: list,
    showRequest: show,
    approveRequest: approve,
    denyRequest: deny,
  } = REQUEST_OPERATIONS;
  return {
    listRequests: operatorOperation(deps, list, nothing, ({ query }) => listRequests(deps, query.next)),
    showRequest: operatorOperation(deps, show, request, ({ parameters }) => showRequest(deps, parameters.id)),
    approveRequest: operatorOperation(deps, approve, request, ({ parameters, body }, by) =>
      decide(deps, parameters.id, 'approved', by, body),
    ),
    denyRequest: operatorOperation(deps, deny, request, ({ parameters, body }, by) =>
      decide(deps, parameters.id, 'denied', by, body),
    ),
  };
}
