/** Characters collected before they are written: a system call a line would cost most of the time. */
const BLOCK = 32 * 1024;

/** Standard output: collected, in step with its reader, and quiet when the reader has gone. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #text = "";
  #broken = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // `| head` has seen enough. Everything else is worth a message, a full disk above all.
      if (error.code !== "EPIPE") {
        process.stderr.write(`underlayctl: cannot write the answer: ${error.message}\n`);
        process.exitCode = 1;
      }
      this.#broken = true;
    });
  }

  /** Nobody reads any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** The terminal's width; undefined: no terminal. One that does not say has 0 columns. */
  get columns(): number | undefined {
    return this.#stream.isTTY ? this.#stream.columns || 80 : undefined;
  }

  /** NO_COLOR (no-color.org) and dumb terminals are respected. */
  get colours(): boolean {
    const { NO_COLOR, TERM } = process.env;
    return this.#stream.isTTY && (NO_COLOR ?? "") === "" && TERM !== "dumb";
  }

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= BLOCK) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "" || this.#broken) return;
    if (!this.#stream.write(text)) await this.#writable();
  }

  /** Resolves when there is room again, or when there never will be. */
  #writable(): Promise<void> {
    const events = ["drain", "error", "close"] as const;
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of events) this.#stream.off(event, done);
        resolve();
      };
      for (const event of events) this.#stream.on(event, done);
    });
  }
}
