/** The roles that people assume, and what each may ask of the operator API. */
import type { OPERATOR_ROUTES, SERVER_ROUTES } from './routes.ts';

/** Assumable only with MFA; named `sealroot-STAGE-REGION-access-ROLE`. */
export const ACCESS_ROLES = ['operator', 'custodian', 'auditor', 'maintainer'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

export const accessRoleName = (stage: string, region: string, role: AccessRole): string =>
  `sealroot-${stage}-${region}-access-${role}`;

type OperatorRouteName = keyof typeof OPERATOR_ROUTES | keyof typeof SERVER_ROUTES;

const READERS = ['operator', 'custodian', 'auditor'] as const;

/** Who may call which route. The policies are made from it, and the CLI's advice on which role to log in with. */
export const ROUTE_ROLES: Readonly<Record<OperatorRouteName, readonly AccessRole[]>> = {
  listVolumes: READERS,
  showVolume: READERS,
  listRequests: READERS,
  showRequest: READERS,
  revokeVolume: ['custodian'],
  restoreVolume: ['custodian'],
  recoverVolume: ['custodian'],
  destroyVolume: ['custodian'],
  keepVolume: ['custodian'],
  approveRequest: ['custodian'],
  denyRequest: ['custodian'],
  createServer: ['operator'],
  listServers: READERS,
  showServer: READERS,
  sendMessages: ['operator'],
  // Deciding on a contested server is deciding who gets its messages.
  resolveServer: ['custodian'],
  withdrawServer: ['operator', 'custodian'],
};
