// Interned next hops. A next hop is what a neighbour wrote into NEXT_HOP or MP_REACH_NLRI, and, where
// it can only be told apart so, the link it was learnt on. The FIB resolves ids, never addresses, so a
// thousand routes by way of one gateway are resolved once.

import { IPV4, IPV6, type NextHop } from "bgp-ts";
import { Address, isLinkLocal } from "./address.ts";
import { mixWord } from "./hash.ts";
import { Quota, THIS_NODE } from "./quota.ts";
import { END, Slots } from "./slots.ts";

export interface ResolvedNextHop {
  readonly address: Address;
  readonly linkLocal: Address | undefined;
  /** Index of the interface that a link-local address belongs to; 0: none is needed. */
  readonly interface: number;
}

/** Id 0: no next hop, the route is this node's own. */
export const NO_NEXT_HOP = 0;

/**
 * In the place of a next hop where packets end (RFC 7999): no address, never interned, always there.
 */
export const DISCARD = 0xffffffff;

const NOWHERE: ResolvedNextHop = {
  address: new Address(IPV6, 0),
  linkLocal: undefined,
  interface: 0,
};

/** {@link NextHopTable.intern}: there is no room. */
export const NO_ROOM = -1;

/**
 * Next hops of all neighbours together, half of them of one. Each is an object here, state in the
 * RIB, something to be resolved in the FIB and an object in the kernel, so the ceiling lies low; there
 * are as many as there are nodes, or twice that, not as there are pods.
 */
const MOST_NEXT_HOPS = 1 << 16;

/**
 * There are as many next hops as there are neighbours, not as there are routes, so each is an object
 * in an ordinary array. It is asked for by every attribute set that comes in, though, so the index is
 * that of the larger tables and its look-up makes nothing (measured, 68,000 sets: the texts that were
 * the keys of a map took a tenth of the time of interning).
 */
export class NextHopTable {
  readonly #seed: number;
  readonly #slots = new Slots(256);
  readonly #entries: (ResolvedNextHop | undefined)[] = [undefined];
  readonly #hashes: number[] = [0];
  readonly #counts: number[] = [0];
  readonly #owners: number[] = [THIS_NODE];
  readonly #free: number[] = [];
  readonly #quota: Quota;

  /** `maximum`: next hops of all neighbours together. `seed`: as for a table of prefixes. */
  constructor(seed = 0, maximum = MOST_NEXT_HOPS) {
    this.#seed = seed | 0;
    this.#quota = new Quota(maximum, Infinity);
  }

  /** Next hops in the table. */
  get size(): number {
    return this.#slots.size;
  }

  /** Every id is below this. */
  get limit(): number {
    return this.#entries.length;
  }

  /**
   * The id of a next hop, 1 or more. `scope`: index of the interface of the session that it came
   * by; it counts only where an address is link-local. A new id has no holder: hold it, or give it
   * back by `release(id, 0)`.
   *
   * `owner`: the neighbour whose room a new one takes, by any number, or this node,
   * which is never refused.
   * {@link NO_ROOM}: it has none left.
   */
  intern(nextHop: NextHop, scope: number, owner = THIS_NODE): number {
    const link = linkOf(nextHop, scope);
    const hash = hashOf(this.#seed, nextHop, link);
    const known = this.#find(nextHop, link, hash);
    if (known !== NO_NEXT_HOP) return known;
    if (!this.#quota.take(owner, 1)) return NO_ROOM;
    const id = this.#free.pop() ?? this.#entries.length;
    this.#entries[id] = entryOf(nextHop, link);
    this.#hashes[id] = hash;
    this.#counts[id] = 0;
    this.#owners[id] = owner;
    this.#slots.insert(id, this);
    return id;
  }

  /** The id that {@link intern} would answer; {@link NO_NEXT_HOP}: it is not in the table. */
  find(nextHop: NextHop, scope: number): number {
    const link = linkOf(nextHop, scope);
    return this.#find(nextHop, link, hashOf(this.#seed, nextHop, link));
  }

  #find(nextHop: NextHop, link: number, hash: number): number {
    const slots = this.#slots;
    for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
      const id = slots.at(at);
      const entry = this.#entries[id];
      if (entry !== undefined && isSame(entry, nextHop, link)) return id;
    }
    return NO_NEXT_HOP;
  }

  /** For the index of this table only. */
  hashOf(id: number): number {
    return this.#hashes[id];
  }

  has(id: number): boolean {
    return this.#entries[id] !== undefined;
  }

  /** Throws on an id that is free, and on 0. */
  get(id: number): ResolvedNextHop {
    const entry = id === DISCARD ? NOWHERE : this.#entries[id];
    if (entry === undefined) throw new Error(`next hop ${id} does not exist`);
    return entry;
  }

  /** {@link NO_NEXT_HOP} and {@link DISCARD} are never counted: this does nothing to them. */
  hold(id: number, count = 1): void {
    if (id !== NO_NEXT_HOP && id !== DISCARD) this.#counts[id] += count;
  }

  /** The id is free from here on when nobody holds it any more. */
  release(id: number, count = 1): void {
    if (id === NO_NEXT_HOP || id === DISCARD) return;
    if (!this.has(id) || this.#counts[id] < count) {
      throw new Error(`next hop ${id} is released more often than held`);
    }
    this.#counts[id] -= count;
    if (this.#counts[id] > 0) return;
    this.#slots.remove(id, this);
    this.#entries[id] = undefined;
    this.#quota.give(this.#owners[id], 1);
    this.#free.push(id);
  }
}

/** Whether a link-local address is in it, which means nothing without the link. */
function needsLink({ family, w0, w1, w2, w3, linkLocal }: NextHop): boolean {
  return linkLocal !== undefined || isLinkLocal(new Address(family, w0, w1, w2, w3));
}

/** The link that the next hop belongs to; 0: any. */
function linkOf(nextHop: NextHop, scope: number): number {
  return needsLink(nextHop) ? scope : 0;
}

function hashOf(seed: number, nextHop: NextHop, link: number): number {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  let hash = mixWord(mixWord(seed + family, w0), link);
  if (family === IPV4) return hash >>> 0;
  for (const word of [w1, w2, w3, ...(linkLocal ?? [])]) hash = mixWord(hash, word);
  return hash >>> 0;
}

function isSame(entry: ResolvedNextHop, nextHop: NextHop, link: number): boolean {
  const { address, linkLocal } = entry;
  return (
    entry.interface === link &&
    isAt(address, nextHop.family, nextHop.w0, nextHop.w1, nextHop.w2, nextHop.w3) &&
    (linkLocal === undefined) === (nextHop.linkLocal === undefined) &&
    (linkLocal === undefined || isAt(linkLocal, IPV6, ...nextHop.linkLocal!))
  );
}

function isAt(a: Address, family: number, w0: number, w1: number, w2: number, w3: number): boolean {
  return a.family === family && a.w0 === w0 && a.w1 === w1 && a.w2 === w2 && a.w3 === w3;
}

function entryOf(nextHop: NextHop, link: number): ResolvedNextHop {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  return {
    address: new Address(family, w0, w1, w2, w3),
    linkLocal: linkLocal === undefined ? undefined : new Address(IPV6, ...linkLocal),
    interface: link,
  };
}

/** As decodeNextHop() has it. */
export function nextHopOf({ address, linkLocal }: ResolvedNextHop): NextHop {
  const { family, w0, w1, w2, w3 } = address;
  const words = linkLocal && ([linkLocal.w0, linkLocal.w1, linkLocal.w2, linkLocal.w3] as const);
  return { family, w0, w1, w2, w3, linkLocal: words };
}
