// Interned next hops. A next hop is what a neighbour wrote into NEXT_HOP or MP_REACH_NLRI, and, where
// it can only be told apart so, the link it was learnt on. The FIB resolves ids, never addresses, so a
// thousand routes by way of one gateway are resolved once.

import { IPV6, type NextHop } from "bgp-ts";
import { Address, isLinkLocal } from "./address.ts";
import { Quota, THIS_NODE } from "./quota.ts";

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
 * There are as many next hops as there are neighbours, not as there are routes, so this is an
 * ordinary map; typed arrays would save nothing. Its keys are text, which the engine hashes with a
 * secret: it has none for numbers, and a neighbour could choose addresses that all fall into one place.
 */
export class NextHopTable {
  readonly #ids = new Map<string, number>();
  readonly #entries: (ResolvedNextHop | undefined)[] = [undefined];
  readonly #keys: string[] = [""];
  readonly #counts: number[] = [0];
  readonly #owners: number[] = [THIS_NODE];
  readonly #free: number[] = [];
  readonly #quota: Quota;

  /** `maximum`: next hops of all neighbours together. */
  constructor(maximum = MOST_NEXT_HOPS) {
    this.#quota = new Quota(maximum, Infinity);
  }

  /** Next hops in the table. */
  get size(): number {
    return this.#ids.size;
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
    const key = keyOf(nextHop, scope);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (!this.#quota.take(owner, 1)) return NO_ROOM;
    const id = this.#free.pop() ?? this.#entries.length;
    this.#ids.set(key, id);
    this.#entries[id] = entryOf(nextHop, scope);
    this.#keys[id] = key;
    this.#counts[id] = 0;
    this.#owners[id] = owner;
    return id;
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
    this.#ids.delete(this.#keys[id]);
    this.#keys[id] = "";
    this.#entries[id] = undefined;
    this.#quota.give(this.#owners[id], 1);
    this.#free.push(id);
  }
}

/** Whether a link-local address is in it, which means nothing without the link. */
function needsLink({ family, w0, w1, w2, w3, linkLocal }: NextHop): boolean {
  return linkLocal !== undefined || isLinkLocal(new Address(family, w0, w1, w2, w3));
}

function keyOf(nextHop: NextHop, scope: number): string {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  const link = needsLink(nextHop) ? scope : 0;
  return `${family} ${w0} ${w1} ${w2} ${w3} ${linkLocal?.join(" ") ?? "-"} ${link}`;
}

function entryOf(nextHop: NextHop, scope: number): ResolvedNextHop {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  return {
    address: new Address(family, w0, w1, w2, w3),
    linkLocal: linkLocal === undefined ? undefined : new Address(IPV6, ...linkLocal),
    interface: needsLink(nextHop) ? scope : 0,
  };
}

/** As the attribute has it. */
export function nextHopOf({ address, linkLocal }: ResolvedNextHop): NextHop {
  const { family, w0, w1, w2, w3 } = address;
  if (linkLocal === undefined) return { family, w0, w1, w2, w3 };
  const words = [linkLocal.w0, linkLocal.w1, linkLocal.w2, linkLocal.w3] as const;
  return { family, w0, w1, w2, w3, linkLocal: words };
}
