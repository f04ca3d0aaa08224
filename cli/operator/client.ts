import type { Decision, Destruction, PendingRequest, Recovery, Volume } from '../../protocol/operator.ts';
import { OPERATOR_ROUTES } from '../../protocol/routes.ts';
import { callsTo, type World } from './calls.ts';
import { parseRecovery, parseRequest, parseRequestList, parseVolume, parseVolumeList } from './parse.ts';
import { createServers, type Servers } from './servers.ts';
import type { Target } from './transport.ts';

/** The operator API: what a person or script may do with volumes, requests that wait, and servers. */
export interface Operator extends Servers {
  listVolumes(): Promise<Volume[]>;
  listRequests(): Promise<PendingRequest[]>;
  showVolume(luks: string): Promise<Volume>;
  showRequest(id: string): Promise<PendingRequest>;
  approve(id: string, decision: Decision): Promise<PendingRequest>;
  deny(id: string, decision: Decision): Promise<PendingRequest>;
  revoke(luks: string, decision: Decision): Promise<Volume>;
  restore(luks: string, decision: Decision): Promise<Volume>;
  recover(luks: string, decision: Decision): Promise<Recovery>;
  destroy(luks: string, destruction: Destruction): Promise<Volume>;
  keep(luks: string, decision: Decision): Promise<Volume>;
}

/**
 * Every method throws Failure for what is expected to go wrong. Calls are repeated after 429, 503 and broken
 * connections: the API answers a decision that was taken already like the first time (protocol/openapi.yaml).
 */
export function createOperator(target: Target, world: World): Operator {
  const calls = callsTo(target, world);
  return {
    ...createServers(calls),
    listVolumes: () =>
      calls.all(OPERATOR_ROUTES.listVolumes, (m) => {
        const { volumes, next } = parseVolumeList(m);
        return { items: volumes, next };
      }),
    listRequests: () =>
      calls.all(OPERATOR_ROUTES.listRequests, (m) => {
        const { requests, next } = parseRequestList(m);
        return { items: requests, next };
      }),
    showVolume: (luks) => calls.one(OPERATOR_ROUTES.showVolume, parseVolume, { id: luks }),
    showRequest: (id) => calls.one(OPERATOR_ROUTES.showRequest, parseRequest, { id }),
    approve: (id, decision) =>
      calls.one(OPERATOR_ROUTES.approveRequest, parseRequest, { id, body: decision }),
    deny: (id, decision) => calls.one(OPERATOR_ROUTES.denyRequest, parseRequest, { id, body: decision }),
    revoke: (luks, decision) =>
      calls.one(OPERATOR_ROUTES.revokeVolume, parseVolume, { id: luks, body: decision }),
    restore: (luks, decision) =>
      calls.one(OPERATOR_ROUTES.restoreVolume, parseVolume, { id: luks, body: decision }),
    recover: (luks, decision) =>
      calls.one(OPERATOR_ROUTES.recoverVolume, parseRecovery, { id: luks, body: decision }),
    destroy: (luks, body) => calls.one(OPERATOR_ROUTES.destroyVolume, parseVolume, { id: luks, body }),
    keep: (luks, decision) =>
      calls.one(OPERATOR_ROUTES.keepVolume, parseVolume, { id: luks, body: decision }),
  };
}
