import { readFileSync } from 'node:fs';
import type { Statement } from '../app.ts';
import { listed } from '../iam-catalogue/resources.ts';
import { arnsOverlap } from '../iam-catalogue/patterns.ts';

/** A policy of AWS's own, as this folder keeps it: with where it was found, its version and the day of that. */
export interface ManagedPolicy {
  readonly source: string;
  readonly arn: string;
  readonly version: string;
  readonly updated: string;
  readonly document: { readonly Statement: readonly Statement[] };
}

export const managedPolicy = (name: string): ManagedPolicy =>
  JSON.parse(readFileSync(`test/infra/aws-managed/${name}.json`, 'utf8')) as ManagedPolicy;

/** `ACTION on RESOURCE`, with the resource as the policy writes it; one for each that a statement allows. */
export const grantsOf = (statements: readonly Statement[]): string[] => [
  ...new Set(
    statements.flatMap(({ Action, Resource }) =>
      listed(Action).flatMap((action) => listed(Resource).map((resource) => `${action} on ${resource}`)),
    ),
  ),
];

/** The grants of one side that have nothing in common with any of the other: the same action, on some same resource. */
export function without(grants: readonly string[], others: readonly string[]): string[] {
  const parts = (grant: string) => grant.split(' on ') as [action: string, resource: string];
  const known = others.map(parts);
  return grants.filter((grant) => {
    const [action, resource] = parts(grant);
    return !known.some(([other, on]) => other === action && arnsOverlap(on, resource));
  });
}
