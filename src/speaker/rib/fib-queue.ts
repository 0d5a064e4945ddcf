// What the FIB has to hear: for a prefix the next hops of its best path and of those as good as it, and
// where the next best would go.

import { type AttributeTable, DISCARD } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import { LOCAL_SOURCE, type FibSink } from "./types.ts";

const NO_NEXT_HOPS: readonly number[] = [];
const ENDS_HERE: readonly number[] = [DISCARD];

export class FibQueue {
  readonly #rib: FamilyRib;
  readonly #attributes: AttributeTable;
  #paths = new Int32Array(0);
  /** One array for each number of next hops, used again and again. */
  #sets: readonly number[][] = [];

  constructor(rib: FamilyRib, attributes: AttributeTable, multipath: number) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.setMultipath(multipath);
  }

  /** At most so many next hops for a prefix, from the next one on. */
  setMultipath(multipath: number): void {
    this.#paths = new Int32Array(multipath);
    this.#sets = Array.from({ length: multipath + 1 }, (_, count) =>
      new Array<number>(count).fill(0),
    );
  }

  get length(): number {
    return this.#rib.fib.length;
  }

  /**
   * Hands out prefixes for up to `limit` units (about one a prefix, more for many paths); the result is
   * what it cost: `limit`, and there may be more.
   */
  take(sink: FibSink, limit: number): number {
    const { fib, references, decision } = this.#rib;
    let left = limit;
    while (left > 0) {
      const prefix = fib.shift();
      if (prefix < 0) break;
      this.#rib.settle(prefix);
      if (fib.take(prefix)) references.drop(prefix);
      this.give(prefix, sink);
      references.drop(prefix);
      left -= decision.takeCost();
    }
    return limit - Math.max(0, left);
  }

  /** The next hops of a prefix as the FIB is to have them. */
  give(prefix: number, sink: FibSink): void {
    const { family, paths } = this.#rib;
    const best = this.#rib.best(prefix);
    if (best === 0 || paths.source[best] === LOCAL_SOURCE) {
      sink(family, prefix, NO_NEXT_HOPS, 0, 0, 0);
      return;
    }
    const { kernelTable = 0, kernelMetric = 0 } = this.#attributes.handling(paths.accepted[best]);
    if (this.#isBlackhole(best)) {
      sink(family, prefix, ENDS_HERE, 0, kernelTable, kernelMetric);
      return;
    }
    const hasOthers = paths.next[best] !== 0;
    const nextHops = hasOthers ? this.#multipath(best) : this.#single(best);
    const other = hasOthers ? this.#rib.decision.chooseOther(best, nextHops) : 0;
    // What is dropped waits for the decision: it is no way to fail over to.
    const backup = other === 0 || this.#isBlackhole(other) ? 0 : this.#nextHop(other);
    sink(family, prefix, nextHops, backup, kernelTable, kernelMetric);
  }

  #isBlackhole(path: number): boolean {
    return this.#attributes.handling(this.#rib.paths.accepted[path]).blackhole;
  }

  #single(best: number): readonly number[] {
    const set = this.#sets[1];
    set[0] = this.#nextHop(best);
    return set;
  }

  #multipath(best: number): readonly number[] {
    if (this.#paths.length === 1) return this.#single(best);
    const count = this.#rib.decision.multipath(best, best, this.#paths);
    const set = this.#sets[count];
    for (let i = 0; i < count; i++) set[i] = this.#nextHop(this.#paths[i]);
    return set;
  }

  #nextHop(path: number): number {
    return this.#attributes.nextHop(this.#rib.paths.accepted[path]);
  }
}
