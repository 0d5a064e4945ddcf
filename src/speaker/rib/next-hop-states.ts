// What the FIB says about next hops, and which of them paths use at all.

import type { NextHopTable } from "../../route/index.ts";
import { grown16, grown32, grown8 } from "../../route/index.ts";
import type { NextHopInterest, NextHopLoss } from "./types.ts";

const NO_LOSSES: readonly NextHopLoss[] = [];
const UNREACHABLE = 0xffffffff;

/** Bits of a next hop's standing with whoever resolves it. */
const TOLD = 1;
const QUEUED = 2;

/** In the place of a source: several lead there. */
const SHARED = 0xffff;

export class NextHopStates {
  readonly #nextHops: NextHopTable;
  /** IGP metric; all ones while it is unreachable or not resolved yet. */
  #metrics = new Uint32Array(64).fill(UNREACHABLE);
  #uses = new Uint32Array(64);
  #standing = new Uint8Array(64);
  #queue: number[] = [];
  /** The one source whose paths lead there, or SHARED; 0 (this node, which has none) where unused. */
  #owners = new Uint16Array(64);
  /** Next hops whose only source is gone, while its paths are taken away. */
  readonly #abandoned = new Set<number>();
  #losses: NextHopLoss[] = [];

  constructor(nextHops: NextHopTable) {
    this.#nextHops = nextHops;
  }

  get hasInterest(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether paths lead to any that cannot be reached. */
  get hasUnreachable(): boolean {
    const uses = this.#uses;
    for (let id = 1; id < uses.length; id++) {
      if (uses[id] > 0 && this.#metrics[id] === UNREACHABLE) return true;
    }
    return false;
  }

  isReachable(nextHop: number): boolean {
    return this.#metrics[nextHop] !== UNREACHABLE;
  }

  metric(nextHop: number): number {
    return this.#metrics[nextHop];
  }

  /** False: nothing changed, or nobody was told of the next hop, so the news is not of this one. */
  set(nextHop: number, reachable: boolean, metric: number): boolean {
    if (nextHop >= this.#standing.length || (this.#standing[nextHop] & TOLD) === 0) return false;
    const value = reachable ? Math.min(metric, UNREACHABLE - 1) : UNREACHABLE;
    if (this.#metrics[nextHop] === value) return false;
    this.#metrics[nextHop] = value;
    return true;
  }

  /** One path more leads there, of this source. */
  use(nextHop: number, source: number): void {
    if (nextHop >= this.#uses.length) this.#grow(nextHop + 1);
    if (this.#uses[nextHop]++ === 0) {
      this.#enqueue(nextHop);
      this.#owners[nextHop] = source;
    } else if (this.#owners[nextHop] !== source) {
      this.#owners[nextHop] = SHARED;
    }
    this.revive(nextHop);
  }

  /**
   * The source is gone, and its paths go: what only they lead to is as good as gone already, for it
   * is one step to say so, and one a prefix to take the paths away.
   */
  abandon(source: number): void {
    for (let nextHop = 1; nextHop < this.#owners.length; nextHop++) {
      if (this.#owners[nextHop] !== source || this.#uses[nextHop] === 0) continue;
      if (this.#abandoned.has(nextHop)) continue;
      this.#abandoned.add(nextHop);
      this.#losses.push({ nextHop, lost: true });
    }
  }

  /** A path that leads there is announced (again). */
  revive(nextHop: number): void {
    if (this.#abandoned.size === 0 || !this.#abandoned.delete(nextHop)) return;
    this.#losses.push({ nextHop, lost: false });
  }

  /** Next hops abandoned and revived since the last call, in order. */
  takeLosses(): readonly NextHopLoss[] {
    if (this.#losses.length === 0) return NO_LOSSES;
    const losses = this.#losses;
    this.#losses = [];
    return losses;
  }

  /** One path less. */
  unuse(nextHop: number): void {
    if (--this.#uses[nextHop] === 0) this.#enqueue(nextHop);
  }

  /** What changed since the last call. The next hops in `unwanted` are valid until the caller returns. */
  takeInterest(): NextHopInterest {
    const wanted: number[] = [];
    const unwanted: number[] = [];
    for (const nextHop of this.#queue) {
      const standing = this.#standing[nextHop];
      const used = this.#uses[nextHop] > 0;
      this.#standing[nextHop] = used ? TOLD : 0;
      if (used && (standing & TOLD) === 0) wanted.push(nextHop);
      if (!used && (standing & TOLD) !== 0) unwanted.push(nextHop);
      if (!used) this.#forget(nextHop);
    }
    this.#queue = [];
    return { wanted, unwanted };
  }

  /** A next hop that is queued or told of is held, so that its id is not given to another one. */
  #enqueue(nextHop: number): void {
    const standing = this.#standing[nextHop];
    if (standing === 0) this.#nextHops.hold(nextHop);
    if ((standing & QUEUED) !== 0) return;
    this.#standing[nextHop] = standing | QUEUED;
    this.#queue.push(nextHop);
  }

  /** An abandoned one is not revived: routes whose end is still to be decided lead there. */
  #forget(nextHop: number): void {
    this.#metrics[nextHop] = UNREACHABLE;
    this.#abandoned.delete(nextHop);
    this.#nextHops.release(nextHop);
  }

  #grow(needed: number): void {
    const known = this.#metrics.length;
    this.#metrics = grown32(this.#metrics, needed).fill(UNREACHABLE, known);
    this.#uses = grown32(this.#uses, needed);
    this.#owners = grown16(this.#owners, needed);
    this.#standing = grown8(this.#standing, needed);
  }
}
