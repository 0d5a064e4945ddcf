// A machine's timers: a small table of deadlines. Nothing here runs; the caller owns the clock.

export const TIMER = {
  connectRetry: 0,
  hold: 1,
  keepalive: 2,
  delayOpen: 3,
  sendHold: 4,
  idleHold: 5,
  /** How long the weaker of two connections waits for the verdict on the other (neighbour.ts). */
  parking: 6,
  /** How long the neighbour's OPEN, then its KEEPALIVE, may be awaited without a word to the operator. */
  openNotice: 7,
} as const;
export type TimerName = keyof typeof TIMER;
export const TIMER_NAMES = Object.keys(TIMER) as TimerName[];

/** Milliseconds left of a timer, and those that it was started with. */
export interface TimeLeft {
  readonly remaining: number;
  readonly total: number;
}

export class Timers {
  /** Milliseconds of the caller's clock, by TIMER; Infinity: not running. */
  readonly #deadlines = new Float64Array(TIMER_NAMES.length).fill(Infinity);
  /** Milliseconds that each was started with, for show. */
  readonly #totals = new Float64Array(TIMER_NAMES.length);

  start(timer: TimerName, now: number, milliseconds: number): void {
    this.#deadlines[TIMER[timer]] = now + milliseconds;
    this.#totals[TIMER[timer]] = milliseconds;
  }

  stop(timer: TimerName): void {
    this.#deadlines[TIMER[timer]] = Infinity;
  }

  stopAll(): void {
    this.#deadlines.fill(Infinity);
  }

  running(timer: TimerName): boolean {
    return this.#deadlines[TIMER[timer]] !== Infinity;
  }

  /** Whether its deadline has come. */
  due(timer: TimerName, now: number): boolean {
    return this.#deadlines[TIMER[timer]] <= now;
  }

  /** Stops the timer and says true where its deadline has come. */
  takeExpired(timer: TimerName, now: number): boolean {
    if (!this.due(timer, now)) return false;
    this.stop(timer);
    return true;
  }

  /** The earliest deadline; Infinity: none. */
  next(): number {
    let earliest = Infinity;
    for (const deadline of this.#deadlines) if (deadline < earliest) earliest = deadline;
    return earliest;
  }

  /** Those that run, for show. */
  left(now: number): Partial<Record<TimerName, TimeLeft>> {
    const running: Partial<Record<TimerName, TimeLeft>> = {};
    for (const timer of TIMER_NAMES) {
      const deadline = this.#deadlines[TIMER[timer]];
      if (deadline === Infinity) continue;
      const remaining = Math.max(0, deadline - now);
      running[timer] = { remaining, total: this.#totals[TIMER[timer]] };
    }
    return running;
  }
}

/** RFC 4271 §10: the least of what a timer's value is multiplied with. */
export const SHORTEST_JITTER = 0.75;

/** RFC 4271 §10: a timer's value times a random number between 0.75 and 1. */
export function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (SHORTEST_JITTER + (1 - SHORTEST_JITTER) * random());
}
