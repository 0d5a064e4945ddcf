// This router's own address as next hop of what is announced (RFC 4271 §5.1.3, RFC 2545 §3).

import type { NextHop } from "bgp-ts";
import { Address, addressesEqual, isLinkLocal } from "../route/index.ts";
import type { AttributeTable, Family } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints } from "./effects.ts";

/** Own next hops by family; undefined: nothing to announce with. */
export type OwnNextHops = readonly [NextHop | undefined, NextHop | undefined];

/** What stands as own next hop on a session. */
export function ownNextHops(
  endpoints: Endpoints,
  neighbour: NeighbourConfig,
  external: boolean,
): OwnNextHops {
  const [ipv4, ipv6] = endpoints.nextHopSelf;
  const linkLocal = isOnLink(endpoints, neighbour, external) ? endpoints.linkLocal : undefined;
  return [ipv4 && plain(ipv4), own6(ipv6, linkLocal)];
}

/** RFC 2545 §3: a link-local next hop only for a neighbour on the same link. */
function isOnLink(endpoints: Endpoints, neighbour: NeighbourConfig, external: boolean): boolean {
  if (isLinkLocal(endpoints.remote) || neighbour.ttlSecurity === 1) return true;
  return external && neighbour.multihop === undefined && neighbour.ttlSecurity === undefined;
}

/** The addresses in there, for show: the global one first. */
export function nextHopAddresses(nextHop: NextHop | undefined): Address[] {
  if (nextHop === undefined) return [];
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  const first = new Address(family, w0, w1, w2, w3);
  return linkLocal === undefined ? [first] : [first, new Address(family, ...linkLocal)];
}

/** Addresses come and go with every pod; mostly nothing that is announced depends on them. */
export function sameNextHops(a: Endpoints, b: Endpoints): boolean {
  const pairs = [
    [a.nextHopSelf[0], b.nextHopSelf[0]],
    [a.nextHopSelf[1], b.nextHopSelf[1]],
    [a.linkLocal, b.linkLocal],
  ];
  if (a.interface !== b.interface) return false;
  return pairs.every(([x, y]) => x === y || (x && y && addressesEqual(x, y)));
}

/** A global address with the link-local one beside it, or what there is of the two. */
function own6(global: Address | undefined, linkLocal: Address | undefined): NextHop | undefined {
  const first = global ?? linkLocal;
  if (first === undefined || linkLocal === undefined || isLinkLocal(first)) {
    return first && plain(first);
  }
  const { w0, w1, w2, w3 } = linkLocal;
  return { ...plain(first), linkLocal: [w0, w1, w2, w3] };
}

function plain({ family, w0, w1, w2, w3 }: Address): NextHop {
  return { family, w0, w1, w2, w3 };
}

/** Places in the memory below; a power of two. */
const PLACES = 1024;

/**
 * Puts the own next hop into attribute sets. It is asked once a route, so it remembers what came out:
 * ids are used again, hence the generations (see AttributeTable).
 */
export class NextHopSelf {
  readonly #attributes: AttributeTable;
  /** Ids by family; 0: none. */
  readonly #ids: readonly [number, number];
  readonly #sets = new Uint32Array(PLACES * 2);
  readonly #setGenerations = new Uint32Array(PLACES * 2);
  readonly #results = new Uint32Array(PLACES * 2);
  readonly #resultGenerations = new Uint32Array(PLACES * 2);

  constructor(attributes: AttributeTable, own: OwnNextHops, scope: number) {
    this.#attributes = attributes;
    const intern = (nextHop: NextHop | undefined): number => {
      if (nextHop === undefined) return 0;
      const id = attributes.nextHops.intern(nextHop, scope);
      attributes.nextHops.hold(id);
      return id;
    };
    this.#ids = [intern(own[0]), intern(own[1])];
  }

  /** The set with this router's next hop; 0 where there is none for the family. */
  apply(set: number, family: Family): number {
    const nextHop = this.#ids[family];
    if (nextHop === 0) return 0;
    const attributes = this.#attributes;
    const place = (set & (PLACES - 1)) * 2 + family;
    const known = this.#results[place];
    if (
      this.#sets[place] === set &&
      this.#setGenerations[place] === attributes.generation(set) &&
      this.#resultGenerations[place] === attributes.generation(known)
    ) {
      return known;
    }
    const result = attributes.internWith(attributes.get(set), nextHop);
    this.#sets[place] = set;
    this.#setGenerations[place] = attributes.generation(set);
    this.#results[place] = result;
    this.#resultGenerations[place] = attributes.generation(result);
    return result;
  }

  /** To be called once, when no route is exported with it any more. */
  release(): void {
    for (const id of this.#ids) this.#attributes.nextHops.release(id);
  }
}
