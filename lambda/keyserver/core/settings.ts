import type { ReleasePolicy } from '../../../protocol/operator.ts';

export interface Settings {
  readonly stage: string;
  /** Names of the roles whose instances may ask. The first is the fleet's, any other that of image tests. */
  readonly instanceRoles: readonly string[];
  readonly vpcId: string;
  readonly vpcEndpointId: string;
  readonly imageRecipe: string;
  readonly region: string;
  readonly policy: ReleasePolicy;
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  enrolment: ['allow', 'approve'],
  moved: ['approve', 'refuse'],
  ticket: ['approve', 'refuse'],
};

/** Throws on anything that is not a policy: a misspelt one must not fall back to a laxer default. */
export function parsePolicy(json: string): ReleasePolicy {
  const given = JSON.parse(json) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    const choices: readonly unknown[] | undefined = CHOICES[name];
    if (choices?.includes(value) !== true)
      throw new Error(`release policy: ${name} cannot be ${JSON.stringify(value)}`);
  }
  return { enrolment: 'allow', moved: 'approve', ticket: 'approve', ...given };
}

/** Names of roles, separated by commas. Throws when there is none. */
export function parseRoles(list: string): readonly string[] {
  const roles = list.split(',').map((role) => role.trim());
  if (roles.includes('')) throw new Error('instance roles: an empty name');
  return roles;
}
