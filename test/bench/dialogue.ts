import { createInterface } from "node:readline";
import type { Running } from "../support/process.ts";

/** A helper program of the bench: one line in, JSON lines out. */
export class Dialogue<Line> {
  readonly #program: Running;
  readonly #lines: Line[] = [];
  #waiting: (() => void) | undefined;

  constructor(program: Running) {
    this.#program = program;
    createInterface({ input: program.child.stdout! }).on("line", (text) => {
      this.#lines.push(JSON.parse(text) as Line);
      this.#waiting?.();
    });
    program.child.on("close", () => this.#waiting?.());
  }

  say(line: string): void {
    this.#program.child.stdin!.write(`${line}\n`);
  }

  /** The next line that is wanted; others before it are passed over. */
  async next(wanted: (line: Line) => boolean, seconds: number): Promise<Line> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (wanted(line)) return line;
      }
      if (this.#program.ended) throw new Error(`ended: ${this.#program.output}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no answer in ${seconds} s: ${this.#program.output}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
