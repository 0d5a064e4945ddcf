import { ClientError } from "./client.ts";
import { type Paint, painter } from "./colours.ts";
import { jsonError } from "./json.ts";
import { Presence, timeOfDay } from "./presence.ts";
import { FIRST_ERROR, ROW } from "./reply-reader.ts";
import { type Key, Screen, fitted } from "./screen.ts";
import { Value, parseRow } from "./tables.ts";
import { ORDERS, type Order, type Rates, type Sample, chosen, ratesOf } from "./top-rates.ts";
import { headLines, keyLine, sessionLines } from "./top-view.ts";
import type { Call } from "./verbs.ts";
import { keptUp, pause } from "./watch.ts";

/** Lines besides the sessions: the head, a line for what is to be said, the heading, the keys. */
const OTHERS = 7;

/** `top` until it is left; gives the exit status. Throws ClientError. */
export function runTop(call: Call): Promise<number> {
  const seconds = readInterval(call.flags["interval"]);
  if (call.json) return printObjects(call, seconds);
  if (call.flags["once"] === true) return printOnce(call, seconds);
  if (call.output.columns === undefined) {
    throw new ClientError("top needs a terminal; without one there are --once and --json");
  }
  return new Top(call, seconds).run();
}

function readInterval(text: string | boolean | undefined): number {
  if (text === undefined) return 1;
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3600) return seconds;
  throw new ClientError(`--interval: ${String(text)} is no number of seconds from 0.1 to 3600`);
}

/** Throws ClientError, also where the daemon answers with an error. */
async function look({ ask }: Pick<Call, "ask">): Promise<Sample> {
  const values: Value[] = [];
  for await (const { code, text } of ask("underlay json show load")) {
    if (code >= FIRST_ERROR) throw new ClientError(text);
    if (code === ROW) values.push(new Value(parseRow(text)));
  }
  return values;
}

/** After one interval: before, there are no rates. */
async function printOnce(call: Call, seconds: number): Promise<number> {
  const { output } = call;
  const before = await look(call);
  await pause(seconds * 1000, output.signal);
  const { daemon, sessions } = ratesOf(before, await look(call));
  const paint = painter(output.colours);
  const all = chosen(sessions, "r", "");
  const rows = sessionLines(all, daemon.at, output.columns ?? Infinity, paint);
  for (const line of [...headLines(daemon, sessions, paint), "", ...rows]) {
    await output.write(`${line}\n`);
  }
  return 0;
}

/** An object a line and an interval, until nobody reads any more. */
async function printObjects(call: Call, seconds: number): Promise<number> {
  const { output, flags } = call;
  let before: Sample | undefined;
  while (!output.broken) {
    const next = pause(seconds * 1000, output.signal);
    try {
      const sample = await look(call);
      if (before !== undefined) {
        await output.write(`${JSON.stringify(ratesOf(before, sample))}\n`);
        await output.flush();
        if (flags["once"] === true) return 0;
      }
      before = sample;
    } catch (error) {
      if (!(error instanceof ClientError) || flags["once"] === true) throw error;
      before = undefined;
      if (!output.broken) await output.complain(jsonError(error.message));
    }
    await next;
  }
  return 0;
}

class Top {
  readonly #call: Call;
  readonly #seconds: number;
  readonly #paint: Paint;
  readonly #presence = new Presence();
  readonly #screen = new Screen({
    onKey: (key) => this.#key(key),
    onResize: () => this.#draw(),
  });
  #before: Sample | undefined;
  #rates: Rates | undefined;
  #order: Order = "r";
  #filter = "";
  #isTyping = false;
  #isPaused = false;
  #top = 0;

  constructor(call: Call, seconds: number) {
    this.#call = call;
    this.#seconds = seconds;
    this.#paint = painter(call.output.colours);
  }

  async run(): Promise<number> {
    const { signal } = this.#call.output;
    await keptUp(this.#screen, this.#seconds, signal, async () => {
      if (!this.#isPaused) await this.#look();
      if (!signal.aborted) this.#draw();
    });
    return 0;
  }

  async #look(): Promise<void> {
    try {
      const sample = await look(this.#call);
      this.#rates = ratesOf(this.#before, sample);
      this.#before = sample;
      this.#presence.note(true, new Date());
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#before = undefined;
      this.#presence.note(false, new Date(), error.message);
    }
  }

  #key({ name, character, ctrl }: Key): void {
    if (ctrl && name === "c") this.#call.output.stop();
    else if (this.#isTyping) this.#type(name, character);
    else if (name === "q") this.#call.output.stop();
    else if (character === "/") this.#isTyping = true;
    else if (name === "p") this.#isPaused = !this.#isPaused;
    else if (name === "escape") this.#filter = "";
    else if (Object.hasOwn(ORDERS, character)) this.#order = character as Order;
    else this.#scroll(name);
    this.#draw();
  }

  #type(name: string, character: string): void {
    if (name === "return" || name === "enter") this.#isTyping = false;
    else if (name === "backspace") this.#filter = this.#filter.slice(0, -1);
    else if (name === "escape") [this.#isTyping, this.#filter] = [false, ""];
    else if (/^[\x20-\x7e]$/.test(character)) this.#filter += character;
    this.#top = 0;
  }

  #scroll(name: string): void {
    const page = this.#screen.rows - OTHERS;
    const steps: Readonly<Record<string, number>> = {
      ...{ up: -1, down: 1, pageup: -page, pagedown: page, home: -Infinity, end: Infinity },
    };
    this.#top += Object.hasOwn(steps, name) ? steps[name] : 0;
  }

  #draw(): void {
    const { columns, rows } = this.#screen;
    this.#screen.draw(this.#lines(columns, rows).map((line) => fitted(line, columns)));
  }

  #lines(columns: number, rows: number): string[] {
    const rates = this.#rates;
    if (rates === undefined) return [this.#say(0, 0, 0), "", "q quit"];
    const { daemon, sessions } = rates;
    const paint = this.#presence.isAway ? painter(false) : this.#paint;
    const all = chosen(sessions, this.#order, this.#filter);
    const room = Math.max(1, rows - OTHERS);
    this.#top = Math.max(0, Math.min(this.#top, all.length - room));
    const table = sessionLines(all, daemon.at, columns, paint);
    const shown = table.slice(1 + this.#top, 1 + this.#top + room);
    const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => "");
    return [
      ...headLines(daemon, sessions, paint),
      this.#say(all.length, sessions.length, room),
      ...[table[0], ...shown].map((line) => (this.#presence.isAway ? this.#paint.dim(line) : line)),
      ...blank,
      keyLine(this.#order, this.#isPaused, this.#paint),
    ];
  }

  /** The line between head and sessions. */
  #say(found: number, all: number, room: number): string {
    const { bold, green, red, yellow, dim } = this.#paint;
    const { isAway, text } = this.#presence;
    const parts = [
      text === undefined ? "" : isAway ? bold(red(text)) : green(text),
      this.#isPaused ? yellow(`paused at ${timeOfDay(new Date(this.#rates?.daemon.at ?? 0))}`) : "",
      this.#isTyping || this.#filter !== ""
        ? `filter: ${this.#filter}${this.#isTyping ? "_" : ""} (${found} of ${all})`
        : "",
      found > room
        ? dim(`${this.#top + 1} to ${Math.min(found, this.#top + room)} of ${found}`)
        : "",
    ];
    return parts.filter((part) => part !== "").join("   ");
  }
}
