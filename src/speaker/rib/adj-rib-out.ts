// Adj-RIB-Out of one update group in one family: for every prefix what the group's members were sent,
// or will be as soon as they take it. What that is differs: one route a prefix (single-path-out.ts), or
// several with path identifiers (multi-path-out.ts, RFC 7911). Common to both are the queue of changed
// prefixes, the filling of a new group and the end of an old one.
//
// A route in it is an entry, a number other than 0; the entries of a prefix are in the order of their
// path identifiers.

import type { AttributeTable } from "../../route/index.ts";
import type { RouteListener } from "./family-parts.ts";
import type { FamilyRib } from "./family-rib.ts";
import { Bitset } from "./bitset.ts";
import { PrefixQueue } from "./prefix-queue.ts";
import type { ExportPolicy } from "./types.ts";

/** Ids that a walk looks at for one unit of work. */
export const IDS_A_UNIT = 16;

/** What is exported, and how. */
export interface OutTerms {
  readonly attributes: AttributeTable;
  readonly policy: ExportPolicy;
  /** See {@link GroupSettings}. */
  readonly sendBack: boolean;
  /** Whether an attribute set can be sent at all; what cannot counts as not exported. */
  readonly fits: (set: number) => boolean;
  /** The first route is there that is not exported for want of a next hop. */
  readonly onLack: () => void;
}

export abstract class AdjRibOut implements RouteListener {
  readonly rib: FamilyRib;
  /** Prefixes of which something changed that may be exported. */
  readonly queue: PrefixQueue;
  /** Ids below this one were there when the group began; they are queued from the first to the last. */
  #fillEnd: number;
  #fillCursor = 0;
  /** How many of those are in the queue; -1 before all of them were put there. */
  #unanswered: number;
  #isFilled = false;
  /** Prefixes of which a route is not exported for want of a next hop; undefined: there never was one. */
  #lacking: Bitset | undefined;
  readonly #onLack: () => void;
  /** A change that {@link update} found, as {@link load} shows it; attribute set 0: none. */
  pathId = 0;
  set = 0;
  source = 0;
  previous = 0;
  previousSource = 0;

  constructor(rib: FamilyRib, { onLack }: OutTerms) {
    this.rib = rib;
    this.#onLack = onLack;
    this.queue = new PrefixQueue(rib.references);
    this.#fillEnd = rib.prefixes.limit;
    this.#unanswered = this.#fillEnd === 0 ? 0 : -1;
  }

  /** Routes in it. */
  abstract get size(): number;

  /** Memory of the routes in it, in bytes. */
  protected abstract get routeBytes(): number;

  /** Every prefix that has a route in it is below this. */
  protected abstract get limit(): number;

  /** Entries at most that a batch needs for one prefix. */
  abstract readonly mostEntries: number;

  /** The first entry of a prefix; 0: none is exported. */
  abstract first(prefix: number): number;

  /** The entry behind another one; 0: that was the last. */
  abstract next(entry: number): number;

  /** Of an entry. 0 where none is sent. */
  abstract pathIdOf(entry: number): number;

  /** The attribute set of an entry. */
  abstract setOf(entry: number): number;

  /** Where the path of an entry came from; 0 also where that does not matter. */
  abstract sourceOf(entry: number): number;

  /** The path identifiers of a prefix that members may hold are from this one ... */
  abstract readonly lowestPathId: number;

  /** ... up to this one. */
  abstract highestPathId(prefix: number): number;

  /**
   * Asks the policy about the paths of a prefix. The result: how many changes members have to hear of,
   * each of which {@link load} shows. The caller has a reference to the prefix.
   */
  update(prefix: number): number {
    const { rib } = this;
    rib.settle(prefix);
    if (this.queue.take(prefix)) rib.references.drop(prefix);
    return this.compare(prefix);
  }

  /** Shows one of the changes that {@link update} found last, 0 and up. */
  abstract load(change: number): void;

  /** Takes the place of what is exported for a prefix; the number of changes. */
  protected abstract compare(prefix: number): number;

  /** Gives back what is exported for a prefix; how many routes it was. */
  protected abstract remove(prefix: number): number;

  /** Everything that was there when the group began has been looked at. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  /**
   * The policy was asked about everything that had a best path when the group began. Comes true also
   * while changes never cease, for the queue is first in, first out.
   */
  get isSettled(): boolean {
    return this.#unanswered === 0;
  }

  /** Routes are not exported because there is no next hop to announce them with. */
  get lacksNextHop(): boolean {
    return this.#lacking !== undefined && this.#lacking.count > 0;
  }

  /** Whether that is so of a prefix. */
  protected noteLack(prefix: number, lacks: boolean): void {
    if (!lacks) {
      this.#lacking?.delete(prefix);
      return;
    }
    this.#lacking ??= new Bitset();
    if (this.#lacking.add(prefix) && this.#lacking.count === 1) this.#onLack();
  }

  get bytes(): number {
    return this.routeBytes + this.queue.bytes;
  }

  routeChanged(prefix: number): void {
    this.queue.push(prefix);
  }

  /** The next prefix for {@link update}, with a reference to it; -1: none. */
  shift(): number {
    if (this.#unanswered > 0) this.#unanswered--;
    return this.queue.shift();
  }

  /** Queues what was there before the group was, in slices; the result is what is left of `units`. */
  fill(units: number): number {
    const { rib } = this;
    const end = Math.min(this.#fillEnd, this.#fillCursor + units * IDS_A_UNIT);
    const begin = this.#fillCursor;
    for (let prefix = begin; prefix < end; prefix++) {
      if (rib.best(prefix) !== 0) this.queue.push(prefix);
    }
    this.#fillCursor = end;
    if (!this.needsFill) this.#unanswered = this.queue.length;
    return units - Math.ceil((end - begin) / IDS_A_UNIT);
  }

  get needsFill(): boolean {
    return this.#fillCursor < this.#fillEnd;
  }

  /** To be called when the queue is empty. */
  noteIdle(): void {
    if (!this.needsFill && this.rib.undecided === 0) this.#isFilled = true;
  }

  /** Stops following the RIB: it stays as it is, until {@link clear} takes it away. */
  close(): void {
    this.rib.unlisten(this);
    this.#fillEnd = 0;
    this.#fillCursor = 0;
  }

  /** Gives everything back, in slices; the result is what is left of `units`. */
  clear(units: number): number {
    let left = units;
    for (; left > 0 && this.queue.length > 0; left--) {
      this.rib.references.drop(this.queue.shift());
    }
    while (left > 0 && this.#fillCursor < this.limit && this.size > 0) {
      const removed = this.remove(this.#fillCursor++);
      left -= removed === 0 ? 1 / IDS_A_UNIT : removed;
    }
    return Math.max(0, Math.floor(left));
  }
}
