/**
 * The part of DynamoDB that the services' adapters ask for: items by `pk`, or by `server` and `item`, conditions joined
 * by AND, SET and REMOVE, and the query for the messages of a server.
 */

type Item = Record<string, unknown>;
type Text = Readonly<Record<string, { readonly S: string }>>;

export interface DynamoDbInput {
  readonly Key?: Text;
  readonly Item?: Item;
  readonly KeyConditionExpression?: string;
  readonly Limit?: number;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

export class InProcessDynamoDb {
  readonly #items = new Map<string, Item>();

  /** @returns the answer's body, or undefined when the condition does not hold. */
  answer(operation: string, input: DynamoDbInput): object | undefined {
    if (operation === 'Query') return this.#query(input);
    const key = keyOf(input.Key ?? (input.Item as Text));
    const stored = this.#items.get(key);
    if (operation === 'GetItem') return stored === undefined ? {} : { Item: stored };
    if (!holds(input, stored)) return undefined;
    if (operation === 'PutItem') this.#items.set(key, input.Item ?? {});
    else if (operation === 'UpdateItem') this.#items.set(key, updated(input, { ...input.Key, ...stored }));
    else throw new Error(`the bench's table does not know ${operation}`);
    return {};
  }

  #query(input: DynamoDbInput): object {
    const { partition, first, last } = bounds(input);
    const within = [...this.#items].filter(
      ([key]) => key >= `${partition}/${first}` && key <= `${partition}/${last}`,
    );
    const sorted = within.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    return { Items: sorted.slice(0, input.Limit ?? sorted.length) };
  }
}

const keyOf = ({ pk, server, item }: Text): string => pk?.S ?? `${server?.S ?? ''}/${item?.S ?? ''}`;

function bounds({
  ExpressionAttributeValues,
}: DynamoDbInput): Record<'partition' | 'first' | 'last', string> {
  const values = ExpressionAttributeValues as Text | undefined;
  const text = (name: string): string => values?.[`:${name}`]?.S ?? '';
  return { partition: text('partition'), first: text('first'), last: text('last') };
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
