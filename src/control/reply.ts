// Reply lines of BIRD 2's control protocol.
//
//   dddd-text   more follows          dddd text   last line
//    text       more follows, the code is that of the line before
//
// The collapsing is not cosmetic: exporters tell the first row of a protocol from the others by
// it, so it must happen exactly when the code repeats, and never on the last line.

/** One line before it is put into bytes. `text` has no code and no line end. */
export interface ReplyLine {
  readonly code: number;
  readonly text: string;
  readonly last: boolean;
}

/**
 * A step of a reply: a line; `undefined`, a place to stop for other work; or something that has to
 * come first, and is waited for.
 */
export type ReplyStep = ReplyLine | Promise<unknown> | undefined;

/** A reply, made while it is pulled. The last line has `last` set and nothing follows it. */
export type Reply = Iterable<ReplyStep, void, undefined>;

/** A line that others follow. */
export function more(code: number, text: string): ReplyLine {
  return { code, text, last: false };
}

/** The last line of a reply. */
export function last(code: number, text = ""): ReplyLine {
  return { code, text, last: true };
}

/**
 * Bytes in a line at most, its end included; longer ones would overrun the client's buffer. Only
 * JSON values, which underlayctl alone asks for, may be longer.
 */
const LINE_BYTES = 512;
/** Where long texts are broken into lines: leaves room for the code and the end. */
const WRAP_BYTES = 500;

/** underlay's own codes: a JSON value, and the heading of a list of them. BIRD has none near. */
export const JSON_ROW = 1100;
export const JSON_LIST = 2100;

/**
 * A row of `explain`, and the last line of one: every link holds, or one is broken. No reader of BIRD's
 * sends the command, so none will meet them.
 */
export const EXPLAIN_ROW = 1104;
export const WHOLE = 100;
export const BROKEN = 8100;

/** A row of `show load`, which is ours as well. */
export const LOAD_ROW = 1105;

/** A row of `plan`, and one that says how far it is. */
export const PLAN_ROW = 1107;
export const PROGRESS_ROW = 1108;

/**
 * `drain`: a row of what it does, and the last lines: it is done, it is begun (or taken back), and why
 * it was not waited for to the end.
 */
export const DRAIN_ROW = 1106;
export const DRAINED = 101;
export const DRAIN_BEGUN = 102;
export const UNDRAINED = 103;
export const NOT_DRAINED = 8101;

/** What `debug` and `mrtdump` have to say of what is not traced. */
export const TRACE_ROW = 1109;

/** The last word after `down`, when nothing of ours is left in the kernel. */
export const SHUTDOWN_COMPLETE = "Shutdown complete";

/**
 * A line that belongs to no reply: BIRD's form of what a client is told without having asked. Of so many
 * bytes at most, as any line.
 */
export function notice(text: string, bytes = LINE_BYTES): string {
  return `+${fitting(printable(text), Math.min(bytes, LINE_BYTES) - 2)}\n`;
}

/** Writes the lines of one reply. */
export class ReplyWriter {
  #previous = -1;

  /**
   * The line with its code and its line end. What does not fit is cut: BIRD would send a line with
   * code 8000 instead, which readers in the middle of a table take for the end of it.
   */
  write(line: ReplyLine): string {
    const prefix = this.#prefix(line);
    const room = LINE_BYTES - prefix.length - 1;
    const text = printable(line.text);
    this.#previous = line.code;
    return `${prefix}${line.code === JSON_ROW ? text : fitting(text, room)}\n`;
  }

  #prefix({ code, last: isLast }: ReplyLine): string {
    if (isLast) return `${digits(code)} `;
    return code === this.#previous ? " " : `${digits(code)}-`;
  }
}

/**
 * A long text as lines that fit, broken between words; those after the first begin with two blanks.
 */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (utf8Length(rest) > WRAP_BYTES) {
    const head = headOf(rest, WRAP_BYTES);
    const blank = head.lastIndexOf(" ");
    const length = blank > WRAP_BYTES / 4 ? blank : head.length;
    lines.push(rest.slice(0, length));
    rest = `  ${rest.slice(length).trimStart()}`;
  }
  lines.push(rest);
  return lines;
}

/** The text; cut where it has more bytes than there is room for. */
function fitting(text: string, room: number): string {
  // Most texts are short: three bytes a character are the most there can be.
  const fits = text.length * 3 <= room || utf8Length(text) <= room;
  return fits ? text : `${headOf(text, room - 3)}...`;
}

/** The longest beginning of the text that has so many bytes at most; no character is cut in two. */
function headOf(text: string, bytes: number): string {
  let length = 0;
  for (const character of text) {
    bytes -= utf8Length(character);
    if (bytes < 0) break;
    length += character.length;
  }
  return text.slice(0, length);
}

function digits(code: number): string {
  return code.toString().padStart(4, "0");
}

/**
 * Control characters, the line end above all, are shown as `?`: a neighbour's text (a shutdown
 * message, say) must not be able to write protocol lines of its own, nor turn those around that people
 * read (marks of direction). The tab stays.
 */
function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f\x80-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    "?",
  );
}

/** Bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts 2, the pair 4.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
