import type { EventEmitter } from "node:events";

/**
 * SIGHUP ends a process that does not listen for it. So it is listened for before anything else is
 * read, and one that comes too early counts as soon as somebody can act on it. (Until Node has read
 * the entry point, a fraction of a second, it still ends the process: who sends it then must wait.)
 */
export class Hangups {
  #pending = false;
  #act: (() => void) | undefined;

  /** `source`: the process. */
  constructor(source: EventEmitter) {
    source.on("SIGHUP", () => {
      if (this.#act === undefined) this.#pending = true;
      else this.#act();
    });
  }

  /** From now on `act` is called; at once, where one has come before. */
  on(act: () => void): void {
    this.#act = act;
    if (this.#pending) act();
    this.#pending = false;
  }
}
