/**
 * What is wanted and what is in the kernel for every prefix of one family: five columns by prefix
 * id, 11 bytes a route.
 */

import { PHASE, fitted32, fitted8, roomOf } from "../route/index.ts";

/** Bits of the flags column. */
export const FLAG = {
  /** In the queue; or to be queued when its answer comes, if FLYING. */
  QUEUED: 1,
  /** In a batch whose answer is out. */
  FLYING: 2,
  /** The kernel may or may not have a route of ours; `actual` is 0. */
  UNSURE: 4,
  /** Refused; waits for its retry. */
  FAILED: 8,
  /** Mentioned in the dump that is going on. */
  SEEN: 16,
  /** One of this node's blocks: a blackhole is wanted, whatever `desired` says. */
  BLOCK: 32,
  /** Found in the kernel; nobody has spoken for or against it yet. */
  ADOPTED: 64,
  /** Something happened to it while FLYING: the answer proves nothing. */
  DISTURBED: 128,
} as const;

/** Values of `actual` that are not slots of nexthop objects; all are above every slot. */
export const BLACKHOLE = 0xffffffff;
/** A route of ours with some other content. */
export const OTHER = 0xfffffffe;
/** In a batch's "before" column only: it was UNSURE. */
export const UNKNOWN = 0xfffffffd;

export class RouteColumns {
  /** Path list id, 0 = nobody wants it. */
  desired = new Uint32Array(0);
  /** Slot of the nexthop object that it points at in the kernel (or does when its batch is done). */
  actual = new Uint32Array(0);
  flags = new Uint8Array(0);
  /** Where `actual` is, or what is doubted (places.ts). */
  place = new Uint8Array(0);
  /** Where another route of ours is, that has to go: it was the one before, or has been found. 0: none. */
  extra = new Uint8Array(0);
  #room = 0;
  /** No route below is ADOPTED. */
  #claimedTo = 0;

  /** Ids that every column has room for. */
  get capacity(): number {
    return this.#room;
  }

  get bytes(): number {
    const { desired, actual, flags, place, extra } = this;
    return 4 * (desired.length + actual.length) + flags.length + place.length + extra.length;
  }

  /** Found in the kernel, of an earlier run: to be said after its flags are set. */
  noteAdopted(id: number): void {
    this.#claimedTo = Math.min(this.#claimedTo, id);
  }

  /** Whether any route is ADOPTED. Each is looked at once, however often it is asked. */
  get hasAdopted(): boolean {
    const { flags } = this;
    let id = this.#claimedTo;
    while (id < flags.length && (flags[id] & FLAG.ADOPTED) === 0) id++;
    this.#claimedTo = id;
    return id < flags.length;
  }

  /** The columns that have no room for it grow; mostly it is one. */
  ensure(id: number): void {
    if (id < this.#room) return;
    const size = id + 1;
    const { FIB } = PHASE;
    this.desired = fitted32(this.desired, FIB, size);
    this.actual = fitted32(this.actual, FIB + 1, size);
    this.flags = fitted8(this.flags, FIB + 2, size);
    this.place = fitted8(this.place, FIB + 3, size);
    this.extra = fitted8(this.extra, FIB + 4, size);
    const { desired, actual, flags, place, extra } = this;
    this.#room = roomOf([desired, actual, flags, place, extra]);
  }
}
