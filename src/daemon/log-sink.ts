import { write, writeSync } from "node:fs";

export interface LogSinkOptions {
  /** Characters that may wait for a disk or a pipe; lines beyond are dropped. */
  readonly limit: number;
  /** Milliseconds after which a write that failed is tried again. */
  readonly retryAfter: number;
  /** Writing works again and nothing waits: `dropped` lines are lost; `error` is the first one. */
  readonly onRecovered: (dropped: number, error: string | undefined) => void;
  /** Nothing is written to a descriptor any more: another has taken its place. */
  readonly onReleased: (descriptor: number) => void;
}

/** Lines that go into one write at most. */
const LINES = 256;

/** Milliseconds until a pipe that took nothing is tried again. */
const BUSY = 50;

/** Times that flush() waits for a pipe that takes nothing. */
const PATIENCE = 20;

/**
 * Where the lines of the log go. A log that cannot be written must not stop routing, nor slow it
 * down: writes are made by the thread pool, what does not fit into a bounded buffer is dropped and
 * counted, and a write that failed is tried again until it works. A closed pipe (EPIPE) has nobody
 * left who could be told anything: until it is opened anew, all lines are dropped in silence.
 */
export class LogSink {
  #descriptor: number;
  /** Takes the descriptor's place when what is being written is out. */
  #successor: number | undefined;
  readonly #options: LogSinkOptions;
  #lines: string[] = [];
  /** What is being written, or is to be tried again, from #offset on. */
  #chunk: Buffer | undefined;
  #offset = 0;
  /** Characters in #lines and in the chunk. */
  #waiting = 0;
  #chunkLength = 0;
  #state: "idle" | "scheduled" | "writing" | "retrying" | "closed" = "idle";
  #dropped = 0;
  #failure: string | undefined;

  constructor(descriptor: number, options: LogSinkOptions) {
    this.#descriptor = descriptor;
    this.#options = options;
  }

  write(line: string): void {
    if (this.#state === "closed") return;
    if (this.#waiting + line.length > this.#options.limit) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#state !== "idle") return;
    // All lines of this turn go out together.
    this.#state = "scheduled";
    setImmediate(this.#next);
  }

  /** Why lines are being lost or delayed at the moment, for people; undefined: they are not. */
  get problem(): string | undefined {
    if (this.#state === "closed") return "nobody reads the log any more: nothing is logged";
    const lost = this.#dropped === 0 ? "" : `; ${this.#dropped} lines are lost so far`;
    if (this.#failure !== undefined) return `the log cannot be written: ${this.#failure}${lost}`;
    return lost === "" ? undefined : `the log is read too slowly${lost}`;
  }

  /**
   * Further lines go to another descriptor. What the old one has not taken whole goes to the new one,
   * whole: rather a line twice than half a line.
   */
  switchTo(descriptor: number): void {
    if (this.#successor !== undefined) this.#options.onReleased(this.#successor);
    this.#successor = descriptor;
    if (this.#state !== "writing") this.#succeed();
  }

  /**
   * Writes what waits at once, to be called before the process ends. What cannot be written is lost;
   * what the thread pool is writing at the moment is left to it.
   */
  flush(): void {
    if (this.#state === "closed") return;
    const rest = this.#state === "writing" ? undefined : this.#chunk?.subarray(this.#offset);
    const lines = Buffer.from(this.#cut(Infinity));
    if (rest !== undefined) this.#written();
    try {
      this.#writeNow(rest === undefined ? lines : Buffer.concat([rest, lines]));
    } catch {
      // Nothing can be said about a log that cannot be written.
    }
  }

  readonly #next = (): void => {
    if (this.#chunk === undefined) {
      const text = this.#cut(LINES);
      if (text === "") {
        this.#state = "idle";
        this.#report();
        return;
      }
      this.#waiting += text.length;
      this.#chunkLength = text.length;
      this.#chunk = Buffer.from(text);
    }
    this.#state = "writing";
    const { length } = this.#chunk;
    const left = length - this.#offset;
    write(this.#descriptor, this.#chunk, this.#offset, left, null, (error, written) => {
      if (error !== null) {
        this.#failed(error);
        this.#succeed();
        return;
      }
      this.#offset += written;
      if (this.#offset === length) {
        this.#written();
        this.#succeed();
      }
      this.#next();
    });
  };

  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === "EPIPE") {
      this.#state = "closed";
      this.#lines = [];
      this.#waiting = 0;
      this.#chunk = undefined;
      this.#offset = 0;
      return;
    }
    const busy = error.code === "EAGAIN";
    if (!busy) this.#failure ??= error.message;
    this.#state = "retrying";
    setTimeout(this.#next, busy ? BUSY : this.#options.retryAfter).unref();
  }

  #succeed(): void {
    if (this.#successor === undefined) return;
    const old = this.#descriptor;
    this.#descriptor = this.#successor;
    this.#successor = undefined;
    this.#offset = 0;
    if (this.#state === "closed") this.#state = "idle";
    this.#options.onReleased(old);
  }

  /** The next lines, taken out of the buffer; "": there are none. */
  #cut(lines: number): string {
    const text = this.#lines.splice(0, lines).join("");
    this.#waiting -= text.length;
    return text;
  }

  /** The chunk is out. */
  #written(): void {
    this.#waiting -= this.#chunkLength;
    this.#chunk = undefined;
    this.#chunkLength = 0;
    this.#offset = 0;
  }

  #report(): void {
    if (this.#failure === undefined && this.#dropped === 0) return;
    const [dropped, failure] = [this.#dropped, this.#failure];
    this.#dropped = 0;
    this.#failure = undefined;
    this.#options.onRecovered(dropped, failure);
  }

  #writeNow(bytes: Uint8Array): void {
    let offset = 0;
    for (let tries = 0; offset < bytes.length;) {
      try {
        offset += writeSync(this.#descriptor, bytes, offset);
      } catch (error) {
        const busy = (error as NodeJS.ErrnoException).code === "EAGAIN";
        if (!busy || ++tries > PATIENCE) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY);
      }
    }
  }
}
