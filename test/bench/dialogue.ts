import { createInterface } from "node:readline";
import { join } from "node:path";
import type { Host } from "../support/net.ts";
import type { Running } from "../support/process.ts";
import type { Told } from "./telling.ts";

/** Seconds that a daemon may take for anything at all. */
const LIMIT = 280;

/** A helper program of the bench: one line in, JSON lines out (telling.ts is its other end). */
export class Dialogue<Line extends Pick<Told, "event"> = Told> {
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

  /** One of the TypeScript programs of this folder, with its arguments: objects go as JSON. */
  static start<Line extends Pick<Told, "event"> = Told>(
    host: Host,
    script: string,
    ...words: readonly (string | object)[]
  ): Dialogue<Line> {
    const texts = words.map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
    const file = join(import.meta.dirname, script);
    return new Dialogue(host.start([process.execPath, file, ...texts], { stdin: "pipe" }));
  }

  say(line: string): void {
    this.#program.child.stdin!.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    await this.#program.end("SIGKILL");
  }

  /** The next line that tells this; others before it are passed over. */
  event(name: string): Promise<Line> {
    return this.next(({ event }) => event === name);
  }

  /** The next line that is wanted; others before it are passed over. */
  async next(wanted: (line: Line) => boolean): Promise<Line> {
    const deadline = performance.now() + LIMIT * 1000;
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (wanted(line)) return line;
      }
      if (this.#program.ended) throw new Error(`ended: ${this.#program.output}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no answer in ${LIMIT} s: ${this.#program.output}`);
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
