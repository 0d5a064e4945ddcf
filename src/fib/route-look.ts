/**
 * The look at all routes after something has happened to their path lists, or to the objects that they
 * point at, and when the sweep begins: those that may have to change are queued. In slices, since there may
 * be a million of them (measured: to queue them all at once holds the event loop for 60 ms). One look serves
 * all that has happened before it comes to its end; what happens meanwhile makes it go round once more to
 * where it was then.
 */
import type { Family } from "../route/index.ts";
import { FLAG, type RouteColumns } from "./route-columns.ts";

/** Routes that one slice looks at, and those that it queues, at most. */
const ROUTES = 1 << 18;
const QUEUED = 1 << 14;

/** Queues a route. */
export type Enqueue = (columns: RouteColumns, family: Family, id: number) => void;

/**
 * In doubt, or in the kernel though nobody wants it. What is refused waits for its next attempt; what an
 * earlier run has left, for the sweep.
 */
function isAdrift({ desired, actual, extra, flags }: RouteColumns, id: number): boolean {
  if ((flags[id] & FLAG.FAILED) !== 0) return false;
  if ((flags[id] & FLAG.UNSURE) !== 0) return true;
  if (desired[id] !== 0 || (flags[id] & (FLAG.BLOCK | FLAG.ADOPTED)) !== 0) return false;
  return actual[id] !== 0 || extra[id] !== 0;
}

export class RouteLook {
  readonly #columns: readonly [RouteColumns, RouteColumns];
  readonly #enqueue: Enqueue;
  readonly #routes: number;
  readonly #queued: number;
  /** By id: routes of this path list are to be looked at. */
  #lists = new Uint8Array(256);
  #isActive = false;
  /** The next route. */
  #family: Family = 0;
  #id = 0;
  /** Where it ends, once it has come round. */
  #endFamily: Family = 0;
  #endId = 0;
  #isRound = false;

  /** `share`: 1; more makes the slices so many times smaller. */
  constructor(columns: readonly [RouteColumns, RouteColumns], enqueue: Enqueue, share = 1) {
    this.#columns = columns;
    this.#enqueue = enqueue;
    this.#routes = Math.max(1, Math.floor(ROUTES / share));
    this.#queued = Math.max(1, Math.floor(QUEUED / share));
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** Routes of these path lists, and all that are adrift, are to be looked at. `limit`: list ids are below. */
  request(lists: Iterable<{ readonly id: number }>, limit: number): void {
    if (this.#lists.length < limit) {
      const longer = new Uint8Array(limit * 2);
      longer.set(this.#lists);
      this.#lists = longer;
    }
    for (const { id } of lists) this.#lists[id] = 1;
    if (!this.#isActive) this.#family = this.#id = 0;
    this.#isActive = true;
    this.#isRound = false;
    this.#endFamily = this.#family;
    this.#endId = this.#id;
  }

  /** A slice. */
  work(): void {
    let [left, toQueue] = [this.#routes, this.#queued];
    while (this.#isActive && left > 0 && toQueue > 0) {
      const columns = this.#columns[this.#family];
      if (this.#isAtEnd()) return this.#end();
      if (this.#id >= columns.capacity) {
        this.#next();
        continue;
      }
      left--;
      const id = this.#id++;
      if (this.#lists[columns.desired[id]] !== 1 && !isAdrift(columns, id)) continue;
      toQueue--;
      this.#enqueue(columns, this.#family, id);
    }
  }

  #isAtEnd(): boolean {
    return this.#isRound && this.#family === this.#endFamily && this.#id >= this.#endId;
  }

  #next(): void {
    this.#id = 0;
    if (this.#family === 0) {
      this.#family = 1;
    } else {
      this.#family = 0;
      this.#isRound = true;
    }
  }

  #end(): void {
    this.#isActive = false;
    this.#lists.fill(0);
  }
}
