import type { ConditionContext } from '../../../engine/contracts/identity.ts';

/** The value of one condition key, or undefined; keys are compared without regard to case. */
export type Lookup = (key: string) => readonly string[] | undefined;

export function lookupIn(context: ConditionContext): Lookup {
  const values = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    if (value !== undefined) values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return (key) => values.get(key.toLowerCase());
}

/** One piece of a pattern: text to be taken as it is, or a wildcard. */
type Token = { readonly literal: string } | { readonly wildcard: '*' | '?' };

/**
 * Splits a policy string into literals and wildcards and puts in the policy variables
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html). A variable's value is always
 * literal: an asterisk in it is no wildcard.
 *
 * @returns undefined when a variable has no value and no default: such a string matches nothing.
 */
function parse(pattern: string, lookup: Lookup): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const found = pattern.matchAll(/\$\{([^}]*)\}|[*?]|[^*?$]+|\$/g);
  for (const [token, variable] of found) {
    if (variable !== undefined) {
      const value = variableValue(variable, lookup);
      if (value === undefined) return undefined;
      tokens.push({ literal: value });
    } else if (token === '*' || token === '?') {
      tokens.push({ wildcard: token });
    } else {
      tokens.push({ literal: token });
    }
  }
  return tokens;
}

function variableValue(variable: string, lookup: Lookup): string | undefined {
  if (variable === '*' || variable === '?' || variable === '$') return variable;
  const [key = '', fallback] = variable.split(/,(.*)/s);
  const values = lookup(key.trim());
  if (values?.length === 1) return values[0];
  return fallback === undefined ? undefined : /^\s*'(.*)'\s*$/s.exec(fallback)?.[1];
}

/** A policy string without wildcards, its variables put in. */
export function literal(pattern: string, lookup: Lookup): string | undefined {
  const tokens = parse(pattern, lookup);
  return tokens?.map((token) => ('literal' in token ? token.literal : token.wildcard)).join('');
}

/** Whether `value` matches a policy string with `*` and `?`. */
export function matches(pattern: string, value: string, lookup: Lookup): boolean {
  const tokens = parse(pattern, lookup);
  return tokens !== undefined && toRegExp(tokens).test(value);
}

function toRegExp(tokens: readonly Token[]): RegExp {
  const source = tokens.map((token) => {
    if ('literal' in token) return token.literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    return token.wildcard === '*' ? '.*' : '.';
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

/** Matches each of an ARN's six parts for itself: a wildcard does not reach over a colon before the sixth. */
export function matchesArn(pattern: string, value: string, lookup: Lookup): boolean {
  const filled = splitArn(pattern);
  const actual = splitArn(value);
  if (filled === undefined || actual === undefined) return false;
  return filled.every((part, index) => matches(part, actual[index] ?? '', lookup));
}

function splitArn(arn: string): readonly string[] | undefined {
  // A colon inside `${aws:...}` separates nothing.
  const parts = arn.split(/:(?![^{}]*\})/);
  if (parts.length < 6) return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
