// Adj-RIB-Out with several routes a prefix (RFC 7911): all paths that the policy lets pass, or the best
// few of them. An entry is a row of typed arrays, 12 bytes, in a chain by path identifier; the heads of
// the chains are 4 bytes a prefix.

import type { AttributeTable } from "../../route/index.ts";
import { AdjRibOut, type OutTerms } from "./adj-rib-out.ts";
import type { FamilyRib } from "./family-rib.ts";
import { grown16, grown32 } from "../../route/index.ts";
import { MAXIMUM_PATH_ID } from "./path-ids.ts";
import { FLAG } from "./path-store.ts";
import type { ExportPolicy } from "./types.ts";

/** What is to be exported for a prefix, by path identifier. */
interface Wanted {
  readonly pathIds: Uint16Array;
  readonly sets: Uint32Array;
  readonly sources: Uint16Array;
  count: number;
}

/** What {@link MultiPathOut.load} shows. */
interface Changes {
  readonly pathIds: Uint16Array;
  readonly sets: Uint32Array;
  readonly sources: Uint16Array;
  readonly previous: Uint32Array;
  readonly previousSources: Uint16Array;
  count: number;
}

export class MultiPathOut extends AdjRibOut {
  /** Every path identifier may be told to all but one member, and withdrawn from that one. */
  readonly mostEntries = MAXIMUM_PATH_ID * 2;
  readonly lowestPathId = 1;
  readonly #attributes: AttributeTable;
  readonly #policy: ExportPolicy;
  readonly #fits: (set: number) => boolean;
  readonly #sendBack: boolean;
  /** A route of the prefix that is compared is not exported for want of a next hop. */
  #isLacking = false;
  /** Paths at most for one prefix. */
  readonly #most: number;
  /** What the policy announces by itself, in the place of all paths there are; -1: nothing. */
  readonly #own: number;
  #heads = new Uint32Array(1024);
  #sets = new Uint32Array(1024);
  /** The next entry of the prefix; of a free row the next free one. */
  #next = new Uint32Array(1024);
  #pathIds = new Uint16Array(1024);
  #sources = new Uint16Array(1024);
  #rows = 1;
  #free = 0;
  #size = 0;
  readonly #wanted: Wanted = {
    pathIds: new Uint16Array(MAXIMUM_PATH_ID),
    sets: new Uint32Array(MAXIMUM_PATH_ID),
    sources: new Uint16Array(MAXIMUM_PATH_ID),
    count: 0,
  };
  readonly #changes: Changes = {
    pathIds: new Uint16Array(MAXIMUM_PATH_ID),
    sets: new Uint32Array(MAXIMUM_PATH_ID),
    sources: new Uint16Array(MAXIMUM_PATH_ID),
    previous: new Uint32Array(MAXIMUM_PATH_ID),
    previousSources: new Uint16Array(MAXIMUM_PATH_ID),
    count: 0,
  };

  constructor(rib: FamilyRib, terms: OutTerms, most: number) {
    super(rib, terms);
    const { attributes, policy, sendBack, fits } = terms;
    this.#attributes = attributes;
    this.#policy = policy;
    this.#fits = fits;
    this.#sendBack = sendBack;
    this.#most = Math.min(most, MAXIMUM_PATH_ID);
    rib.listenToAllPaths(this);
    this.#own = policy.ownPrefix?.(rib.family) ?? -1;
    if (this.#own >= 0) this.queue.push(this.#own);
  }

  override get size(): number {
    return this.#size;
  }

  override first(prefix: number): number {
    return prefix < this.#heads.length ? this.#heads[prefix] : 0;
  }

  override next(entry: number): number {
    return this.#next[entry];
  }

  override pathIdOf(entry: number): number {
    return this.#pathIds[entry];
  }

  override setOf(entry: number): number {
    return this.#sets[entry];
  }

  override sourceOf(entry: number): number {
    return this.#sources[entry];
  }

  override highestPathId(prefix: number): number {
    return this.rib.highestPathId(prefix);
  }

  override load(change: number): void {
    const { pathIds, sets, sources, previous, previousSources } = this.#changes;
    this.pathId = pathIds[change];
    this.set = sets[change];
    this.source = sources[change];
    this.previous = previous[change];
    this.previousSource = previousSources[change];
  }

  protected override get routeBytes(): number {
    return this.#heads.byteLength + this.#sets.length * 12;
  }

  protected override get limit(): number {
    return this.#heads.length;
  }

  protected override compare(prefix: number): number {
    this.#wanted.count = 0;
    this.#changes.count = 0;
    const own = prefix === this.#own ? (this.#policy.ownSet?.(this.rib.family) ?? 0) : 0;
    this.#isLacking = prefix === this.#own && own === 0 && this.#policy.lacksNextHop === true;
    if (own !== 0) this.#wantOwn(prefix, own);
    else if (this.#most === MAXIMUM_PATH_ID) this.#wantAll(prefix);
    else this.#wantBest(prefix);
    this.noteLack(prefix, this.#isLacking);
    this.#merge(prefix);
    this.#letGo();
    return this.#changes.count;
  }

  protected override remove(prefix: number): number {
    let removed = 0;
    while (this.#heads[prefix] !== 0) {
      this.#unlink(prefix, 0, this.#heads[prefix]);
      removed++;
    }
    return removed;
  }

  /** Nothing else is sent of the prefix, so any path identifier is free for it. */
  #wantOwn(prefix: number, set: number): void {
    if (!this.#fits(set)) return;
    const { pathIds, sets, sources } = this.#wanted;
    this.#attributes.hold(set);
    pathIds[0] = this.rib.pathIdForOwn(prefix);
    sets[0] = set;
    sources[0] = 0;
    this.#wanted.count = 1;
  }

  #wantAll(prefix: number): void {
    const { rib } = this;
    for (let path = rib.first(prefix); path !== 0; path = rib.paths.next[path]) {
      if (rib.decision.isEligible(path)) this.#want(prefix, path);
    }
  }

  /** The best path that the policy lets pass, then the best of the others, and so on. */
  #wantBest(prefix: number): void {
    const { decision, paths } = this.rib;
    const first = this.rib.first(prefix);
    while (this.#wanted.count < this.#most) {
      const path = decision.chooseUnranked(first);
      if (path === 0) break;
      paths.flags[path] |= FLAG.RANKED;
      this.#want(prefix, path);
    }
    for (let path = first; path !== 0; path = paths.next[path]) paths.flags[path] &= ~FLAG.RANKED;
  }

  /**
   * Adds a path in the order of path identifiers if the policy lets it pass. Its set is held until the
   * chain has it: an entry that is dropped before that may be the last of it.
   */
  #want(prefix: number, path: number): void {
    const { rib } = this;
    const { pathIds, sets, sources } = this.#wanted;
    const source = rib.paths.source[path];
    const set = this.#policy.evaluate(rib.paths.accepted[path], rib.family, prefix, source);
    if (set === 0 && this.#policy.lacksNextHop === true) this.#isLacking = true;
    const pathId = set === 0 || !this.#fits(set) ? 0 : rib.pathIdFor(prefix, path);
    if (pathId === 0) return;
    this.#attributes.hold(set);
    let at = this.#wanted.count++;
    for (; at > 0 && pathIds[at - 1] > pathId; at--) {
      pathIds[at] = pathIds[at - 1];
      sets[at] = sets[at - 1];
      sources[at] = sources[at - 1];
    }
    pathIds[at] = pathId;
    sets[at] = set;
    sources[at] = this.#sendBack ? 0 : source;
  }

  /** Makes the prefix's chain what is wanted, and notes the differences. */
  #merge(prefix: number): void {
    const { pathIds, sets, sources, count } = this.#wanted;
    let before = 0;
    let entry = this.first(prefix);
    for (let i = 0; i < count; i++) {
      while (entry !== 0 && this.#pathIds[entry] < pathIds[i]) entry = this.#drop(prefix, before);
      if (entry === 0 || this.#pathIds[entry] !== pathIds[i]) {
        entry = this.#insert(prefix, before, pathIds[i]);
      }
      this.#assign(entry, sets[i], sources[i]);
      before = entry;
      entry = this.#next[entry];
    }
    while (entry !== 0) entry = this.#drop(prefix, before);
  }

  /** Of what was wanted; the chain holds its own. */
  #letGo(): void {
    const { sets, count } = this.#wanted;
    for (let i = 0; i < count; i++) this.#attributes.release(sets[i]);
  }

  #assign(entry: number, set: number, source: number): void {
    const old = this.#sets[entry];
    const oldSource = this.#sources[entry];
    if (set === old && source === oldSource) return;
    this.#note(this.#pathIds[entry], set, source, old, oldSource);
    this.#sets[entry] = set;
    this.#sources[entry] = source;
    if (set === old) return;
    this.#attributes.hold(set);
    if (old !== 0) this.#attributes.release(old);
  }

  /** Takes out the entry behind another one (0: the first); the result is the one that follows. */
  #drop(prefix: number, before: number): number {
    const entry = before === 0 ? this.#heads[prefix] : this.#next[before];
    this.#note(this.#pathIds[entry], 0, 0, this.#sets[entry], this.#sources[entry]);
    return this.#unlink(prefix, before, entry);
  }

  #unlink(prefix: number, before: number, entry: number): number {
    const next = this.#next[entry];
    if (before === 0) this.#heads[prefix] = next;
    else this.#next[before] = next;
    this.#attributes.release(this.#sets[entry]);
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.#size--;
    if (this.#heads[prefix] === 0) this.rib.references.drop(prefix);
    return next;
  }

  /** A new entry behind another one (0: as the first), with no attribute set yet. */
  #insert(prefix: number, before: number, pathId: number): number {
    if (prefix >= this.#heads.length) this.#heads = grown32(this.#heads, prefix + 1);
    if (this.#heads[prefix] === 0) this.rib.references.retain(prefix);
    const entry = this.#take();
    this.#pathIds[entry] = pathId;
    this.#sets[entry] = 0;
    this.#sources[entry] = 0;
    this.#next[entry] = before === 0 ? this.#heads[prefix] : this.#next[before];
    if (before === 0) this.#heads[prefix] = entry;
    else this.#next[before] = entry;
    this.#size++;
    return entry;
  }

  #take(): number {
    if (this.#free !== 0) {
      const entry = this.#free;
      this.#free = this.#next[entry];
      return entry;
    }
    if (this.#rows === this.#sets.length) this.#grow(this.#rows * 2);
    return this.#rows++;
  }

  #grow(rows: number): void {
    this.#sets = grown32(this.#sets, rows);
    this.#next = grown32(this.#next, rows);
    this.#pathIds = grown16(this.#pathIds, rows);
    this.#sources = grown16(this.#sources, rows);
  }

  #note(
    pathId: number,
    set: number,
    source: number,
    previous: number,
    previousSource: number,
  ): void {
    const changes = this.#changes;
    const at = changes.count++;
    changes.pathIds[at] = pathId;
    changes.sets[at] = set;
    changes.sources[at] = source;
    changes.previous[at] = previous;
    changes.previousSources[at] = previousSource;
  }
}
