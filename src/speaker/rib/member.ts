// A neighbour in an update group: is it in step with the group, and what does it still have to hear?

import type { AdjRibOut } from "./adj-rib-out.ts";
import { Bitset } from "./bitset.ts";

/**
 * "in step": hears every change as the group does. "blocked": its socket is full, changes are only
 * marked. "draining": it takes bytes again and gets what was marked.
 */
export type MemberState = "in step" | "blocked" | "draining";

const OBSERVER_BITS = 16;
const OBSERVER_UNIT = 1 << OBSERVER_BITS;

/** The group that a member was in before: what it was told there. */
export interface Told {
  readonly out: AdjRibOut;
  /** The first entry of a prefix that the member was told of; 0: none. */
  firstFor(member: Member, prefix: number): number;
  /** The one behind an entry. */
  nextFor(member: Member, entry: number): number;
}

/** Where a member stands in one family. */
export class Progress {
  /** In step and in the walk over Adj-RIB-Out: where the walk was when it joined; else -1. */
  joinedAt = -1;
  /** The walk has come to the end of the table since then. */
  hasWrapped = false;
  /** Prefixes that only this member has to hear of; empty while it is in step. */
  behind = new Bitset();
  /** Where the walk over `behind` stands. */
  cursor = 0;
  /** Ids that are to be looked at and marked if need be: scanFrom .. scanTo, then 0 .. scanThen. */
  scanFrom = 0;
  scanTo = 0;
  scanThen = 0;
  /** It comes from another group, and the scan compares what that one told it with what this one has. */
  from: Told | undefined;
  /** What is the same in both groups need not be told again. */
  isExact = false;
  /** Once it has everything: End-of-RIB (RFC 4724 §2). */
  owesEndOfRib = true;
  /** Once it has everything: the end of a route refresh (RFC 7313 §4). */
  owesEndOfRefresh = false;

  get isCatchingUp(): boolean {
    return this.joinedAt >= 0;
  }

  /**
   * Takes the place of a scan that is under way: what that one had left has to be inside, or in
   * `behind`.
   */
  scan(from: number, to: number, then: number): void {
    this.scanFrom = from;
    this.scanTo = to;
    this.scanThen = then;
  }

  /** It comes from another group, whose table as a whole is to be compared with that of the new one. */
  compare(from: Told, isExact: boolean, limit: number): void {
    this.from = from;
    this.isExact = isExact;
    this.scan(0, limit, 0);
  }

  /**
   * The scan that compares has to mark all that it finds, too, in what is behind it as well. Asked
   * again it goes on as it is: a neighbour that keeps asking must not keep it from its end.
   */
  widen(): void {
    if (this.isExact) this.scanThen = this.scanFrom;
    this.isExact = false;
  }

  /** The scan has not looked at this id yet. */
  isAhead(id: number): boolean {
    return (id >= this.scanFrom && id < this.scanTo) || id < this.scanThen;
  }

  get isScanning(): boolean {
    return this.scanFrom < this.scanTo || this.scanThen > 0;
  }

  /** Nothing is marked, nor to be marked. */
  get hasAll(): boolean {
    return this.behind.count === 0 && !this.isScanning;
  }

  get owes(): boolean {
    return this.owesEndOfRib || this.owesEndOfRefresh;
  }
}

/**
 * A member may stand for somebody who watches what a neighbour is told (RFC 8671): it hears the same,
 * at its own pace, so that it shares the group's table and encoding. Its id is the neighbour's source
 * and, above those 16 bits, the number of the watcher, from 1.
 */
export function observerOf(source: number, watcher: number): number {
  return watcher * OBSERVER_UNIT + source;
}

/** The neighbour that a member is, or stands for. */
export function originOf(member: number): number {
  return member & (OBSERVER_UNIT - 1);
}

/** The number of the watcher that a member stands for; 0: it is the neighbour. */
export function watcherOf(member: number): number {
  return member >>> OBSERVER_BITS;
}

export class Member {
  readonly source: number;
  /** The neighbour whose own paths it is not told. */
  readonly origin: number;
  readonly families: readonly [Progress, Progress] = [new Progress(), new Progress()];
  state: MemberState = "in step";

  constructor(source: number) {
    this.source = source;
    this.origin = originOf(source);
  }

  get isInStep(): boolean {
    return this.state === "in step";
  }

  /** It is not yet known in full in what its new group differs from the one that it comes from. */
  get isMoving(): boolean {
    return this.families.some((progress) => progress.from !== undefined);
  }

  /** There is something to do for it, though it is not in step. */
  get isWorkedFor(): boolean {
    return this.state === "draining" || this.isMoving;
  }

  get owes(): boolean {
    return this.families.some((progress) => progress.owes);
  }

  /** Memory of its marks, in bytes. */
  get bytes(): number {
    return this.families[0].behind.bytes + this.families[1].behind.bytes;
  }

  /** Nothing is marked for it alone. */
  get hasAll(): boolean {
    return this.families[0].hasAll && this.families[1].hasAll;
  }

  /** It has everything that was marked for it: in step again, and the marks' memory is free. */
  catchUp(): void {
    this.state = "in step";
    for (const progress of this.families) progress.behind = new Bitset();
  }
}
