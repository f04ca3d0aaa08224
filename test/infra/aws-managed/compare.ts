import { readFileSync } from 'node:fs';
import type { Statement } from '../app.ts';
import { listed } from '../iam-catalogue/resources.ts';
import { arnsOverlap, overlap } from '../iam-catalogue/patterns.ts';

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

interface ConditionalGrant {
  readonly action: string;
  readonly resource: string;
  /** Values by condition key. Which operator compares them makes no difference here. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

const conditionalGrants = (statements: readonly Statement[]): ConditionalGrant[] =>
  statements.flatMap(({ Action, Resource, Condition = {} }) => {
    const conditions = new Map(
      Object.values(Condition).flatMap((compared) =>
        Object.entries(compared).map(
          ([key, values]) =>
            [
              key.replace(/^(ec2|ssm):(?=resourcetag\/)/i, 'aws:').toLowerCase(),
              listed(values).map(String),
            ] as const,
        ),
      ),
    );
    return listed(Action).flatMap((action) =>
      listed(Resource).map((resource) => ({ action, resource, conditions })),
    );
  });

const alike = (one: readonly string[], other: readonly string[]): boolean =>
  one.some((left) => other.some((right) => overlap(left, right)));

/**
 * Conditions on which one side alone insists, where both allow the same action on some same resource:
 * `ACTION on RESOURCE only with KEY` when ours asks for what AWS's never asks for there, or for another value;
 * `ACTION on RESOURCE without KEY` when AWS's always ask for it and ours does not.
 */
export function conditionsApart(ours: readonly Statement[], theirs: readonly Statement[]): string[] {
  const known = conditionalGrants(theirs);
  const found = conditionalGrants(ours).flatMap(({ action, resource, conditions }) => {
    const same = known.filter((other) => other.action === action && arnsOverlap(other.resource, resource));
    if (same.length === 0) return [];
    const name = `${action} on ${resource}`;
    const only = [...conditions]
      .filter(([key, values]) => !same.some((other) => alike(other.conditions.get(key) ?? [], values)))
      .map(([key]) => `${name} only with ${key}`);
    const keys = new Set(same.flatMap((other) => [...other.conditions.keys()]));
    const missing = [...keys]
      .filter((key) => !conditions.has(key) && same.every((other) => other.conditions.has(key)))
      .map((key) => `${name} without ${key}`);
    return [...only, ...missing];
  });
  return [...new Set(found)];
}
