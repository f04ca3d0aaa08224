import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { toAttributeValue, type Value } from './attribute-values.ts';
import { isNamed } from '../sdk.ts';

/** @returns false when the condition of the write did not hold. */
export async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

/**
 * Compare and set, as the members of an UpdateItem. Every name goes in as a placeholder: `state` and others are
 * reserved words of DynamoDB.
 *
 * @param partition name of the partition key.
 */
export function update(partition: string, expected: object, set: object) {
  const names: Record<string, string> = { [`#${partition}`]: partition };
  const values: Record<string, AttributeValue> = {};
  // An UpdateItem of a missing key would create it.
  const conditions = [`attribute_exists(#${partition})`];
  const sets: string[] = [];
  const removes: string[] = [];
  const place = (prefix: string, name: string, value: Value): string => {
    values[`:${prefix}_${name}`] = toAttributeValue(value);
    return `:${prefix}_${name}`;
  };
  for (const [name, value] of Object.entries(expected) as [string, Value | undefined][]) {
    names[`#${name}`] = name;
    const absent = value === undefined;
    conditions.push(absent ? `attribute_not_exists(#${name})` : `#${name} = ${place('e', name, value)}`);
  }
  for (const [name, value] of Object.entries(set) as [string, Value | undefined][]) {
    names[`#${name}`] = name;
    if (value === undefined) removes.push(`#${name}`);
    else sets.push(`#${name} = ${place('s', name, value)}`);
  }
  const clauses = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
  ];
  return {
    ConditionExpression: conditions.join(' AND '),
    UpdateExpression: clauses.filter((clause) => clause !== '').join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
