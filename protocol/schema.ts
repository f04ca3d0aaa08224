/**
 * Descriptions of JSON. From each follow a strict parser, a TypeScript type and a JSON Schema (`openapi/`).
 * docs/adr/0008 says why this is not a library's.
 */
import { decodeBase64url } from './base64url.ts';

/** Thrown by the parsers; `field` is the dotted path of the first member that is wrong. */
export class MalformedError extends Error {
  readonly field: string;
  constructor(field: string) {
    super(`malformed: ${field}`);
    this.name = 'MalformedError';
    this.field = field;
  }
}

export interface Schema<T> {
  /** Data that the JSON Schema is made from. */
  readonly shape: Shape;
  /** True when a member of this kind need not be there. */
  readonly isOptional?: true;
  /**
   * @param path of the value, dotted; empty for a message as a whole.
   * @param siblings members of the same object that came before.
   * @throws MalformedError naming the first member that is wrong; it repeats nothing of a value.
   */
  readonly parse: (value: unknown, path?: string, siblings?: Readonly<Record<string, unknown>>) => T;
}

export interface Optional<T> extends Schema<T | undefined> {
  readonly isOptional: true;
}

export type Shape =
  | { readonly kind: 'any' | 'never' | 'boolean' | 'time' }
  | { readonly kind: 'constant'; readonly values: readonly (string | number)[] }
  | { readonly kind: 'text'; readonly pattern?: RegExp | undefined; readonly max?: number | undefined }
  | { readonly kind: 'bytes' | 'integer'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'list';
      readonly entry: Schema<unknown>;
      readonly min: number;
      readonly max?: number | undefined;
    }
  | { readonly kind: 'object'; readonly members: Members }
  | {
      readonly kind: 'depends';
      readonly on: string;
      readonly value: string | boolean;
      readonly then: Schema<unknown>;
      readonly otherwise: Schema<unknown>;
    };

export type Members = Readonly<Record<string, Schema<unknown>>>;

/** The type of what a schema takes. */
export type Output<S> = S extends Schema<infer T> ? T : never;

type OptionalNames<M> = { [N in keyof M]: M[N] extends Optional<unknown> ? N : never }[keyof M];
type Flat<T> = { [N in keyof T]: T[N] };
export type ObjectOf<M> = Flat<
  { readonly [N in keyof M as N extends OptionalNames<M> ? never : N]: Output<M[N]> } & {
    readonly [N in keyof M as N extends OptionalNames<M> ? N : never]?: Output<M[N]>;
  }
>;

const leaf = <T>(shape: Shape, take: (value: unknown) => T | undefined): Schema<T> => ({
  shape,
  parse(value, path = '') {
    const taken = take(value);
    if (taken === undefined) throw new MalformedError(path);
    return taken;
  },
});

/** One of these, and nothing else. */
export const oneOf = <const T extends string | number>(...values: readonly T[]): Schema<T> =>
  leaf({ kind: 'constant', values }, (value) => values.find((each) => each === value));

/** Text that `pattern` matches, of at most `max` UTF-16 units. */
export const text = <T extends string = string>(pattern?: RegExp, max?: number): Schema<T> =>
  leaf({ kind: 'text', pattern, max }, (value) => {
    // The length comes first: a pattern may take its time over what is far too long.
    const isText = typeof value === 'string' && !(max !== undefined && value.length > max);
    return isText && pattern?.test(value) !== false ? (value as T) : undefined;
  });

/** Canonical base64url of `min` to `max` bytes; kept as text, because that is how it is stored and compared. */
export const bytes = (min: number, max = min): Schema<string> =>
  leaf({ kind: 'bytes', min, max }, (value) => {
    const decoded = typeof value === 'string' && value.length <= max * 2 ? decodeBase64url(value) : undefined;
    const isGood = decoded !== undefined && decoded.length >= min && decoded.length <= max;
    return isGood ? (value as string) : undefined;
  });

