/** Roles of people and of instances. Each operation says which of them may call it. */

/** Assumable only with MFA; named `sealroot-STAGE-REGION-access-ROLE`. */
export const ACCESS_ROLES = ['operator', 'custodian', 'auditor', 'maintainer'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

export const accessRoleName = (stage: string, region: string, role: AccessRole): string =>
  `sealroot-${stage}-${region}-access-${role}`;

/** Roles that may look at volumes, requests and servers. */
export const READERS = ['operator', 'custodian', 'auditor'] as const satisfies readonly AccessRole[];

/** Roles of instances: the fleet's, and the one that images are built and tested with. */
export type InstanceRole = 'instance' | 'builder';
