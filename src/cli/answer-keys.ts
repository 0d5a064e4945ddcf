import { emitKeypressEvents } from "node:readline";
import type { Key } from "./screen.ts";

/** What a key says to a question that is answered by yes or no. */
export type Said = "no" | "yes";

/** The answer that the capital in [y/N] promises. */
const NO: readonly string[] = ["n", "return", "enter", "escape"];

/** The keys of the terminal as answers, one at a time and without echo. Every other key is none. */
export class AnswerKeys {
  readonly #said: Said[] = [];
  #wake = (): void => undefined;

  open(): void {
    const { stdin } = process;
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
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
    stdin.off("keypress", this.#key);
    stdin.off("end", this.#gone);
    stdin.setRawMode(false);
    stdin.pause();
  }

  readonly #key = (_: unknown, { name = "", ctrl = false }: Partial<Key>): void => {
    if (ctrl ? name === "c" || name === "d" : NO.includes(name)) this.#say("no");
    else if (name === "y") this.#say("yes");
  };

  readonly #gone = (): void => this.#say("no");

  #say(said: Said): void {
    this.#said.push(said);
    this.#wake();
  }
}
