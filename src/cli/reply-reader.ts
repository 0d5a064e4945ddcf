import { clean } from "./clean.ts";
import type {
  BROKEN,
  JSON_LIST,
  JSON_ROW,
  PROGRESS_ROW,
  SHUTDOWN_COMPLETE,
} from "../control/index.ts";

// The control room itself is not loaded: with all that it needs, that would take several times as
// long as the rest of a command. The types say that the numbers are the same.

/** A JSON value, and the heading of a list of them. */
export const ROW: typeof JSON_ROW = 1100;
export const LIST: typeof JSON_LIST = 2100;

/** What `explain` ends with where it has found what is wrong: an answer, though scripts fail by it. */
export const FOUND: typeof BROKEN = 8100;

/** How far a long answer is; comes where it was asked for. */
export const PROGRESS: typeof PROGRESS_ROW = 1108;

/** What a daemon says at last that has been told to end, and has left nothing behind. */
export const COMPLETE: typeof SHUTDOWN_COMPLETE = "Shutdown complete";

/** Codes from here on are errors. */
export const FIRST_ERROR = 8000;

/** One line of a reply, without control characters. `last`: nothing follows. */
export interface ReplyRow {
  readonly code: number;
  readonly text: string;
  readonly last: boolean;
}

/** The other side does not speak BIRD's protocol. */
export class ProtocolError extends Error {}

/** Longer lines are not from an underlayd: a JSON value with all its attributes is far shorter. */
const LONGEST_LINE = 4 * 1024 * 1024;

/** Text of the socket, cut anywhere -> rows. A line that begins with a blank has the code before. */
export class ReplyReader {
  readonly #onNotice: (text: string) => void;
  #partial = "";
  #code = 0;

  /** `onNotice`: for lines that belong to no reply; a daemon's farewell is one. */
  constructor(onNotice: (text: string) => void = () => undefined) {
    this.#onNotice = onNotice;
  }

  /** Rows that the text completes. Throws ProtocolError. */
  *read(text: string): Generator<ReplyRow> {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    if (this.#partial.length > LONGEST_LINE) throw new ProtocolError("a line without an end");
    for (const line of lines) {
      const row = this.#row(clean(line));
      if (row !== undefined) yield row;
    }
  }

  #row(line: string): ReplyRow | undefined {
    if (line.startsWith("+")) {
      this.#onNotice(line.slice(1));
      return undefined;
    }
    if (line.startsWith(" ")) return { code: this.#code, text: line.slice(1), last: false };
    const parts = /^([0-9]{4})([ -])(.*)$/s.exec(line);
    if (parts === null) throw new ProtocolError(`the line ${JSON.stringify(line.slice(0, 40))}`);
    this.#code = Number(parts[1]);
    return { code: this.#code, text: parts[3], last: parts[2] === " " };
  }
}
