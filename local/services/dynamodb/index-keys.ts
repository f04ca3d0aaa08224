import { AwsError } from '../../engine/contracts/errors.ts';

type Input = Readonly<Record<string, unknown>>;
type Item = Readonly<Record<string, { readonly S?: unknown; readonly B?: unknown } | undefined>>;

export interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

/**
 * Refuses what DynamoDB refuses and dynalite takes: an empty value for an attribute that is the key of an index.
 *
 * @param indexesOf the indexes of a table, by the name that a request gives it.
 * @throws AwsError `ValidationException`, worded as DynamoDB does
 */
export function refuseEmptyIndexKeys(
  operation: string,
  input: Input,
  indexesOf: (table: unknown) => readonly Index[],
): void {
  if (operation === 'PutItem') refuseItem(input['Item'], indexesOf(input['TableName']));
  if (operation === 'UpdateItem') refuseUpdate(input, indexesOf(input['TableName']));
  if (operation !== 'BatchWriteItem') return;
  for (const [table, writes] of Object.entries(input['RequestItems'] ?? {})) {
    for (const { PutRequest } of writes as readonly { readonly PutRequest?: { readonly Item?: unknown } }[]) {
      if (PutRequest !== undefined) refuseItem(PutRequest.Item, indexesOf(table));
    }
  }
}

function refuseItem(item: unknown, indexes: readonly Index[]): void {
  for (const [index, key] of keysOf(indexes)) {
    if (!isEmpty((item as Item | undefined)?.[key])) continue;
    throw refusal(
      'A value specified for a secondary index key is not supported. ' +
        'The AttributeValue for a key attribute cannot contain an empty string value.',
      index,
      key,
    );
  }
}

/** Every `NAME = ... :VALUE ...` of the expression's SET clause, with placeholders put in. */
function refuseUpdate(input: Input, indexes: readonly Index[]): void {
  const expression = typeof input['UpdateExpression'] === 'string' ? input['UpdateExpression'] : '';
  const names = (input['ExpressionAttributeNames'] ?? {}) as Readonly<Record<string, string>>;
  const values = (input['ExpressionAttributeValues'] ?? {}) as Item;
  const [, clause = ''] = /\bSET\b(.*?)(\b(REMOVE|ADD|DELETE)\b|$)/is.exec(expression) ?? [];
  const keys = keysOf(indexes);
  for (const [, name = '', assigned = ''] of clause.matchAll(
    /([#\w.]+)\s*=\s*([^=]*?)(?=,\s*[#\w.]+\s*=|$)/g,
  )) {
    const found = keys.find(([, key]) => key === (names[name] ?? name));
    const placeholders = assigned.match(/:\w+/g) ?? [];
    if (found === undefined || !placeholders.some((placeholder) => isEmpty(values[placeholder]))) continue;
    throw refusal(
      'The update expression attempted to update a secondary index key to a value that is not supported. ' +
        'The AttributeValue for a key attribute cannot contain an empty string value.',
      ...found,
    );
  }
}

const keysOf = (indexes: readonly Index[]): (readonly [index: string, key: string])[] =>
  indexes.flatMap(({ IndexName, KeySchema }) =>
    KeySchema.map(({ AttributeName }) => [IndexName, AttributeName] as const),
  );

const isEmpty = (value: Item[string]): boolean => value?.S === '' || value?.B === '';

function refusal(why: string, index: string, key: string): AwsError {
  return new AwsError(
    'ValidationException',
    `One or more parameter values are not valid. ${why} IndexName: ${index}, IndexKey: ${key}`,
  );
}
