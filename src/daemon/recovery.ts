import type { Fib } from "../fib/index.ts";
import type { Survey } from "../speaker/index.ts";

export interface RecoveryOptions {
  readonly survey: Pick<Survey, "neighbours" | "ranges">;
  readonly fib: Pick<Fib, "hasStale" | "startSweep">;
  /** All that neighbours have said so far has reached the Fib. */
  readonly caughtUp: () => boolean;
  /** On the clock of `check`: who of a range is there has come back by then. */
  readonly gatheredAt: number;
  /** When it stops waiting, on the same clock. */
  readonly until: number;
  /** Routes of an earlier run are there. */
  readonly isRestart: boolean;
}

/**
 * After a start, routes that an earlier run left in the kernel stay until their owner has had time
 * to say whether they still hold: until every configured neighbour has sent its End-of-RIB
 * (RFC 4724 §2), or the stale time has passed. Only the removal of the old waits; what is learnt is
 * installed at once, and an absent neighbour delays nothing else.
 *
 * Nobody knows who of a range will come back: with a range, it is over some seconds after the start when
 * all that the earlier run left in the kernel has been asked for again, or with the stale time.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  #done = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /**
   * What it still waits for; undefined when it is over, and where there is nothing to recover: whoever asks
   * takes it for a node that is not ready (as of BIRD, which has a recovery after `-R` only).
   */
  view(now: number): { waitingFor: number; until: number } | undefined {
    const { isRestart, until } = this.#options;
    return isRestart && !this.#done ? { waitingFor: this.#missing(now), until } : undefined;
  }

  /** To be called now and then; sweeps when it is time. Answers how it ended, once. */
  check(now: number): "complete" | "timeout" | undefined {
    if (this.#done) return undefined;
    const { caughtUp, until, fib } = this.#options;
    const complete = caughtUp() && this.#missing(now) === 0;
    if (!complete && now < until) return undefined;
    this.#done = true;
    fib.startSweep();
    return complete ? "complete" : "timeout";
  }

  /** Neighbours that have not sent all their routes yet, and ranges that may have more. */
  #missing(now: number): number {
    const { survey, fib, gatheredAt } = this.#options;
    let missing = 0;
    for (const { enabled, template, state, families } of survey.neighbours(now)) {
      if (!enabled || template !== undefined) continue;
      const complete = families.every((family) => family?.endOfRibReceived ?? true);
      if (state !== "Established" || !complete) missing++;
    }
    const ranges = [...survey.ranges()].filter(({ enabled }) => enabled).length;
    return now < gatheredAt || fib.hasStale() ? missing + ranges : missing;
  }
}
