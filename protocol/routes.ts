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

/** The private API's other half: what the preseed service answers. */
export const PRESEED_ROUTES = {
  register: { method: 'POST', path: '/v1/preseed/register' },
  receive: { method: 'POST', path: '/v1/preseed/receive' },
  ack: { method: 'POST', path: '/v1/preseed/ack' },
  report: { method: 'POST', path: '/v1/preseed/report' },
} as const satisfies Record<string, Route>;

/** The regional API, for people and scripts: volumes and the requests that wait. */
export const OPERATOR_ROUTES = {
  listVolumes: { method: 'GET', path: '/v1/volumes' },
  showVolume: { method: 'GET', path: '/v1/volumes/{luks}' },
  revokeVolume: { method: 'POST', path: '/v1/volumes/{luks}/revoke' },
  restoreVolume: { method: 'POST', path: '/v1/volumes/{luks}/restore' },
  recoverVolume: { method: 'POST', path: '/v1/volumes/{luks}/recover' },
  destroyVolume: { method: 'POST', path: '/v1/volumes/{luks}/destroy' },
  keepVolume: { method: 'POST', path: '/v1/volumes/{luks}/keep' },
  listRequests: { method: 'GET', path: '/v1/requests' },
  showRequest: { method: 'GET', path: '/v1/requests/{id}' },
  approveRequest: { method: 'POST', path: '/v1/requests/{id}/approve' },
  denyRequest: { method: 'POST', path: '/v1/requests/{id}/deny' },
} as const satisfies Record<string, Route>;

/** The regional API's other half: servers that are preseeded, and their messages. */
export const SERVER_ROUTES = {
  createServer: { method: 'POST', path: '/v1/preseed/servers' },
  listServers: { method: 'GET', path: '/v1/preseed/servers' },
  showServer: { method: 'GET', path: '/v1/preseed/servers/{server}' },
  sendMessages: { method: 'POST', path: '/v1/preseed/servers/{server}/messages' },
  resolveServer: { method: 'POST', path: '/v1/preseed/servers/{server}/resolve' },
  withdrawServer: { method: 'POST', path: '/v1/preseed/servers/{server}/withdraw' },
} as const satisfies Record<string, Route>;

/** Seconds. Also the `Retry-After` of a 202. */
export const PENDING_RETRY_AFTER_SECONDS = 15;
