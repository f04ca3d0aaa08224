import type { ErrorCode } from '../errors.ts';
import type { Members, ObjectOf, ObjectSchema, Output, Schema } from '../schema.ts';

/** Room for a decision and a reason. */
export const MAX_BODY_BYTES = 4096;

/** Method and path of an operation, relative to the API's stage. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Parameters in braces. POST with a fixed path wherever curl has to sign: it signs queries and colons wrongly. */
  readonly path: string;
}

/**
 * One operation of an API. Everything else about it follows from here: what the Lambda takes, the methods of the API,
 * who may call it by IAM and by the endpoint's policy, the OpenAPI document, and the client of the command line.
 *
 * @typeParam Caller role that may call.
 */
export interface Operation<Caller extends string = string> extends Route {
  /** Sentence without its full stop, for the OpenAPI document. */
  readonly summary: string;
  readonly callers: readonly Caller[];
  /** `action` of its records in the audit log. */
  readonly audit: string;
  /** Parameters of the path. */
  readonly parameters?: Members;
  readonly query?: Members;
  /** Body of the request. */
  readonly request?: Schema<object>;
  /** Body of a 200. */
  readonly answer: ObjectSchema<Members>;
  /** Member of the answer that holds one page of a list; `next` then asks for the page after. */
  readonly items?: string;
  /** Failures besides those of any operation, which can be malformed, refused, throttled or unavailable. */
  readonly failures: readonly ErrorCode[];
  /** Greatest length of the request's body, in UTF-8. Default {@link MAX_BODY_BYTES}. */
  readonly maxBodyBytes?: number;
}

type In<M> = M extends Members ? ObjectOf<M> : object;

/** Content of a request of an operation, parsed. */
export interface InputOf<O extends Operation> {
  readonly parameters: In<O['parameters']>;
  readonly query: In<O['query']>;
  readonly body: O['request'] extends Schema<infer B> ? B : undefined;
}

export type AnswerOf<O extends Operation> = Output<O['answer']>;

/** An API, or a part of one. */
export type Operations<Caller extends string = string> = Readonly<Record<string, Operation<Caller>>>;
