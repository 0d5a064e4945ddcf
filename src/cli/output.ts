import { Pager, screenLines } from "./pager.ts";

/** Characters collected before they are written: a system call a line would cost most of the time. */
const BLOCK = 32 * 1024;

export type ColourWish = "auto" | "always" | "never";

export interface OutputOptions {
  readonly colour?: ColourWish;
  /** What is longer than the terminal goes through this program; undefined: it is just written. */
  readonly pager?: string | undefined;
}

/** Where a reply is printed to. */
export type Sink = Pick<Output, "broken" | "colours" | "columns" | "complain" | "flush" | "write">;

/**
 * The answer, to standard output: collected, in step with its reader, and quiet when the reader has gone.
 * On a terminal what does not fit goes through a pager; its end is that of a reader.
 */
export class Output {
  readonly #terminal: NodeJS.WriteStream;
  readonly #options: OutputOptions;
  readonly #abort = new AbortController();
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  #pager: Pager | undefined;
  /** There is one that works, as far as is known. */
  #isPageable: boolean;
  #text = "";
  /** Lines of the terminal that the text so far takes, while it may still fit. */
  #lines = 0;

  constructor(stream: NodeJS.WriteStream, options: OutputOptions = {}) {
    this.#terminal = stream;
    this.#options = options;
    this.#isPageable = options.pager !== undefined;
    this.#onError = (error) => {
      // `| head` has seen enough. Everything else is worth a message, a full disk above all.
      if (error.code !== "EPIPE") {
        process.stderr.write(`underlayctl: cannot write the answer: ${error.message}\n`);
        process.exitCode = 1;
      }
      this.stop();
    };
    stream.on("error", this.#onError);
  }

  /** Nobody reads any more. */
  get broken(): boolean {
    return this.#abort.signal.aborted;
  }

  /** The same for those who wait for something: aborted when nobody reads any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The terminal belongs to the pager. */
  get isPaging(): boolean {
    return this.#pager !== undefined;
  }

  /** The terminal's width; undefined: no terminal. One that does not say has 0 columns. */
  get columns(): number | undefined {
    return this.#terminal.isTTY ? this.#terminal.columns || 80 : undefined;
  }

  /** Unless the user says so: on a terminal, where NO_COLOR (no-color.org) and TERM do not forbid it. */
  get colours(): boolean {
    const { colour = "auto" } = this.#options;
    if (colour !== "auto") return colour === "always";
    const { NO_COLOR, TERM } = process.env;
    return this.#terminal.isTTY && (NO_COLOR ?? "") === "" && TERM !== "dumb";
  }

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#isHeld(text)) return;
    if (this.#text.length >= BLOCK) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "" || this.broken) return;
    if (this.#pager !== undefined) await this.#pager.write(text);
    else if (!this.#terminal.write(text)) await this.#writable();
  }

  /** A message, on standard error, behind what has been written. */
  async complain(text: string): Promise<void> {
    await this.close();
    process.stderr.write(text);
  }

  /** Nothing more is wanted: what is under way ends. */
  stop(): void {
    this.#abort.abort();
  }

  /** The answer is complete; comes back when the pager has been left. */
  async close(): Promise<void> {
    await this.flush();
    this.#lines = 0;
    const pager = this.#pager;
    if (pager !== undefined) {
      this.#pager = undefined;
      await pager.end();
      this.#takeBack(pager);
    }
    // What a pager has not taken.
    await this.flush();
  }

  /** The last one for this stream. */
  release(): void {
    this.#terminal.off("error", this.#onError);
  }

  /** It may still fit; where it ceases to, the pager is started. */
  #isHeld(text: string): boolean {
    const { pager } = this.#options;
    const { columns } = this;
    if (pager === undefined || columns === undefined || this.#pager !== undefined) return false;
    if (!this.#isPageable) return false;
    this.#lines += screenLines(text, columns);
    // The prompt needs a line as well.
    if (this.#lines < (this.#terminal.rows || 24)) return true;
    const running = new Pager(pager);
    this.#pager = running;
    void running.ended.then(() => {
      if (this.#pager !== running) return;
      this.#pager = undefined;
      // Left before all has come, if not for that.
      if (!this.#takeBack(running)) this.stop();
    });
    return false;
  }

  /** What a pager was given that could not be run is for the terminal; false: it did run. */
  #takeBack({ unread }: Pager): boolean {
    if (unread === undefined) return false;
    this.#text = unread + this.#text;
    this.#isPageable = false;
    return true;
  }

  /** Resolves when there is room again, or when there never will be. */
  #writable(): Promise<void> {
    const stream = this.#terminal;
    const events = ["drain", "error", "close"] as const;
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of events) stream.off(event, done);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      for (const event of events) stream.on(event, done);
      this.signal.addEventListener("abort", done);
    });
  }
}
