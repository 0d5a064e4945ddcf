// What somebody who watches this speaker was told of one table in one family, against what is in it:
// every path as it was received, every path as the import policy left it, or the best path of each
// prefix. Changes are not queued but marked by prefix, and compared when the watcher has room: however
// slow it is, it costs a bit for each prefix, and hears the last state of it (RFC 7854 §5 allows that).

import type { AttributeTable } from "../../route/index.ts";
import { IDS_A_UNIT } from "./adj-rib-out.ts";
import { Chains } from "./chains.ts";
import type { RouteListener } from "./family-parts.ts";
import type { FamilyRib } from "./family-rib.ts";
import { FLAG, PathStore } from "./path-store.ts";
import { PrefixQueue } from "./prefix-queue.ts";
import { LOCAL_SOURCE } from "./types.ts";

/** The tables: Adj-RIB-In before and after the import policy, Loc-RIB. */
export type PathTable = "received" | "accepted" | "best";

/** Path identifiers are numbers of 32 bits. */
const SOURCE_UNIT = 2 ** 32;

/** `set` 0: withdrawn. The source of what is in Loc-RIB is LOCAL_SOURCE. */
export type PathChangeSink = (source: number, prefix: number, pathId: number, set: number) => void;

export class PathFeed implements RouteListener {
  readonly rib: FamilyRib;
  readonly table: PathTable;
  readonly #attributes: AttributeTable;
  /** Of the source, numbered over all sources; 0: it has none, and its paths are not told. */
  readonly #session: (source: number) => number;
  readonly #queue: PrefixQueue;
  /**
   * What was told: the attribute set is in the column `received`, the session in `since`. What was
   * told of a session that is over counts as withdrawn.
   */
  readonly #told = new PathStore();
  readonly #chains = new Chains(this.#told);
  /** Told paths of the prefix at hand, by source and path identifier. */
  readonly #index = new Map<number, number>();
  #fillCursor = 0;
  #fillEnd: number;
  #isFilled = false;

  constructor(
    rib: FamilyRib,
    table: PathTable,
    attributes: AttributeTable,
    session: (source: number) => number,
  ) {
    this.rib = rib;
    this.table = table;
    this.#attributes = attributes;
    this.#session = session;
    this.#queue = new PrefixQueue(rib.references);
    this.#fillEnd = rib.prefixes.limit;
    if (table === "best") rib.listen(this);
    else rib.listenToAllPaths(this);
  }

  /** Everything that was there at the beginning has been told. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  get isBusy(): boolean {
    return this.hasWork || !this.#isFilled;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || this.#fillCursor < this.#fillEnd;
  }

  routeChanged(prefix: number): void {
    this.#queue.push(prefix);
  }

  /** Everything is looked at again, in slices: a source that has paths already is to be told of. */
  lookAgain(): void {
    this.#fillCursor = 0;
    this.#fillEnd = this.rib.prefixes.limit;
  }

  /** Tells of the next prefix, or looks for such; what it cost in units. To be called while hasWork. */
  step(sink: PathChangeSink): number {
    const prefix = this.#queue.shift();
    if (prefix < 0) return this.#fill();
    const cost = this.#compare(prefix, sink);
    this.rib.references.drop(prefix);
    return cost;
  }

  /** To be called when there is no work. */
  noteIdle(): void {
    if (this.rib.undecided === 0) this.#isFilled = true;
  }

  /** Stops following the RIB; clear() gives back what is held. */
  close(): void {
    this.rib.unlisten(this);
    this.#fillEnd = 0;
    this.#fillCursor = 0;
  }

