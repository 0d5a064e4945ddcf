import type { Arguments, SyntaxProblem } from "./lexer.ts";
import type { LogClass } from "./log-views.ts";
import type { Reply } from "./reply.ts";
import { bytesText } from "./route-json.ts";
import type { ControlViews } from "./views.ts";

/** What a command may look at, and the client's own state. */
export interface CommandContext {
  readonly views: ControlViews;
  /** Set by `restrict`: nothing may be changed any more. */
  restricted: boolean;
  /** Set by `down`: the client is told how it went. */
  ending: boolean;
  /** A reply keeps something large for as long as it is not read to its end. */
  holding: boolean;
  /** Ends another's reply that keeps something large and is not read on; false: there is none. */
  makeRoom(): boolean;
  /** Tells the client, between two replies, what it has not asked for now. */
  notify(text: string): void;
  /** From now on it is told these classes of the log in that way; `size`: bytes that may wait for it. */
  echo(classes: ReadonlySet<LogClass>, size: number): void;
}

/** A command that was understood: it is answered in one of two forms. */
export interface Answer {
  text(): Reply;
  /** A value for `--json`: one, or a list that is made while it is pulled. */
  json(): JsonAnswer;
}

export type JsonAnswer =
  | {
      readonly kind: "one";
      readonly value: unknown;
      readonly code?: number;
      readonly text?: string;
    }
  | {
      /** Made with pauses for other work. */
      readonly kind: "steps";
      readonly steps: Generator<Promise<unknown> | undefined, JsonAnswer, undefined>;
    }
  | {
      /** It is there when `ready` is. */
      readonly kind: "later";
      readonly ready: Promise<unknown>;
      readonly then: () => JsonAnswer;
    }
  | {
      readonly kind: "list";
      /** `undefined`: a place to stop for other work. An ErrorRow ends the list. */
      readonly values: Iterable<unknown>;
      readonly code?: number;
      readonly text?: string;
    };

/** Ends a JSON list with a code and words of its own: mostly early, because of an error. */
export class ErrorRow {
  readonly code: number;
  readonly text: string;

  constructor(code: number, text: string) {
    this.code = code;
    this.text = text;
  }
}

/** A value that is JSON already: made in pieces, for in one go it would hold up others. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** As a row has it: octets in hexadecimal, whole numbers beyond those of JSON as text. */
export function toJson(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    return inner instanceof Uint8Array ? bytesText(inner) : inner;
  });
}

/** A command: its words, whether it changes something, and how the words after it are read. */
export interface Command {
  readonly words: readonly string[];
  readonly writes: boolean;
  read(args: Arguments, context: CommandContext): Answer | SyntaxProblem;
}
