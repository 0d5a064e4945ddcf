import type { Pieces, Reply } from "../http/index.ts";

const TYPE = "application/json; charset=utf-8";

/** Nobody is to keep what is another thing a second later. */
const FRESH = { "cache-control": "no-store" };

export function jsonReply(body: Reply["body"]): Reply {
  return { status: 200, type: TYPE, body, headers: FRESH };
}

/** A question that cannot be answered, in the form in which birdwatcher says so. */
export function problem(status: number, error: string): Reply {
  return { status, type: TYPE, body: `${JSON.stringify({ error })}\n`, headers: FRESH };
}

/** An object, made while it is sent; a member is a value, or rows that make a list or another object. */
export function* objectPieces(members: Readonly<Record<string, Member>>): Pieces {
  let before = "{";
  for (const [key, member] of Object.entries(members)) {
    yield `${before}${JSON.stringify(key)}:`;
    if (member instanceof Rows) yield* member.pieces();
    else yield JSON.stringify(member);
    before = ",";
  }
  yield "}\n";
}

export type Member = Rows | Plain;
export type Plain =
  string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** Values that are not all there at once; `undefined` among them is a place to stop for other work. */
export class Rows {
  readonly #open: string;
  readonly #close: string;
  readonly #rows: Iterable<string | undefined>;

  private constructor(open: string, close: string, rows: Iterable<string | undefined>) {
    this.#open = open;
    this.#close = close;
    this.#rows = rows;
  }

  static list<T>(rows: Iterable<T | undefined>, value: (row: T) => unknown): Rows {
    const text = (row: T): string => JSON.stringify(value(row));
    return new Rows("[", "]", mapped(rows, text));
  }

  /** A row's key, which must be its alone, and its value. */
  static object<T>(rows: Iterable<T | undefined>, entry: (row: T) => [string, unknown]): Rows {
    const text = (row: T): string =>
      entry(row)
        .map((part) => JSON.stringify(part))
        .join(":");
    return new Rows("{", "}", mapped(rows, text));
  }

  *pieces(): Pieces {
    let before = this.#open;
    for (const row of this.#rows) {
      yield row === undefined ? undefined : before + row;
      if (row !== undefined) before = ",";
    }
    // Nothing came: what opens it is still to be said.
    yield before === this.#open ? this.#open + this.#close : this.#close;
  }
}

function* mapped<T>(rows: Iterable<T | undefined>, text: (row: T) => string): Pieces {
  for (const row of rows) yield row === undefined ? undefined : text(row);
}
