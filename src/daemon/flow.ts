import type { Fib, FibEvent } from "../fib/index.ts";
import type { KernelClient } from "../kernel/index.ts";
import type { Family, PrefixTable } from "../route/index.ts";
import type { Speaker } from "../speaker/index.ts";

/** Units of work on decisions and updates, and of route changes that move on, between two looks at the clock. */
const UNITS = 2000;

/** Routes in a batch: some hundred microseconds of the worker's time. */
const BATCH = 1000;

/**
 * Batches on their way to the kernel. Enough that the worker never waits; few enough that a failover,
 * which queues behind them, waits for some ten milliseconds at most.
 */
const IN_FLIGHT = 8;

/** Milliseconds of that at most, where somebody cannot wait for the next slice. */
const HURRY = 5;

/** `best`: ids of next hops, the preferred first; empty: there is no route. */
export type RouteWatch = (family: Family, prefix: number, best: readonly number[]) => void;

export interface FlowRooms {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly speaker: Pick<
    Speaker,
    | "originate"
    | "ownRoutesKnown"
    | "setNextHop"
    | "takeNextHopInterest"
    | "takeNextHopLosses"
    | "takeRouteChanges"
    | "withdrawOwn"
    | "work"
  >;
  readonly fib: Pick<
    Fib,
    | "expire"
    | "idle"
    | "isLooking"
    | "isPrepared"
    | "nextDeadline"
    | "setAbandoned"
    | "setRoute"
    | "takeBatch"
    | "takeEvents"
    | "trackNextHop"
    | "untrackNextHop"
  >;
  readonly kernel: Pick<KernelClient, "dump" | "submit">;
  readonly clock: () => number;
  /** What the Fib says and is not for the speaker. */
  readonly onFibEvent: (event: FibEvent) => void;
}

/**
 * How ids move from room to room: the only place where they do.
 *
 *     kernel facts -> Fib -> own routes, next-hop states -> Speaker
 *     UPDATEs (by the transport) -> Speaker -> route changes -> Fib -> batches -> kernel
 *
 * One slice is bounded by the clock; whoever made work says so by Transport.wake().
 */
export class Flow {
  readonly #rooms: FlowRooms;
  #inFlight = 0;
  /** What the kernel was asked for until now. */
  readonly #asked = { batches: 0, routes: 0, others: 0 };
  #more = false;
  #watch: RouteWatch | undefined;
  #isPrepared = false;
  readonly #prepared = Promise.withResolvers<void>();
  /** Resolves when packets may come: the kernel has been read, and forwards. */
  readonly prepared = this.#prepared.promise;
  /** The speaker is to hear when this node's own routes are complete. */
  #isCollecting = false;

  constructor(rooms: FlowRooms) {
    this.#rooms = rooms;
  }

  /** Works until about `until` on the clock; true: there is more that could be done at once. */
  slice(until: number): boolean {
    this.#more = this.#slice(until);
    if (!this.#isPrepared && this.#rooms.fib.isPrepared) {
      this.#isPrepared = true;
      this.#prepared.resolve();
    }
    if (this.#isCollecting && !this.#more && this.settled) {
      this.#isCollecting = false;
      this.#rooms.speaker.ownRoutesKnown();
      this.#more = true; // Neighbours may have waited for it.
    }
    return this.#more;
  }

  /** The kernel has been read: once that is worked off, this node's own routes are known. */
  collectOwnRoutes(): void {
    this.#isCollecting = true;
  }

  /** The last slice left nothing to do: all that the speaker has heard has reached the Fib. */
  get caughtUp(): boolean {
    return !this.#more;
  }

