import type { Fib } from "../fib/index.ts";
import type { Speaker } from "../speaker/index.ts";

/**
 * After a start, routes that an earlier run left in the kernel stay until their owner has had time
 * to say whether they still hold: until every configured neighbour has sent its End-of-RIB
 * (RFC 4724 §2), or the stale time has passed. Only the removal of the old waits; what is learnt is
 * installed at once, and an absent neighbour delays nothing else.
 */
export class Recovery {
  readonly #speaker: Speaker;
  readonly #fib: Fib;
  readonly #until: number;
  #done = false;

  constructor(speaker: Speaker, fib: Fib, until: number) {
    this.#speaker = speaker;
    this.#fib = fib;
    this.#until = until;
  }

  /** What it still waits for; undefined when it is over. */
  view(now: number): { waitingFor: number; until: number } | undefined {
    return this.#done ? undefined : { waitingFor: this.#missing(now), until: this.#until };
  }

  /** To be called now and then; sweeps when it is time. Answers how it ended, once. */
  check(now: number): "complete" | "timeout" | undefined {
    if (this.#done) return undefined;
    const complete = this.#missing(now) === 0;
    if (!complete && now < this.#until) return undefined;
    this.#done = true;
    this.#fib.startSweep();
    return complete ? "complete" : "timeout";
  }

  /** Neighbours that have not sent all their routes yet. Ranges are nobody in particular. */
  #missing(now: number): number {
    let missing = 0;
    for (const neighbour of this.#speaker.neighbours(now)) {
      if (!neighbour.enabled || neighbour.template !== undefined) continue;
      const families = neighbour.families.filter((family) => family !== undefined);
      const complete =
        neighbour.state === "Established" && families.every((family) => family.endOfRibReceived);
      if (!complete) missing++;
    }
    return missing;
  }
}
