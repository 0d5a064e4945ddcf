/**
 * Path lists: prefixes whose best paths (and backup) lead to the same next hops, and whose routes are
 * in the same place, share one. A route
 * knows its path list by a small integer, so a next hop that dies costs one operation for a path
 * list and none for its routes.
 *
 * How many there are is bounded: neighbours could have as many sets of next hops as prefixes. Beyond
 * the bound a prefix goes by its best next hop alone, without a backup, until it changes again.
 */
import { grown32 } from "../route/index.ts";
import { PathList } from "./forwarding.ts";
import type { NextHops } from "./next-hops.ts";
import { USUAL } from "./places.ts";

/** Path lists at most, but for those of one next hop each, which are no more than next hops. */
export const MOST_PATH_LISTS = 1 << 16;

/** Interned path lists. Finding one costs no allocation: the hash chains are typed arrays. */
export class PathLists {
  readonly #nextHops: NextHops;
  readonly #most: number;
  readonly #lists: (PathList | undefined)[] = [undefined];
  readonly #free: number[] = [];
  /**
   * By next hop: the list of it alone, in the usual place; 0: there is none. Most routes of most nodes
   * want such a one, and it is found without a look at the lists, which lie all over the memory
   * (measured: `fib-table`, 1000 next hops in no order: a twentieth of the main thread's time).
   */
  #alone = new Uint32Array(256);
  #buckets = new Uint32Array(256);
  #chain = new Uint32Array(256);
  #size = 0;
  /** Sorted ids of the set being looked for; reused. */
  #scratch = new Uint32Array(16);

  constructor(nextHops: NextHops, most = MOST_PATH_LISTS) {
    this.#nextHops = nextHops;
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Every id is below this. */
  get limit(): number {
    return this.#lists.length;
  }

  at(id: number): PathList {
    const list = this.#lists[id];
    if (list === undefined) throw new Error(`path list ${id} does not exist`);
    return list;
  }

  *all(): Generator<PathList> {
    for (const list of this.#lists) if (list !== undefined) yield list;
  }

  /** The id of the list of the first `maximum` of `best` (at least one), and `backup` (0: none). */
  intern(best: readonly number[], maximum: number, backup: number, place: number): number {
    if (best.length === 1 && backup === 0 && place === USUAL) {
      const alone = this.#aloneBy(best[0]);
      if (alone !== 0) return alone;
    }
    const count = this.#sort(best, maximum);
    const spare = this.#isAmong(count, backup) ? 0 : backup;
    const hash = this.#hash(count, spare, place);
    for (let id = this.#buckets[hash & (this.#buckets.length - 1)]; id !== 0;) {
      if (this.#is(this.at(id), count, spare, place)) return id;
      id = this.#chain[id];
    }
    const isSingle = count === 1 && spare === 0;
    if (this.#size >= this.#most && !isSingle) return this.intern(best, 1, 0, place);
    return this.#create(count, spare, place, hash);
  }

  /** Nobody wants the list any more. */
  remove(list: PathList): void {
    const bucket = list.hash & (this.#buckets.length - 1);
    if (this.#buckets[bucket] === list.id) {
      this.#buckets[bucket] = this.#chain[list.id];
    } else {
      let at = this.#buckets[bucket];
      while (this.#chain[at] !== list.id) at = this.#chain[at];
      this.#chain[at] = this.#chain[list.id];
    }
    if (isAlone(list)) this.#alone[list.best[0].id] = 0;
    this.#lists[list.id] = undefined;
    this.#free.push(list.id);
    this.#size--;
    for (const hop of list.hops()) hop.pathLists.delete(list);
  }

  #create(count: number, backup: number, place: number, hash: number): number {
    const best = Array.from(this.#scratch.subarray(0, count), (id) => this.#nextHops.ensure(id));
    const spare = backup === 0 ? undefined : this.#nextHops.ensure(backup);
    const id = this.#free.pop() ?? this.#lists.length;
    const list = new PathList(id, hash, best, spare, place);
    this.#lists[id] = list;
    if (isAlone(list)) this.#noteAlone(best[0].id, id);
    for (const hop of list.hops()) hop.pathLists.add(list);
    list.refresh();
    if (++this.#size > this.#buckets.length || id >= this.#chain.length) this.#grow(id);
    else this.#link(list);
    return id;
  }

  #aloneBy(hop: number): number {
    return hop < this.#alone.length ? this.#alone[hop] : 0;
  }

  #noteAlone(hop: number, id: number): void {
    if (hop >= this.#alone.length) this.#alone = grown32(this.#alone, hop + 1);
    this.#alone[hop] = id;
  }

  #link(list: PathList): void {
    const bucket = list.hash & (this.#buckets.length - 1);
    this.#chain[list.id] = this.#buckets[bucket];
    this.#buckets[bucket] = list.id;
  }

  #grow(id: number): void {
    let size = this.#buckets.length;
    while (size < this.#size || size <= id) size *= 2;
    this.#buckets = new Uint32Array(size);
    this.#chain = new Uint32Array(size);
    for (const list of this.#lists) if (list !== undefined) this.#link(list);
  }

  /** Insertion sort into the scratch array, without repetitions: the sets are small. */
  #sort(best: readonly number[], maximum: number): number {
    if (this.#scratch.length < best.length) this.#scratch = new Uint32Array(best.length);
    const into = this.#scratch;
    let count = 0;
    for (let i = 0; i < best.length && count < maximum; i++) {
      const id = best[i];
      let at = count;
      while (at > 0 && into[at - 1] > id) at--;
      if (at > 0 && into[at - 1] === id) continue;
      if (at < count) into.copyWithin(at + 1, at, count);
      into[at] = id;
      count++;
    }
    return count;
  }

  #isAmong(count: number, hop: number): boolean {
    for (let i = 0; i < count; i++) if (this.#scratch[i] === hop) return true;
    return false;
  }

  #hash(count: number, backup: number, place: number): number {
    let hash = Math.imul(backup + 1, 0x9e3779b1) ^ place;
    for (let i = 0; i < count; i++) {
      hash = Math.imul(hash ^ this.#scratch[i], 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    return hash >>> 0;
  }

  #is(list: PathList, count: number, backup: number, place: number): boolean {
    if (list.place !== place) return false;
    if (list.best.length !== count || (list.backup?.id ?? 0) !== backup) return false;
    for (let i = 0; i < count; i++) if (list.best[i].id !== this.#scratch[i]) return false;
    return true;
  }
}

/** Not where packets end here: the id that stands for that is no index. */
function isAlone({ isSingle, isBlackhole, place }: PathList): boolean {
  return isSingle && !isBlackhole && place === USUAL;
}
