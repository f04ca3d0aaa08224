import type { AccessRole } from '../../protocol/access.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';

/** Roles that may look at instances, as lib/access/permissions.ts grants it. */
const LOOKERS: readonly AccessRole[] = ['operator', 'custodian', 'auditor'];
const OPERATOR: readonly AccessRole[] = ['operator'];

/**
 * Roles that may do what a command does: a session of one of them is used, and the first is the one to log in as.
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
  'keys list': OPERATOR_API.listVolumes.callers,
  'keys show': OPERATOR_API.showVolume.callers,
  'keys approve': OPERATOR_API.approveRequest.callers,
  'keys deny': OPERATOR_API.denyRequest.callers,
  'keys revoke': OPERATOR_API.revokeVolume.callers,
  'keys restore': OPERATOR_API.restoreVolume.callers,
  'keys recover': OPERATOR_API.recoverVolume.callers,
  'keys destroy': OPERATOR_API.destroyVolume.callers,
  'keys keep': OPERATOR_API.keepVolume.callers,
  'preseed create': OPERATOR_API.createServer.callers,
  'preseed list': OPERATOR_API.listServers.callers,
  'preseed status': OPERATOR_API.showServer.callers,
  'preseed send': OPERATOR_API.sendMessages.callers,
  'preseed resolve': OPERATOR_API.resolveServer.callers,
  'preseed withdraw': OPERATOR_API.withdrawServer.callers,
  'ssh fingerprint': OPERATOR,
  // Checks that the role may not make are reported as not checked.
  doctor: ['maintainer', 'auditor'],
};
