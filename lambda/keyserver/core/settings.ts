import type { ReleasePolicy } from '../../../protocol/release-policy.ts';
import type { InstanceSettings } from '../../domain/instances/settings.ts';

export interface Settings extends InstanceSettings {
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
