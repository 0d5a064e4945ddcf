// How the event loop is shared: work is done in turns of a few milliseconds, and between two turns
// Node polls its sockets and timers. So a KEEPALIVE, a BFD packet or a question at the control socket
// waits for one turn at most, however many routes are queued (DESIGN.md: never over 10 ms); what comes
// over TCP in quick succession a millisecond or two longer.

import { Alarm } from "./alarm.ts";

/** Milliseconds of one turn. Half of what may be held, since the last piece of a turn runs over. */
export const TURN = 5;

/** Milliseconds for which work is let gather where it comes in quick succession: a timer's least. */
const GATHERING = 1;

/**
 * Turns in a row, each within half of that of the one before, that are a quick succession: a pod's way
 * takes a few. Where a turn comes each millisecond there is nothing to gather (measured: `churn`, 1000
 * updates a second).
 */
const SUCCESSION = 32;

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
  #isGathering = false;
  #isStopped = false;
  /** When the last turn began, and how many before it came in quick succession. */
  #began = -Infinity;
  #succession = 0;
  readonly #gathered: Alarm;

  /** `run(until)`: works until about that time, at least one piece; true: more to do. */
  constructor(clock: () => number, run: (until: number) => boolean) {
    this.#clock = clock;
    this.#run = run;
    this.#gathered = new Alarm(clock, () => {
      // Beside one that is to come there would be two between two polls, for as long as there is work.
      if (!this.#isScheduled) this.#turn();
    });
  }

  /** There may be something to do: a turn soon. */
  wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }

  /**
   * As wake() where such work is rare. Where it comes in quick succession, what has come within a
   * millisecond is done in one turn, and each neighbour is written to once for all of it (measured:
   * `churn`, 10,000 updates a second: a quarter of the CPU time).
   */
  gather(): void {
    if (this.#isScheduled || this.#isGathering || this.#isStopped) return;
    const now = this.#clock();
    const most = this.#succession > SUCCESSION ? GATHERING : GATHERING / 2;
    this.#succession = now < this.#began + most ? this.#succession + 1 : 0;
    if (this.#succession <= SUCCESSION) return this.wake();
    this.#isGathering = true;
    this.#gathered.set(now + GATHERING);
  }

  view(): TurnsView {
    return { counts: [...this.#counts], total: this.#total };
  }

  stop(): void {
    this.#isStopped = true;
    this.#gathered.stop();
  }

  readonly #turn = (): void => {
    if (this.#isStopped) return;
    const start = this.#clock();
    // What others ask for now and then, and gather() follows upon, is no succession.
    if (!this.#isGathering && start >= this.#began + GATHERING) this.#succession = 0;
    this.#began = start;
    this.#isScheduled = false;
    this.#isGathering = false;
    this.#gathered.stop();
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
