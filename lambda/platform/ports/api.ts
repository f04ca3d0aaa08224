/** What reaches a service through a REST API, and what it replies; nothing of how API Gateway spells either. */
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { AnswerOf, InputOf, Operation, Operations } from '../../../protocol/operations/operation.ts';

/** What API Gateway vouches for about a signed request. */
export interface CallerIdentity {
  readonly userArn: string | null;
  readonly sourceIp: string;
  /** Both only through an interface endpoint. */
  readonly vpcId?: string | undefined;
  readonly vpceId?: string | undefined;
  /** Account that owns the API. */
  readonly accountId: string;
}

/** A request of one operation, parsed. */
export interface ApiRequest<O extends Operation> extends InputOf<O> {
  /** That API Gateway gave it. */
  readonly id: string;
  readonly identity: CallerIdentity;
}

/** The body of a 200, or that of another status. */
export type Reply<T> = { readonly ok: T } | { readonly error: ErrorBody };

export type OperationHandler<O extends Operation> = (request: ApiRequest<O>) => Promise<Reply<AnswerOf<O>>>;

/** One handler for each operation. */
export type Handlers<Ops extends Operations> = { readonly [Name in keyof Ops]: OperationHandler<Ops[Name]> };
