import { markChanges } from "./changes.ts";
import { ClientError } from "./client.ts";
import { type Paint, painter } from "./colours.ts";
import { jsonError, printJson } from "./json.ts";
import type { Sink } from "./output.ts";
import { Presence, timeOfDay } from "./presence.ts";
import { printReply } from "./print.ts";
import { type Key, Screen, fitted } from "./screen.ts";
import type { Call } from "./verbs.ts";

/**
 * Lines of a reply that are kept: to compare so many takes a tenth of a second (measured), and a daemon
 * is not asked for a million routes every two seconds. What there is more has to be asked for more closely.
 */
const MOST = 10_000;

/** `--watch`: asks again and again until it is left; gives the exit status. Throws ClientError. */
export function watchReply(call: Call, seconds: number): Promise<number> {
  if (call.json) return watchJson(call, seconds);
  if (call.output.columns === undefined) {
    throw new ClientError("--watch needs a terminal; with --json it prints a line each time");
  }
  return new Watch(call, seconds).run();
}

/** A line a look, until nobody reads any more. */
async function watchJson(call: Call, seconds: number): Promise<number> {
  const { output } = call;
  while (!output.broken) {
    const next = pause(seconds * 1000, output.signal);
    try {
      await printJson(call.ask(`underlay json ${call.line}`), output, "line");
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (!output.broken) await output.complain(jsonError(error.message));
    }
    await next;
  }
  return 0;
}

/** Resolves after so many milliseconds, or at once with the signal. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

/** Opens the screen, takes a turn each so many seconds until the signal comes, and closes it. */
export async function keptUp(
  screen: Screen,
  seconds: number,
  signal: AbortSignal,
  turn: () => Promise<void>,
): Promise<void> {
  screen.open();
  try {
    while (!signal.aborted) {
      const next = pause(seconds * 1000, signal);
      await turn();
      await next;
    }
  } finally {
    screen.close();
  }
}

/** Keeps what would be printed. */
class Page implements Sink {
  readonly columns: number;
  readonly colours: boolean;
  #text = "";
  #lines = 0;

  constructor(columns: number, colours: boolean) {
    this.columns = columns;
    this.colours = colours;
  }

  get broken(): boolean {
    return this.#lines >= MOST;
  }

  get lines(): string[] {
    const lines = this.#text.split("\n").slice(0, -1);
    return this.broken ? [...lines, `... more than ${MOST} lines: ask for less`] : lines;
  }

  write(text: string): Promise<void> {
    this.#text += text;
    this.#lines += text.split("\n").length - 1;
    return Promise.resolve();
  }

  complain = (text: string): Promise<void> => this.write(text);

  flush = (): Promise<void> => Promise.resolve();
}

class Watch {
  readonly #call: Call;
  readonly #seconds: number;
  readonly #paint: Paint;
  readonly #screen = new Screen({
    onKey: (key) => this.#key(key),
    onResize: () => this.#draw(),
  });
  #lines: readonly string[] = [];
  #marked: readonly string[] = [];
  #looks = 0;
  #lookedAt = new Date();
  readonly #presence = new Presence();
  #top = 0;

  constructor(call: Call, seconds: number) {
    this.#call = call;
    this.#seconds = seconds;
    this.#paint = painter(call.output.colours);
  }

  async run(): Promise<number> {
    const { signal } = this.#call.output;
    await keptUp(this.#screen, this.#seconds, signal, async () => {
      await this.#look();
      if (!signal.aborted) this.#draw();
    });
    return 0;
  }

  async #look(): Promise<void> {
    const { output } = this.#call;
    const page = new Page(this.#screen.columns, output.colours);
    try {
      await printReply({ ...this.#call, output: page });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (!output.broken) this.#note(false, error.message);
      return;
    }
    this.#note(true);
    const { lines } = page;
    this.#marked = this.#looks++ === 0 ? lines : markChanges(this.#lines, lines);
    this.#lines = lines;
  }

  #note(isThere: boolean, why?: string): void {
    this.#lookedAt = new Date();
    this.#presence.note(isThere, this.#lookedAt, why);
  }

  #key({ name, character, ctrl }: Key): void {
    const page = this.#screen.rows - HEAD - 1;
    if (name === "q" || (ctrl && name === "c")) this.#call.output.stop();
    else if (name === "down") this.#top++;
    else if (name === "up") this.#top--;
    else if (name === "pagedown" || name === "space") this.#top += page;
    else if (name === "pageup") this.#top -= page;
    else if (name === "end" || character === "G") this.#top = this.#marked.length;
    else if (name === "home" || character === "g") this.#top = 0;
    else return;
    this.#draw();
  }

  #draw(): void {
    const { columns, rows } = this.#screen;
    const room = Math.max(1, rows - HEAD);
    this.#top = Math.max(0, Math.min(this.#top, this.#marked.length - room));
    const { isAway } = this.#presence;
    const shown = (isAway ? this.#lines : this.#marked).slice(this.#top, this.#top + room);
    const body = shown.map((line) => (isAway ? this.#paint.dim(plain(line)) : line));
    const head = [this.#title(columns), this.#state(room)];
    this.#screen.draw([...head, ...body].map((line) => fitted(line, columns)));
  }

  #title(columns: number): string {
    const left = `Every ${this.#seconds} s: ${this.#call.line}`;
    const right = timeOfDay(this.#lookedAt);
    const gap = Math.max(2, columns - left.length - right.length);
    return this.#paint.bold(`${left}${" ".repeat(gap)}${right}`);
  }

  #state(room: number): string {
    const { bold, dim, green, red } = this.#paint;
    const { isAway, text } = this.#presence;
    if (text !== undefined) return isAway ? bold(red(text)) : green(text);
    const below = this.#marked.length - this.#top - room;
    return below > 0 ? dim(`${below} more lines below: arrow keys; q leaves`) : dim("q leaves");
  }
}

/** Lines above the reply. */
const HEAD = 2;

const plain = (line: string): string => line.replaceAll(/\x1b\[[\d;]*m/g, "");
