/** Requests and replies of a REST API as services see them, without API Gateway's spelling. */
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { AnswerOf, InputOf, Operation, Operations } from '../../../protocol/operations/operation.ts';

/** The caller of a signed request, as API Gateway vouches for it. */
export interface CallerIdentity {
  readonly userArn: string | null;
  readonly sourceIp: string;
  /** VPC and interface endpoint that the request came through, if it did. */
  readonly vpcId?: string | undefined;
  readonly vpceId?: string | undefined;
  /** Account that owns the API. */
  readonly accountId: string;
}

/** A request of one operation, parsed. */
export interface ApiRequest<O extends Operation> extends InputOf<O> {
  /** Id that API Gateway gave the request. */
  readonly id: string;
  readonly identity: CallerIdentity;
}

/** The body of a 200, or that of another status. */
export type Reply<T> = { readonly ok: T } | { readonly error: ErrorBody };

export type OperationHandler<O extends Operation> = (request: ApiRequest<O>) => Promise<Reply<AnswerOf<O>>>;

/** One handler for each operation. */
export type Handlers<Ops extends Operations> = { readonly [Name in keyof Ops]: OperationHandler<Ops[Name]> };
