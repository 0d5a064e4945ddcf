// Adj-RIB-Out of one update group in one family: for every prefix the attribute set that the group's
// members were sent, or will be as soon as they take it. 4 bytes a prefix; 6 where a route must not go
// back to the member that it came from.

import type { AttributeTable } from "../../route/index.ts";
import type { BestListener } from "./family-parts.ts";
import type { FamilyRib } from "./family-rib.ts";
import { grown16, grown32 } from "./grow.ts";
import { PrefixQueue } from "./prefix-queue.ts";
import type { ExportPolicy } from "./types.ts";

/** Ids that a walk looks at for one unit of work. */
export const IDS_A_UNIT = 16;

export class AdjRibOut implements BestListener {
  readonly rib: FamilyRib;
  /** Prefixes whose best path changed. */
  readonly queue: PrefixQueue;
  readonly #attributes: AttributeTable;
  readonly #policy: ExportPolicy;
  #exported = new Uint32Array(1024);
  /** Where the exported path came from; only for groups that do not send back. */
  #sources: Uint16Array | undefined;
  #size = 0;
  /** Ids below this one were there when the group began; they are queued from the first to the last. */
  #fillEnd: number;
  #fillCursor = 0;
  /** How many of those are in the queue; -1 before all of them were put there. */
  #unanswered: number;
  #isFilled = false;
  /** What {@link update} replaced. */
  previous = 0;
  previousSource = 0;

  constructor(rib: FamilyRib, attributes: AttributeTable, policy: ExportPolicy, sendBack: boolean) {
    this.rib = rib;
    this.queue = new PrefixQueue(rib.references);
    this.#attributes = attributes;
    this.#policy = policy;
    this.#sources = sendBack ? undefined : new Uint16Array(1024);
    this.#fillEnd = rib.prefixes.limit;
    this.#unanswered = this.#fillEnd === 0 ? 0 : -1;
    rib.listen(this);
  }

  /** Prefixes in it. */
  get size(): number {
    return this.#size;
  }

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

  get bytes(): number {
    return this.#exported.byteLength + (this.#sources?.byteLength ?? 0) + this.queue.bytes;
  }

  bestChanged(prefix: number): void {
    this.queue.push(prefix);
  }

  /** The attribute set exported for a prefix; 0: none. */
  exported(prefix: number): number {
    return prefix < this.#exported.length ? this.#exported[prefix] : 0;
  }

  /** Where the exported path came from; 0 also where that does not matter. */
  source(prefix: number): number {
    const sources = this.#sources;
    return sources !== undefined && prefix < sources.length ? sources[prefix] : 0;
  }

  /**
   * Asks the policy about the best path of a prefix. True: members have something to hear of; what
   * was there before is in `previous` and `previousSource`. The caller has a reference to the prefix.
   */
  update(prefix: number): boolean {
    const { rib } = this;
    rib.settle(prefix);
    if (this.queue.take(prefix)) rib.references.drop(prefix);
    const best = rib.best(prefix);
    let source = best === 0 ? 0 : rib.paths.source[best];
    const set =
      best === 0 ? 0 : this.#policy.evaluate(rib.paths.accepted[best], rib.family, prefix, source);
    if (set === 0 || this.#sources === undefined) source = 0;
    this.previous = this.exported(prefix);
    this.previousSource = this.source(prefix);
    const isSame = set === this.previous && source === this.previousSource;
    if (!isSame) this.#store(prefix, set, source);
    return !isSame;
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
    while (left > 0 && this.#fillCursor < this.#exported.length && this.#size > 0) {
      const prefix = this.#fillCursor++;
      const isExported = this.#exported[prefix] !== 0;
      if (isExported) this.#store(prefix, 0, 0);
      left -= isExported ? 1 : 1 / IDS_A_UNIT;
    }
    return Math.max(0, Math.floor(left));
  }

  #store(prefix: number, set: number, source: number): void {
    if (prefix >= this.#exported.length) this.#grow(prefix + 1);
    const old = this.#exported[prefix];
    this.#exported[prefix] = set;
    if (this.#sources !== undefined) this.#sources[prefix] = source;
    if (set === old) return;
    if (set !== 0) this.#attributes.hold(set);
    if (old === 0) {
      this.#size++;
      this.rib.references.retain(prefix);
      return;
    }
    this.#attributes.release(old);
    if (set !== 0) return;
    this.#size--;
    this.rib.references.drop(prefix);
  }

  #grow(needed: number): void {
    this.#exported = grown32(this.#exported, needed);
    if (this.#sources === undefined) return;
    this.#sources = grown16(this.#sources, this.#exported.length);
  }
}
