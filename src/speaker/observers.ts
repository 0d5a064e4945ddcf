// Those who watch what neighbours are told (RFC 8671): for each of them and each neighbour there is a
// member of the update groups that stands for the two, and is told what the neighbour is.

import type { Neighbour } from "./neighbour.ts";
import type { SharedExport } from "./policies.ts";
import { type GroupSettings, observerOf, originOf, type Rib, watcherOf } from "./rib/index.ts";

/** Neighbours that an observer is told of in one slice. */
const JOINS = 64;

/** Somebody who watches what neighbours are told (monitors.ts). */
export interface Observer {
  /** Of its own, from 1. */
  readonly number: number;
  readonly isBlocked: boolean;
  told(source: number, bytes: Uint8Array): void;
  lost(): void;
}

export class Observers {
  readonly #rib: Rib;
  readonly #settingsOf: (neighbour: Neighbour) => GroupSettings | undefined;
  #all: Observer[] = [];
  #joining: (readonly [Observer, Neighbour])[] = [];

  /** `settingsOf`: how the neighbour is told; undefined: it is told nothing. */
  constructor(rib: Rib, settingsOf: (neighbour: Neighbour) => GroupSettings | undefined) {
    this.#rib = rib;
    this.#settingsOf = settingsOf;
  }

  /** Members for the neighbours that are there join in slices of work. */
  add(observer: Observer, neighbours: Iterable<Neighbour>): void {
    this.#all.push(observer);
    for (const neighbour of neighbours) {
      if (this.#settingsOf(neighbour) !== undefined) this.#joining.push([observer, neighbour]);
    }
  }

  remove(observer: Observer): void {
    if (!this.#all.includes(observer)) return;
    this.#all = this.#all.filter((other) => other !== observer);
    this.#joining = this.#joining.filter(([other]) => other !== observer);
    this.#rib.watcherLeaves(observer.number);
  }

  /** From now on the neighbour is told. */
  join(neighbour: Neighbour): void {
    for (const observer of this.#all) this.#join(observer, neighbour);
  }

  /** It is told no more. */
  leave({ source }: Neighbour): void {
    for (const { number } of this.#all) this.#rib.leave(observerOf(source, number));
  }

  /** The neighbour is told by another policy. */
  regroup({ source }: Neighbour, next: SharedExport): void {
    for (const observer of this.#all) {
      const member = observerOf(source, observer.number);
      if (this.#rib.member(member) === undefined || this.#rib.regroup(member, next)) continue;
      this.#rib.leave(member);
      observer.lost();
    }
  }

  /** Some of those that are to join do; true: there are more. */
  work(): boolean {
    if (this.#joining.length === 0) return false;
    for (const [observer, neighbour] of this.#joining.splice(0, JOINS)) {
      this.#join(observer, neighbour);
    }
    return this.#joining.length > 0;
  }

  /** What `members` of the groups were sent, as far as they stand for an observer. */
  told(members: readonly number[], bytes: Uint8Array): void {
    for (const observer of this.#all) {
      for (const member of members) {
        if (watcherOf(member) === observer.number) observer.told(originOf(member), bytes);
      }
    }
  }

  #join(observer: Observer, neighbour: Neighbour): void {
    const settings = this.#settingsOf(neighbour);
    if (settings === undefined) return;
    const member = observerOf(neighbour.source, observer.number);
    // It may have come up once more before its turn came.
    if (this.#rib.member(member) !== undefined) return;
    this.#rib.join(member, settings);
    if (observer.isBlocked) this.#rib.blocked(member);
  }
}
