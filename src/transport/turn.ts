// How the event loop is shared: work is done in turns of a few milliseconds, and between two turns
// Node polls its sockets and timers. So a KEEPALIVE, a BFD packet or a question at the control socket
// waits for one turn at most, however many routes are queued (DESIGN.md: never over 10 ms).

/** Milliseconds of one turn. Half of what may be held, since the last piece of a turn runs over. */
export const TURN = 5;

export class Turns {
  readonly #clock: () => number;
  readonly #run: (until: number) => boolean;
  #isScheduled = false;
  #isStopped = false;

  /** `run(until)`: works until about that time, at least one piece; true: more to do. */
  constructor(clock: () => number, run: (until: number) => boolean) {
    this.#clock = clock;
    this.#run = run;
  }

  /** There may be something to do: a turn soon. */
  wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }

  stop(): void {
    this.#isStopped = true;
  }

  readonly #turn = (): void => {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    if (this.#run(this.#clock() + TURN)) this.wake();
  };
}
