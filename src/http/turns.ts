/** Milliseconds of a turn of the event loop. */
const BUDGET = 2;

/** Turns of the event loop for long work: however many ask, one of them works in each, for 2 ms. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves at the beginning of one's own turn, with its end (on performance.now()). */
  next(): Promise<number> {
    const turn = this.#last.then(
      () =>
        new Promise<number>((resolve) => setImmediate(() => resolve(performance.now() + BUDGET))),
    );
    this.#last = turn;
    return turn;
  }

  /**
   * Does the work, which yields where it can pause; answers what it returns. With the signal it ends,
   * and this rejects.
   */
  async finish<T>(work: Iterator<unknown, T>, signal?: AbortSignal): Promise<T> {
    let until = await this.next();
    for (;;) {
      if (signal?.aborted) {
        work.return?.();
        throw new Error("given up");
      }
      const step = work.next();
      if (step.done === true) return step.value;
      if (performance.now() >= until) until = await this.next();
    }
  }
}
