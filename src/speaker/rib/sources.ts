// Who paths come from, by small integers: the properties that the tie-breaks read, as columns, and
// per family the counters and the epoch.
//
// A path carries the epoch of its source at the time when it was announced last; one of another epoch is
// stale: it is from before markStale(). Stale paths of the epoch before are used, until the source is
// swept (sweepStale); those, and all that are older, are out of the decision process and are taken away
// in slices. So a source that is marked again and again costs no walk at the time.

import { compareAddresses, type Family, grown16, grown32, grown8 } from "../../route/index.ts";
import { EPOCHS } from "./path-store.ts";
import { LOCAL_SOURCE, type Source, type SourceCounters } from "./types.ts";

/** Ids have 16 bits, and all ones stand for several of them (next-hop-states.ts). */
export const MOST_NEIGHBOURS = 0xfffe;

const EXTERNAL = 1;

/** What a source has in one family, by source id. */
export class SourceState {
  #epochs = new Uint16Array(64);
  /** How many epochs old a stale path may be that is not swept: 1 mostly; 0: all are. */
  #keptAge = new Uint16Array(64);
  /** Epochs before the present one that paths may be left from. */
  #span = new Uint16Array(64);
  /** Stale paths that are to be taken away. */
  #swept = new Uint32Array(64);
  received = new Uint32Array(64);
  accepted = new Uint32Array(64);
  best = new Uint32Array(64);
  /** Paths from before the last markStale(). */
  stale = new Uint32Array(64);
  /** No prefix from this id on has had a path of the source. */
  #beyond = new Uint32Array(64);
  /** Sources that are being swept. */
  sweeping = 0;

  grow(needed: number): void {
    if (needed <= this.#epochs.length) return;
    this.#epochs = grown16(this.#epochs, needed);
    this.#keptAge = grown16(this.#keptAge, needed);
    this.#span = grown16(this.#span, needed);
    this.#swept = grown32(this.#swept, needed);
    this.received = grown32(this.received, needed);
    this.accepted = grown32(this.accepted, needed);
    this.best = grown32(this.best, needed);
    this.stale = grown32(this.stale, needed);
    this.#beyond = grown32(this.#beyond, needed);
  }

  /**
   * Whether a prefix can have a path of the source. It cannot while the source names prefixes that
   * others have named before it in the same order: neighbours with the same table mostly do.
   */
  mayHave(source: number, prefix: number): boolean {
    return prefix < this.#beyond[source];
  }

  /** The source has a path of the prefix. */
  noteHas(source: number, prefix: number): void {
    if (prefix >= this.#beyond[source]) this.#beyond[source] = prefix + 1;
  }

  /** What a path that is announced now carries. */
  epoch(source: number): number {
    return this.#epochs[source];
  }

  /** Whether a path of this epoch is as good as gone. */
  isSwept(source: number, epoch: number): boolean {
    return this.#ageOf(source, epoch) > this.#keptAge[source];
  }

  /** Stale paths that are used as before. */
  kept(source: number): number {
    return this.stale[source] - this.#swept[source];
  }

  /** No epoch is left: one that comes round again would make paths fresh that are to be swept. */
  isSpent(source: number): boolean {
    return this.#spanOf(source) === EPOCHS - 1;
  }

  /**
   * Everything that the source announced so far is stale from now on, and what was stale before is
   * swept. Not while it isSpent().
   */
  nextEpoch(source: number): void {
    const span = this.#spanOf(source);
    this.#setSwept(source, this.stale[source]);
    this.#advance(source, span, 1);
  }

  /** The same, but what was stale before, and not swept, is kept as well. */
  nextEpochOfAll(source: number): void {
    const keptAge = this.stale[source] === 0 ? 0 : this.#keptAge[source];
    this.#advance(source, this.#spanOf(source), keptAge + 1);
  }

  startSweep(source: number): void {
    this.#keptAge[source] = 0;
    this.#setSwept(source, this.stale[source]);
  }

  /** One stale path less, of this epoch: announced again, or gone. The sweep ends with the last one. */
  noteFresh(source: number, epoch: number): void {
    this.stale[source]--;
    if (this.isSwept(source, epoch)) this.#setSwept(source, this.#swept[source] - 1);
  }

  /** Paths of all sources that are the best of their prefix. */
  get bestPaths(): number {
    return this.best.reduce((sum, count) => sum + count, 0);
  }

  counters(source: number): SourceCounters {
    const received = this.received[source];
    const accepted = this.accepted[source];
    const best = this.best[source];
    const stale = this.stale[source];
    const kept = this.kept(source);
    return { received, accepted, filtered: received - accepted, best, stale, kept };
  }

  #advance(source: number, span: number, keptAge: number): void {
    this.#epochs[source] = (this.#epochs[source] + 1) & (EPOCHS - 1);
    this.#span[source] = span + 1;
    this.#keptAge[source] = keptAge;
    this.stale[source] = this.received[source];
  }

  /** How many epochs ago the oldest path may have been announced. */
  #spanOf(source: number): number {
    if (this.stale[source] === 0) return 0;
    return this.#swept[source] === 0 ? this.#keptAge[source] : this.#span[source];
  }

