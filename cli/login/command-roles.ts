import { ROUTE_ROLES, type AccessRole } from '../../protocol/access.ts';

/** Who may look at instances: lib/access/permissions.ts grants it to these. */
const LOOKERS: readonly AccessRole[] = ['operator', 'custodian', 'auditor'];
const OPERATOR: readonly AccessRole[] = ['operator'];

/**
 * Which roles may do what a command does: a session of one of them is used, and the first is the one to log in as.
 * Commands that are not here need none.
 */
export const COMMAND_ROLES: Readonly<Record<string, readonly AccessRole[]>> = {
  launch: OPERATOR,
  instances: LOOKERS,
  console: OPERATOR,
  reboot: OPERATOR,
  stop: OPERATOR,
  start: OPERATOR,
  terminate: OPERATOR,
  'keys list': ROUTE_ROLES.listVolumes,
  'keys show': ROUTE_ROLES.showVolume,
  'keys approve': ROUTE_ROLES.approveRequest,
  'keys deny': ROUTE_ROLES.denyRequest,
  'keys revoke': ROUTE_ROLES.revokeVolume,
  'keys restore': ROUTE_ROLES.restoreVolume,
  'keys recover': ROUTE_ROLES.recoverVolume,
  'keys destroy': ROUTE_ROLES.destroyVolume,
  'keys keep': ROUTE_ROLES.keepVolume,
  'preseed create': ROUTE_ROLES.createServer,
  'preseed list': ROUTE_ROLES.listServers,
  'preseed status': ROUTE_ROLES.showServer,
  'preseed send': ROUTE_ROLES.sendMessages,
  'preseed resolve': ROUTE_ROLES.resolveServer,
  'preseed withdraw': ROUTE_ROLES.withdrawServer,
  'ssh fingerprint': OPERATOR,
};
