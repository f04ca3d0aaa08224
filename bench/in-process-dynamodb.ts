/** As much of DynamoDB as the keyserver's adapter asks for: items by `pk`, conditions joined by AND, SET and REMOVE. */

type Item = Record<string, unknown>;

export interface DynamoDbInput {
  readonly Key?: { readonly pk: { readonly S: string } };
  readonly Item?: Item & { readonly pk: { readonly S: string } };
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

export class InProcessDynamoDb {
  readonly #items = new Map<string, Item>();

  /** @returns the answer's body, or undefined when the condition does not hold. */
  answer(operation: string, input: DynamoDbInput): object | undefined {
    const key = input.Key?.pk.S ?? input.Item?.pk.S ?? '';
    const stored = this.#items.get(key);
    if (operation === 'GetItem') return stored === undefined ? {} : { Item: stored };
    if (!holds(input, stored)) return undefined;
    if (operation === 'PutItem') this.#items.set(key, input.Item ?? {});
    else if (operation === 'UpdateItem') this.#items.set(key, updated(input, { pk: { S: key }, ...stored }));
    else throw new Error(`the bench's table does not know ${operation}`);
    return {};
  }
}

const nameOf = (input: DynamoDbInput, text: string): string => input.ExpressionAttributeNames?.[text] ?? text;

function holds(input: DynamoDbInput, stored: Item | undefined): boolean {
  return (input.ConditionExpression ?? '').split(' AND ').every((term) => {
    if (term === '') return true;
    const [, not, attribute] = /^attribute_(not_)?exists ?\((\S+)\)$/.exec(term) ?? [];
    if (attribute !== undefined)
      return (stored?.[nameOf(input, attribute)] === undefined) === (not !== undefined);
    const [, left = '', right = ''] = /^(\S+) = (\S+)$/.exec(term) ?? [];
    if (left === '') throw new Error(`the bench's table does not know the condition ${term}`);
    const wanted = input.ExpressionAttributeValues?.[right];
    return JSON.stringify(stored?.[nameOf(input, left)]) === JSON.stringify(wanted);
  });
}

function updated(input: DynamoDbInput, stored: Item): Item {
  const [, set = '', remove = ''] =
    /^(?:SET (.*?))? ?(?:REMOVE (.*))?$/.exec(input.UpdateExpression ?? '') ?? [];
  const values = set.split(', ').filter((term) => term !== '');
  const changes = values.map((term) => {
    const [name = '', value = ''] = term.split(' = ');
    return [nameOf(input, name), input.ExpressionAttributeValues?.[value]] as const;
  });
  const gone = new Set(remove.split(', ').map((name) => nameOf(input, name)));
  return Object.fromEntries(
    Object.entries({ ...stored, ...Object.fromEntries(changes) }).filter(([name]) => !gone.has(name)),
  );
}
