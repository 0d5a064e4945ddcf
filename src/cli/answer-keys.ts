import { emitKeypressEvents } from "node:readline";
import type { Key } from "./screen.ts";
import { Suspension } from "./suspension.ts";

/** What a key says to a question that is answered by yes or no. */
export type Said = "no" | "yes";

/** The answer that the capital in [y/N] promises. */
const NO: readonly string[] = ["n", "return", "enter", "escape"];

/** The keys of the terminal as answers, one at a time and without echo. Every other key is none. */
export class AnswerKeys {
  readonly #said: Said[] = [];
  #wake = (): void => undefined;
  readonly #suspension = new Suspension(
    () => process.stdin.setRawMode(false),
    // Without the first, Node takes it for set: the shell had the terminal meanwhile.
    () => process.stdin.setRawMode(false).setRawMode(true),
  );

  open(): void {
    const { stdin } = process;
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    this.#suspension.open();
    stdin.on("keypress", this.#key);
    stdin.on("end", this.#gone);
    stdin.resume();
  }

  /** The next answer; undefined: none has come in so many milliseconds. */
  async next(patience: number): Promise<Said | undefined> {
    if (this.#said.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#said.shift();
  }

  close(): void {
    const { stdin } = process;
    this.#suspension.close();
    stdin.off("keypress", this.#key);
    stdin.off("end", this.#gone);
    stdin.setRawMode(false);
    stdin.pause();
  }

  readonly #key = (_: unknown, { name = "", ctrl = false }: Partial<Key>): void => {
    if (ctrl && name === "z") this.#suspension.stopJob();
    else if (ctrl ? name === "c" || name === "d" : NO.includes(name)) this.#say("no");
    else if (name === "y") this.#say("yes");
  };

  readonly #gone = (): void => this.#say("no");

  #say(said: Said): void {
    this.#said.push(said);
    this.#wake();
  }
}
