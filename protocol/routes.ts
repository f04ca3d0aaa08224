/** Paths of both REST APIs, relative to the API's stage. POST with a fixed path wherever curl has to sign (FACTS: curl mis-signs queries and colons). */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** The private API, for instances. */
export const INSTANCE_ROUTES = {
  release: { method: 'POST', path: '/v1/release' },
  ready: { method: 'POST', path: '/v1/ready' },
  health: { method: 'GET', path: '/v1/health' },
} as const satisfies Record<string, Route>;

/** The regional API, for people and scripts. */
export const OPERATOR_ROUTES = {
  listVolumes: { method: 'GET', path: '/v1/volumes' },
  showVolume: { method: 'GET', path: '/v1/volumes/{luks}' },
  revokeVolume: { method: 'POST', path: '/v1/volumes/{luks}/revoke' },
  restoreVolume: { method: 'POST', path: '/v1/volumes/{luks}/restore' },
  listRequests: { method: 'GET', path: '/v1/requests' },
  showRequest: { method: 'GET', path: '/v1/requests/{id}' },
  approveRequest: { method: 'POST', path: '/v1/requests/{id}/approve' },
  denyRequest: { method: 'POST', path: '/v1/requests/{id}/deny' },
} as const satisfies Record<string, Route>;

/** Seconds. Also the `Retry-After` of a 202. */
export const PENDING_RETRY_AFTER_SECONDS = 15;
