import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import type { AnswerOf, Operation } from '../../protocol/operations/operation.ts';
import { MalformedError, parseJson, type Output, type Schema } from '../../protocol/schema.ts';
import { Failure } from '../failure.ts';
import { repeated, type RequestContext } from './repeated.ts';
import type { Target } from './transport.ts';

type Parameter<O> = O extends { parameters: object } ? [parameter: string] : [];
type Body<O> = O extends { request: Schema<infer B> } ? [body: B] : [];
type Entry<List> = List extends readonly (infer E)[] ? E : never;

/** Of a list: every page of it. Otherwise what the path's parameter names, then the body. */
type Method<O extends Operation> = O extends { items: infer Items }
  ? () => Promise<Entry<AnswerOf<O>[Items & keyof AnswerOf<O>]>[]>
  : (...given: [...Parameter<O>, ...Body<O>]) => Promise<AnswerOf<O>>;

/** The operator API: a method for each of its operations. */
export type Operator = {
  readonly [Name in keyof typeof OPERATOR_API]: Method<(typeof OPERATOR_API)[Name]>;
};

/** Every method throws Failure for what is expected to go wrong. */
export function createOperator(target: Target, context: RequestContext): Operator {
  const methods = Object.entries<Operation>(OPERATOR_API).map(([name, operation]) => {
    const { items } = operation;
    const method =
      items === undefined
        ? (...given: unknown[]) => once(target, context, operation, given)
        : () => everyPage(target, context, operation, items);
    return [name, method] as const;
  });
  return Object.fromEntries(methods) as unknown as Operator;
}

async function once(
  target: Target,
  context: RequestContext,
  { method, path, parameters, request, answer }: Operation,
  given: readonly unknown[],
): Promise<Output<typeof answer>> {
  const left = [...given];
  const filled = parameters === undefined ? path : pathOf(path, String(left.shift()));
  const body = request === undefined ? undefined : JSON.stringify(left.shift());
  const response = await repeated(target, context, { method, path: filled, ...(body && { body }) });
  return understood(response.body, answer);
}

async function everyPage(
  target: Target,
  context: RequestContext,
  { method, path, answer }: Operation,
  items: string,
): Promise<unknown[]> {
  const found: unknown[] = [];
  let query: Record<string, string> | undefined;
  do {
    const { body } = await repeated(target, context, { method, path, ...(query && { query }) });
    const page = understood(body, answer);
    found.push(...(page[items] as unknown[]));
    query = typeof page['next'] === 'string' ? { next: page['next'] } : undefined;
  } while (query !== undefined);
  return found;
}

const pathOf = (path: string, parameter: string): string =>
  path.replace(/\{\w+\}/, encodeURIComponent(parameter));

function understood<T>(body: string, answer: Schema<T>): T {
  try {
    return parseJson(answer, body);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new Failure(
      'unexpected',
      `The operator API sent an answer that this version does not understand (${error.field}).`,
      'Use the version of sealroot that the stage was deployed with.',
      error,
    );
  }
}
