import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** The types that items are made of; nothing else is stored. */
export type Value = string | number | boolean | readonly string[];

export function toAttributeValue(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  return { L: value.map((text) => ({ S: text })) };
}

export function fromAttributeValue(value: AttributeValue): Value {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map((entry) => entry.S ?? '');
  throw new TypeError('an attribute of a type that is never stored');
}

/** Members that are undefined are left out. */
export function toItem(item: object): Record<string, AttributeValue> {
  const present = Object.entries(item as Record<string, Value | undefined>).filter(
    ([, v]) => v !== undefined,
  );
  return Object.fromEntries(present.map(([name, value]) => [name, toAttributeValue(value as Value)]));
}

export function fromItem(item: Record<string, AttributeValue>): Record<string, Value> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttributeValue(value)]));
}
