/** Callers that are let in, and from where: the same for every service that instances call. */
export interface InstanceSettings {
  readonly stage: string;
  /** Names of the roles whose instances may ask. The first is the fleet's, any other that of image tests. */
  readonly instanceRoles: readonly string[];
  readonly vpcId: string;
  readonly vpcEndpointId: string;
  readonly imageRecipe: string;
  readonly region: string;
}

/** Names of roles, separated by commas. Throws when there is none. */
export function parseRoles(list: string): readonly string[] {
  const roles = list.split(',').map((role) => role.trim());
  if (roles.includes('')) throw new Error('instance roles: an empty name');
  return roles;
}