  /** After close(), a slice; the result is what is left of `units`. */
  clear(units: number): number {
    let left = units;
    for (; left > 0 && this.#queue.length > 0; left--) {
      this.rib.references.drop(this.#queue.shift());
    }
    const told = this.#told;
    for (; left > 0 && this.#fillCursor < told.limit && told.size > 0; this.#fillCursor++) {
      if ((told.flags[this.#fillCursor] & FLAG.USED) === 0) continue;
      const prefix = told.prefix[this.#fillCursor];
      left -= this.#forget(prefix);
    }
    return left;
  }

  /** Queues prefixes that were there before the watcher was. */
  #fill(): number {
    const begin = this.#fillCursor;
    const end = Math.min(this.#fillEnd, begin + IDS_A_UNIT);
    for (let prefix = begin; prefix < end; prefix++) {
      if (this.rib.first(prefix) !== 0) this.#queue.push(prefix);
    }
    this.#fillCursor = end;
    return 1;
  }

  #compare(prefix: number, sink: PathChangeSink): number {
    const { rib } = this;
    const told = this.#told;
    rib.settle(prefix);
    if (this.#queue.take(prefix)) rib.references.drop(prefix);
    const hadSome = this.#chains.first(prefix) !== 0;
    let cost = 1 + this.#markAll(prefix);
    for (let path = rib.first(prefix); path !== 0; path = rib.paths.next[path]) {
      cost++;
      this.#tell(prefix, path, sink);
      if (this.table === "best") break;
    }
    for (let each = this.#chains.first(prefix); each !== 0; each = told.next[each]) {
      if ((told.flags[each] & FLAG.DEAD) === 0) continue;
      const source = told.source[each];
      if (told.since[each] === this.#session(source)) sink(source, prefix, told.pathId(each), 0);
      this.#attributes.release(told.received[each]);
    }
    this.#chains.tidy(prefix);
    const hasSome = this.#chains.first(prefix) !== 0;
    if (hasSome && !hadSome) rib.references.retain(prefix);
    if (hadSome && !hasSome) rib.references.drop(prefix);
    return cost;
  }

  /** All that was told of the prefix is gone, until it is found again; how much it is. */
  #markAll(prefix: number): number {
    const told = this.#told;
    this.#index.clear();
    for (let each = this.#chains.first(prefix); each !== 0; each = told.next[each]) {
      told.flags[each] |= FLAG.DEAD;
      this.#index.set(told.source[each] * SOURCE_UNIT + told.pathId(each), each);
    }
    return this.#index.size;
  }

  #tell(prefix: number, path: number, sink: PathChangeSink): void {
    const { paths } = this.rib;
    const told = this.#told;
    const set = this.#setOf(prefix, path);
    if (set === 0) return;
    const isBest = this.table === "best";
    const source = isBest ? LOCAL_SOURCE : paths.source[path];
    const pathId = isBest ? 0 : paths.pathId(path);
    const session = this.#session(source);
    if (session === 0) return;
    let known = this.#index.get(source * SOURCE_UNIT + pathId) ?? 0;
    const isSame = known !== 0 && told.received[known] === set && told.since[known] === session;
    if (known === 0) {
      known = told.add(prefix, source, pathId);
      this.#chains.add(prefix, known);
    }
    told.flags[known] &= ~FLAG.DEAD;
    if (isSame) return;
    this.#attributes.hold(set);
    if (told.received[known] !== 0) this.#attributes.release(told.received[known]);
    told.received[known] = set;
    told.since[known] = session;
    sink(source, prefix, pathId, set);
  }

  /** The attribute set that is to be told of a path; 0: none. */
  #setOf(prefix: number, path: number): number {
    const { paths } = this.rib;
    if ((paths.flags[path] & FLAG.DEAD) !== 0) return 0;
    if (this.table === "received") return paths.received[path];
    if (this.table === "best" && this.rib.best(prefix) !== path) return 0;
    return paths.accepted[path];
  }

  /** Gives back what was told of a prefix; how many paths it was. */
  #forget(prefix: number): number {
    const told = this.#told;
    const count = this.#markAll(prefix);
    for (const each of this.#index.values()) this.#attributes.release(told.received[each]);
    this.#chains.tidy(prefix);
    this.rib.references.drop(prefix);
    return count;
  }
}
