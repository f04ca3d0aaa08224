import { MalformedError } from '../../protocol/fields.ts';

type Members = Record<string, unknown>;

/** Members of the API's answers. All but `present` throw MalformedError naming the member. */

export function text(m: Members, field: string): string {
  const value = m[field];
  if (typeof value !== 'string') throw new MalformedError(field);
  return value;
}

export function time(m: Members, field: string): string {
  const value = text(m, field);
  if (Number.isNaN(Date.parse(value))) throw new MalformedError(field);
  return value;
}

export function flag(m: Members, field: string): boolean {
  const value = m[field];
  if (typeof value !== 'boolean') throw new MalformedError(field);
  return value;
}

export function oneOf<T extends string>(m: Members, field: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === m[field]);
  if (found === undefined) throw new MalformedError(field);
  return found;
}

export function list<T>(m: Members, field: string, parse: (member: Members) => T): T[] {
  const value = m[field];
  if (!Array.isArray(value)) throw new MalformedError(field);
  return value.map((member: unknown, index) => {
    if (typeof member !== 'object' || member === null) throw new MalformedError(`${field}.${index}`);
    try {
      return parse(member as Members);
    } catch (error) {
      throw error instanceof MalformedError ? new MalformedError(`${field}.${index}.${error.field}`) : error;
    }
  });
}

/** The member, or nothing at all where there is no value. */
export function present<K extends string, T>(name: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, T>>);
}
