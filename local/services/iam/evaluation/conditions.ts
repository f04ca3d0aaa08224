import { BlockList, isIPv4 } from 'node:net';
import type { ConditionBlock } from '../../../engine/contracts/policy.ts';
import { literal, matches, matchesArn, type Lookup } from './patterns.ts';

/** Compares one value of the request with one of the policy. */
type Compare = (actual: string, wanted: string, lookup: Lookup) => boolean;

interface Operator {
  readonly compare: Compare;
  /** `...Not...`: true when no value of the policy compares, and when the key is absent. */
  readonly negated: boolean;
}

const exact: Compare = (actual, wanted, lookup) => actual === literal(wanted, lookup);
const ignoreCase: Compare = (actual, wanted, lookup) =>
  actual.toLowerCase() === literal(wanted, lookup)?.toLowerCase();
const like: Compare = (actual, wanted, lookup) => matches(wanted, actual, lookup);
const arnLike: Compare = (actual, wanted, lookup) => matchesArn(wanted, actual, lookup);
const numeric =
  (test: (actual: number, wanted: number) => boolean): Compare =>
  (actual, wanted) =>
    actual.trim() !== '' && wanted.trim() !== '' && test(Number(actual), Number(wanted));
const date =
  (test: (actual: number, wanted: number) => boolean): Compare =>
  (actual, wanted) =>
    test(instant(actual), instant(wanted));

const equal = (a: number, b: number): boolean => a === b;
const less = (a: number, b: number): boolean => a < b;
const lessOrEqual = (a: number, b: number): boolean => a <= b;
const greater = (a: number, b: number): boolean => a > b;
const greaterOrEqual = (a: number, b: number): boolean => a >= b;

const is = (compare: Compare): Operator => ({ compare, negated: false });
const not = (compare: Compare): Operator => ({ compare, negated: true });

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: is(exact),
  StringNotEquals: not(exact),
  StringEqualsIgnoreCase: is(ignoreCase),
  StringNotEqualsIgnoreCase: not(ignoreCase),
  StringLike: is(like),
  StringNotLike: not(like),
  ArnEquals: is(arnLike),
  ArnLike: is(arnLike),
  ArnNotEquals: not(arnLike),
  ArnNotLike: not(arnLike),
  Bool: is(ignoreCase),
  NumericEquals: is(numeric(equal)),
  NumericNotEquals: not(numeric(equal)),
  NumericLessThan: is(numeric(less)),
  NumericLessThanEquals: is(numeric(lessOrEqual)),
  NumericGreaterThan: is(numeric(greater)),
  NumericGreaterThanEquals: is(numeric(greaterOrEqual)),
  DateEquals: is(date(equal)),
  DateNotEquals: not(date(equal)),
  DateLessThan: is(date(less)),
  DateLessThanEquals: is(date(lessOrEqual)),
  DateGreaterThan: is(date(greater)),
  DateGreaterThanEquals: is(date(greaterOrEqual)),
  IpAddress: is(inNetwork),
  NotIpAddress: not(inNetwork),
};

/**
 * Evaluates a condition block: every key of every operator has to hold.
 *
 * @returns undefined for an operator that is not known here: the caller takes the safe side.
 */
export function holds(block: ConditionBlock, lookup: Lookup): boolean | undefined {
  let all = true;
  for (const [name, keys] of Object.entries(block)) {
    for (const [key, wanted] of Object.entries(keys)) {
      const result = holdsFor(name, key, toStrings(wanted), lookup);
      if (result === undefined) return undefined;
      all &&= result;
    }
  }
  return all;
}

function holdsFor(name: string, key: string, wanted: readonly string[], lookup: Lookup): boolean | undefined {
  const actual = lookup(key);
  if (name === 'Null') return wanted.includes(actual === undefined ? 'true' : 'false');
  const [, set, base = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (operator === undefined) return undefined;
  const one = (value: string): boolean =>
    wanted.some((each) => operator.compare(value, each, lookup)) !== operator.negated;
  if (set === 'ForAllValues:') return (actual ?? []).every(one);
  if (actual === undefined) return ifExists !== undefined || (set === undefined && operator.negated);
  // A key with several values and a negated operator holds only when none of them compares.
  return operator.negated && set === undefined ? actual.every(one) : actual.some(one);
}

export function toStrings(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Seconds since the epoch or ISO 8601, as milliseconds; NaN compares with nothing. */
function instant(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inNetwork(actual: string, wanted: string): boolean {
  const [address = '', bits] = wanted.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  try {
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
    return list.check(actual, isIPv4(actual) ? 'ipv4' : 'ipv6');
  } catch {
    return false;
  }
}
