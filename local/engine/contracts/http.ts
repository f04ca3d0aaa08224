/** One HTTP request, body read. */
export interface HttpRequest {
  readonly method: string;
  /** Target of the request line: path and query, still percent-encoded. */
  readonly path: string;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
