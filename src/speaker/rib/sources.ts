// Who paths come from, by small integers: the properties that the tie-breaks read, as columns, and
// per family the counters and the epoch.
//
// The epoch is one bit. A path carries the bit of its source at the time when it was announced last;
// a path with the other bit is stale: it is from before markStale(). Once the source is being swept
// (sweepStale) its stale paths are out of the decision process and are taken away in slices.

import { compareAddresses, type Family } from "../../route/index.ts";
import { grown16, grown32, grown8 } from "./grow.ts";
import { LOCAL_SOURCE, type Source, type SourceCounters } from "./types.ts";

const EXTERNAL = 1;

/** Bits of a source's state in one family. */
const EPOCH = 1;
const SWEEPING = 2;

/** What a source has in one family, by source id. */
export class SourceState {
  #state = new Uint8Array(64);
  received = new Uint32Array(64);
  accepted = new Uint32Array(64);
  best = new Uint32Array(64);
  /** Paths from before the last markStale(). */
  stale = new Uint32Array(64);
  /** Sources that are being swept. */
  sweeping = 0;

  grow(needed: number): void {
    if (needed <= this.#state.length) return;
    this.#state = grown8(this.#state, needed);
    this.received = grown32(this.received, needed);
    this.accepted = grown32(this.accepted, needed);
    this.best = grown32(this.best, needed);
    this.stale = grown32(this.stale, needed);
  }

  /** 0 or 1. */
  epoch(source: number): number {
    return this.#state[source] & EPOCH;
  }

  isSweeping(source: number): boolean {
    return (this.#state[source] & SWEEPING) !== 0;
  }

  /** Everything that the source announced so far is stale from now on. */
  nextEpoch(source: number): void {
    this.#state[source] ^= EPOCH;
    this.stale[source] = this.received[source];
  }

  /** The same, where the paths' own bits say so already. */
  allStale(source: number): void {
    this.stale[source] = this.received[source];
  }

  startSweep(source: number): void {
    if (this.stale[source] === 0 || this.isSweeping(source)) return;
    this.#state[source] |= SWEEPING;
    this.sweeping++;
  }

  /** One stale path less: announced again, or gone. The sweep ends with the last one. */
  noteFresh(source: number): void {
    if (--this.stale[source] > 0 || !this.isSweeping(source)) return;
    this.#state[source] &= ~SWEEPING;
    this.sweeping--;
  }

  counters(source: number): SourceCounters {
    const received = this.received[source];
    const accepted = this.accepted[source];
    const best = this.best[source];
    return { received, accepted, filtered: received - accepted, best, stale: this.stale[source] };
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

  constructor(local: Source) {
    this.#set(LOCAL_SOURCE, local);
  }

  /** Every id is below this. */
  get limit(): number {
    return this.#records.length;
  }

  /** The lowest id that is free. */
  add(source: Source): number {
    let id = LOCAL_SOURCE + 1;
    while (this.#records[id] !== undefined) id++;
    if (id > 0xffff) throw new Error("more than 65535 neighbours");
    this.#set(id, source);
    return id;
  }

  change(id: number, source: Source): void {
    this.#set(id, source);
  }

  /** The source must have no path left. */
  remove(id: number): void {
    this.#records[id] = undefined;
    this.#rank();
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
    this.#records[id] = source;
    this.#flags[id] = source.external ? EXTERNAL : 0;
    this.#routerIds[id] = source.routerId;
    this.#weights[id] = source.weight ?? 0;
    this.#rank();
  }

  #rank(): void {
    const ids = [...this.#records.keys()].filter((id) => this.#records[id] !== undefined);
    ids.sort((a, b) => this.#compare(a, b));
    ids.forEach((id, rank) => (this.#ranks[id] = rank));
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
