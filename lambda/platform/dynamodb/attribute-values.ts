import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** The types that items are made of; nothing else is stored. */
export type Value = string | number | boolean | readonly string[];

/**
 * Treatment of an attribute of another type, which another writer must have put there: `refuse` throws TypeError,
 * `skip` leaves the member out, so that one item that was tampered with does not hide the others.
 */
export type ForeignTypes = 'refuse' | 'skip';

export function toAttributeValue(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  return { L: value.map((text) => ({ S: text })) };
}

function fromAttributeValue(value: AttributeValue): Value | undefined {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  return value.L?.map((entry) => entry.S ?? '');
}

/** Members that are undefined are left out. */
export function toItem(item: object): Record<string, AttributeValue> {
  const members = Object.entries(item as Record<string, Value | undefined>);
  return Object.fromEntries(
    members.flatMap(([name, value]) => (value === undefined ? [] : [[name, toAttributeValue(value)]])),
  );
}

export function fromItem<T>(item: Record<string, AttributeValue>, foreign: ForeignTypes): T {
  const members: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(item)) {
    const value = fromAttributeValue(attribute);
    if (value !== undefined) members[name] = value;
    else if (foreign === 'refuse')
      throw new TypeError(`an attribute of a type that is never stored: ${name}`);
  }
  return members as T;
}