/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number): Schema<number> =>
  leaf({ kind: 'integer', min, max }, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : undefined,
  );

export const boolean = (): Schema<boolean> =>
  leaf({ kind: 'boolean' }, (value) => (typeof value === 'boolean' ? value : undefined));

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** ISO 8601 in UTC, to the second. */
export const time = (): Schema<string> =>
  leaf({ kind: 'time' }, (value) =>
    typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined,
  );

/** Takes what `take` answers, and refuses a value for undefined. For what no combination of the others can say. */
export const taken = <T>(shape: Shape, take: (value: unknown) => T | undefined): Schema<T> =>
  leaf(shape, take);

/** A member that is dropped, whatever it is. */
export const ignored: Optional<undefined> = {
  shape: { kind: 'any' },
  isOptional: true,
  parse: () => undefined,
};

/** A member that must not be there. */
export const absent: Optional<undefined> = {
  shape: { kind: 'never' },
  isOptional: true,
  parse(value, path = '') {
    if (value !== undefined) throw new MalformedError(path);
    return undefined;
  },
};

/** A member that need not be there. */
export const optional = <T>({ shape, parse }: Schema<T>): Optional<T> => ({
  shape,
  isOptional: true,
  parse: (value, path, siblings) => (value === undefined ? undefined : parse(value, path, siblings)),
});

/** A member that need not be there, and what it then is. */
export const withDefault = <T>({ shape, parse }: Schema<T>, fallback: T): Schema<T> => ({
  shape,
  isOptional: true,
  parse: (value, path, siblings) => (value === undefined ? fallback : parse(value, path, siblings)),
});

/** A member that is `then` where the member `on`, which comes before it, has this value, and `otherwise` elsewhere. */
export const depends = <T, U>(
  on: string,
  value: string | boolean,
  then: Schema<T>,
  otherwise: Schema<U>,
): Optional<T | U> => ({
  shape: { kind: 'depends', on, value, then, otherwise },
  isOptional: true,
  parse: (given, path, siblings) =>
    (siblings?.[on] === value ? then : otherwise).parse(given, path, siblings),
});

/** A list of `min` to `max` entries. */
export const list = <T>(entry: Schema<T>, min = 0, max?: number): Schema<readonly T[]> => ({
  shape: { kind: 'list', entry, min, max },
  parse(value, path = '') {
    if (!Array.isArray(value) || value.length < min || value.length > (max ?? value.length)) {
      throw new MalformedError(path);
    }
    return value.map((each: unknown, index) => entry.parse(each, `${path}.${String(index)}`));
  },
});

/** A member that is not named here is dropped, so that the protocol can grow. */
export const object = <M extends Members>(members: M): ObjectSchema<M> => ({
  shape: { kind: 'object', members },
  members,
  parse(value, path = '') {
    const given = asObject(value, path);
    const found: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(members)) {
      const parsed = member.parse(given[name], path === '' ? name : `${path}.${name}`, found);
      if (parsed !== undefined) found[name] = parsed;
    }
    return found as ObjectOf<M>;
  },
});

export interface ObjectSchema<M extends Members> extends Schema<ObjectOf<M>> {
  readonly members: M;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new MalformedError(path === '' ? 'body' : path);
}

/**
 * Parses the body of a request or an answer. No body at all is a value that is missing.
 *
 * @throws MalformedError also when the text is not JSON; the field is `body` then.
 */
export const parseJson = <T>(schema: Schema<T>, body: string | null): T =>
  schema.parse(body === null || body === '' ? undefined : jsonOf(body));

/** Any JSON object. @throws MalformedError `body` when the text is none. */
export const parseObject = (body: string): Record<string, unknown> => asObject(jsonOf(body), '');

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new MalformedError('body');
  }
}

/** Tells whether a value is what the schema describes. */
export function isA<T>(schema: Schema<T>, value: unknown): value is T {
  try {
    schema.parse(value);
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