  #slice(until: number): boolean {
    const { speaker, clock } = this.#rooms;
    for (;;) {
      const now = clock();
      this.#failOver();
      // New next hops before the routes that lead there: a route that moves to one would otherwise be
      // taken away, as one that leads nowhere, and come back with the answer.
      this.#interest();
      this.#fibToSpeaker(now);
      const undecided = speaker.work(UNITS, now);
      const asked = this.#interest();
      const moved = asked ? 0 : speaker.takeRouteChanges(this.#toFib, UNITS);
      const waiting = this.#fibToKernel(now, until);
      // The Fib answers at once what it knows about a next hop, by an event: in the next round.
      const more = undecided || moved >= UNITS || asked || waiting;
      if (!more || clock() >= until) return more;
    }
  }

  /** A neighbour is gone: its next hops leave the kernel's groups before the RIB looks at a route. */
  #failOver(): void {
    const { speaker, fib } = this.#rooms;
    const losses = speaker.takeNextHopLosses();
    if (losses.length === 0) return;
    for (const { nextHop, lost } of losses) fib.setAbandoned(nextHop, lost);
    this.hurry();
  }

  /** The Fib has something that must not wait for the next slice. */
  hurry(): void {
    const now = this.#rooms.clock();
    this.#fibToKernel(now, now + HURRY);
  }

  /** Batches, operations on routes, and others, that the kernel was asked for until now. */
  get asked(): Readonly<{ batches: number; routes: number; others: number }> {
    return this.#asked;
  }

  /** A batch has been answered. */
  answered(): void {
    this.#inFlight--;
  }

  /** Nothing is queued for the kernel and nothing is on its way. */
  get settled(): boolean {
    return this.#inFlight === 0 && this.#rooms.fib.idle;
  }

  /** Told of each change of a route before the Fib is; undefined: nobody is. */
  watchRoutes(watch: RouteWatch | undefined): void {
    this.#watch = watch;
  }

  readonly #toFib = (
    family: Family,
    prefix: number,
    best: readonly number[],
    backup: number,
    table: number,
    metric: number,
  ): void => {
    this.#watch?.(family, prefix, best);
    this.#rooms.fib.setRoute(family, prefix, best, backup, table, metric);
  };

  #fibToSpeaker(now: number): void {
    const { fib, speaker, kernel, prefixes, onFibEvent } = this.#rooms;
    if (fib.nextDeadline() <= now) fib.expire(now);
    for (const event of fib.takeEvents(now)) {
      if (event.kind === "next-hop") {
        speaker.setNextHop(event.id, event.state);
      } else if (event.kind === "dump-wanted") {
        kernel.dump([event.what]);
      } else if (event.kind === "own-route") {
        const { prefix, origin, announce } = event;
        const table = prefixes[prefix.family];
        const id = announce ? table.internPrefix(prefix) : table.findPrefix(prefix);
        if (announce) speaker.originate(prefix.family, id, origin, now);
        else if (id >= 0) speaker.withdrawOwn(prefix.family, id, now);
      }
      onFibEvent(event);
    }
  }

  /** Whether next hops have been asked about. */
  #interest(): boolean {
    const { wanted, unwanted } = this.#rooms.speaker.takeNextHopInterest();
    for (const id of wanted) this.#rooms.fib.trackNextHop(id);
    for (const id of unwanted) this.#rooms.fib.untrackNextHop(id);
    return wanted.length > 0;
  }

  /** Whether there may be more to hand over at once: the time was over with room on the way. */
  #fibToKernel(now: number, until: number): boolean {
    const { fib, kernel, clock } = this.#rooms;
    while (this.#inFlight < IN_FLIGHT) {
      const batch = fib.takeBatch(BATCH, now);
      if (batch === undefined) {
        if (!fib.isLooking) return false;
        if (clock() >= until) return true;
        continue;
      }
      this.#inFlight++;
      this.#asked.batches++;
      this.#asked.routes += batch.count;
      this.#asked.others += batch.before.length + batch.after.length;
      kernel.submit(batch);
      // Eight batches packed in one go would double the turn (measured).
      if (clock() >= until) return this.#inFlight < IN_FLIGHT;
    }
    return false;
  }
}
