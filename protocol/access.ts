/** The roles that people assume, and those of instances: who may call what is said with each operation. */

/** Assumable only with MFA; named `sealroot-STAGE-REGION-access-ROLE`. */
export const ACCESS_ROLES = ['operator', 'custodian', 'auditor', 'maintainer'] as const;
export type AccessRole = (typeof ACCESS_ROLES)[number];

export const accessRoleName = (stage: string, region: string, role: AccessRole): string =>
  `sealroot-${stage}-${region}-access-${role}`;

/** Those who may look at volumes, requests and servers. */
export const READERS = ['operator', 'custodian', 'auditor'] as const satisfies readonly AccessRole[];

/** Roles of instances: those of the fleet, and those that images are built and tested on. */
export type InstanceRole = 'instance' | 'builder';