  #ageOf(source: number, epoch: number): number {
    return (this.#epochs[source] - epoch) & (EPOCHS - 1);
  }

  #setSwept(source: number, swept: number): void {
    if (this.#swept[source] === 0 && swept > 0) this.sweeping++;
    else if (this.#swept[source] > 0 && swept === 0) this.sweeping--;
    this.#swept[source] = swept;
  }
}

export class Sources {
  readonly families: readonly [SourceState, SourceState] = [new SourceState(), new SourceState()];
  #records: (Source | undefined)[] = [];
  #flags = new Uint8Array(64);
  #routerIds = new Uint32Array(64);
  #weights = new Uint16Array(64);
  /** Place among all neighbours by address, so that the last tie-break compares two numbers. */
  #ranks = new Uint16Array(64);
  /** The neighbours by rank. Kept sorted: thousands of them may come one by one. */
  readonly #order: number[] = [];

  constructor(local: Source) {
    this.#set(LOCAL_SOURCE, local);
  }

  /** Every id is below this. */
  get limit(): number {
    return this.#records.length;
  }

  get isFull(): boolean {
    return this.#order.length > MOST_NEIGHBOURS;
  }

  /** The lowest id that is free. Not while it isFull. */
  add(source: Source): number {
    let id = LOCAL_SOURCE + 1;
    while (this.#records[id] !== undefined) id++;
    if (id > MOST_NEIGHBOURS) throw new Error(`more than ${MOST_NEIGHBOURS} neighbours`);
    this.#set(id, source);
    return id;
  }

  change(id: number, source: Source): void {
    this.#set(id, source);
  }

  /** The source must have no path left. */
  remove(id: number): void {
    this.#takeOut(id);
    this.#records[id] = undefined;
  }

  get(id: number): Source | undefined {
    return this.#records[id];
  }

  isExternal(id: number): boolean {
    return (this.#flags[id] & EXTERNAL) !== 0;
  }

  routerId(id: number): number {
    return this.#routerIds[id];
  }

  weight(id: number): number {
    return this.#weights[id];
  }

  rank(id: number): number {
    return this.#ranks[id];
  }

  counters(id: number, family: Family): SourceCounters {
    return this.families[family].counters(id);
  }

  #set(id: number, source: Source): void {
    if (id >= this.#flags.length) this.#grow(id + 1);
    if (this.#records[id] !== undefined) this.#takeOut(id);
    this.#records[id] = source;
    this.#flags[id] = source.external ? EXTERNAL : 0;
    this.#routerIds[id] = source.routerId;
    this.#weights[id] = source.weight ?? 0;
    this.#putIn(id);
  }

  #putIn(id: number): void {
    let [from, to] = [0, this.#order.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#compare(this.#order[middle], id) < 0) from = middle + 1;
      else to = middle;
    }
    this.#order.splice(from, 0, id);
    this.#number(from);
  }

  #takeOut(id: number): void {
    this.#order.splice(this.#ranks[id], 1);
    this.#number(this.#ranks[id]);
  }

  #number(from: number): void {
    for (let rank = from; rank < this.#order.length; rank++) this.#ranks[this.#order[rank]] = rank;
  }

  #compare(a: number, b: number): number {
    const left = this.#records[a];
    const right = this.#records[b];
    if (left === undefined || right === undefined) return a - b;
    return compareAddresses(left.address, right.address) || a - b;
  }

  #grow(needed: number): void {
    this.#flags = grown8(this.#flags, needed);
    this.#routerIds = grown32(this.#routerIds, needed);
    this.#weights = grown16(this.#weights, needed);
    this.#ranks = grown16(this.#ranks, needed);
    for (const family of this.families) family.grow(this.#flags.length);
  }
}
