/** What is asked. */
export interface Question {
  /** As it was sent, with its escapes, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of the request; names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborted when whoever has asked is gone: what is made for nobody else may end. */
  readonly signal: AbortSignal;
}

/** A text that is made while it is sent; undefined: enough work for one turn, and nothing new. */
export type Pieces = Iterable<string | undefined>;

export interface Reply {
  readonly status: number;
  /** The media type, with its charset. */
  readonly type: string;
  readonly body: string | Uint8Array | Pieces;
  /** Further ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A line of text. */
export function plain(status: number, line: string): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${line}\n` };
}
