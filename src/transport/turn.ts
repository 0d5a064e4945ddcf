// How the event loop is shared: work is done in turns of a few milliseconds, and between two turns
// Node polls its sockets and timers. So a KEEPALIVE, a BFD packet or a question at the control socket
// waits for one turn at most, however many routes are queued (DESIGN.md: never over 10 ms).

/** Milliseconds of one turn. Half of what may be held, since the last piece of a turn runs over. */
export const TURN = 5;

/** Upper ends of the classes of turns, in milliseconds; the last class is what is longer. */
export const TURN_BOUNDS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** How long turns were: whatever else the thread has to do waits for so long. */
export interface TurnsView {
  /** Turns by class, one more than there are bounds. */
  readonly counts: readonly number[];
  /** Milliseconds of all turns. */
  readonly total: number;
}

export class Turns {
  readonly #counts = TURN_BOUNDS.map(() => 0).concat(0);
  #total = 0;
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

  view(): TurnsView {
    return { counts: [...this.#counts], total: this.#total };
  }

  stop(): void {
    this.#isStopped = true;
  }

  readonly #turn = (): void => {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    const start = this.#clock();
    if (this.#run(start + TURN)) this.wake();
    this.#note(this.#clock() - start);
  };

  #note(duration: number): void {
    let at = 0;
    while (at < TURN_BOUNDS.length && duration > TURN_BOUNDS[at]) at++;
    this.#counts[at]++;
    this.#total += duration;
  }
}
