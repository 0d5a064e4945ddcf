import { writeSync } from "node:fs";
import { emitKeypressEvents } from "node:readline";
import { Suspension } from "./suspension.ts";

// The whole terminal, for what draws itself anew: `--watch` and `top`. Sequences are those of ECMA-48 and
// of xterm's private modes, which every terminal of today has.

const ALTERNATE = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const ORDINARY = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const LINE = "\x1b[K";
const REST_OF_SCREEN = "\x1b[J";

/** A key: its name by node:readline (`up`, `pagedown`, `q`), or the character. */
export interface Key {
  readonly name: string;
  readonly character: string;
  readonly ctrl: boolean;
}

export interface ScreenOptions {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
}

/** However the program ends, the terminal is as it was before. */
export class Screen {
  readonly #options: ScreenOptions;
  #isOpen = false;
  readonly #suspension = new Suspension(
    () => this.#restore(),
    () => this.#resume(),
  );

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  get columns(): number {
    return process.stdout.columns || 80;
  }

  get rows(): number {
    return process.stdout.rows || 24;
  }

  open(): void {
    process.on("exit", this.#restore);
    for (const signal of SIGNALS) process.on(signal, this.#end);
    this.#suspension.open();
    process.stdout.on("resize", this.#options.onResize);
    // What the terminal does not take any more, because it is gone, is nobody's loss.
    process.stdout.on("error", this.#gone);
    this.#enter();
    if (!process.stdin.isTTY) return;
    emitKeypressEvents(process.stdin);
    process.stdin.on("keypress", this.#key);
    process.stdin.on("end", this.#gone);
    process.stdin.resume();
  }

  /** So many lines as there are, from the top; they must not be wider than the screen. */
  draw(lines: readonly string[]): void {
    // Before the text: behind one that fills the line, its last character would be what is erased.
    const shown = lines.slice(0, this.rows);
    const text = shown.map((line) => `${LINE}${line}\x1b[0m`).join("\r\n");
    const rest = shown.length < this.rows ? `\r\n${REST_OF_SCREEN}` : "";
    process.stdout.write(`${HOME}${text}${rest}`);
  }

  close(): void {
    this.#restore();
    process.off("exit", this.#restore);
    for (const signal of SIGNALS) process.off(signal, this.#end);
    this.#suspension.close();
    process.stdout.off("resize", this.#options.onResize);
    process.stdout.off("error", this.#gone);
    process.stdin.off("keypress", this.#key);
    process.stdin.off("end", this.#gone);
    process.stdin.pause();
  }

  readonly #key = (
    character: string | undefined,
    { name = "", ctrl = false }: { name?: string; ctrl?: boolean },
  ): void => {
    if (ctrl && name === "z") this.#suspension.stopJob();
    else this.#options.onKey({ name, character: character ?? "", ctrl });
  };

  #enter(): void {
    this.#isOpen = true;
    process.stdout.write(ALTERNATE);
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
  }

  #resume(): void {
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    this.#enter();
    this.#options.onResize();
  }

  /** At once: there may be no later. */
  readonly #restore = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    try {
      writeSync(process.stdout.fd, ORDINARY);
    } catch {
      // The terminal is gone.
    }
  };

  readonly #end = (signal: keyof typeof STATUS): void => process.exit(STATUS[signal]);

  readonly #gone = (): void => process.exit(STATUS.SIGHUP);
}

/** As shells count: 128 and the signal's number. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** A line that is no wider than that; escape sequences (SGR) take no room. */
export function fitted(line: string, columns: number): string {
  let room = columns;
  let text = "";
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith("\x1b[")) {
      text += part;
    } else {
      text += part.slice(0, room);
      room = Math.max(0, room - part.length);
    }
  }
  return text;
}
