// This router's own address as next hop of what is announced (RFC 4271 §5.1.3, RFC 2545 §3, RFC 8950).

import type { NextHop } from "bgp-ts";
import { Address, addressesEqual, isLinkLocal } from "../route/index.ts";
import type { AttributeTable, Family, ResolvedNextHop } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints } from "./effects.ts";
import type { Negotiated } from "./session/index.ts";

/** Own next hops by family; undefined: nothing to announce with. */
export type OwnNextHops = readonly [NextHop | undefined, NextHop | undefined];

/** What stands as own next hop on a session. */
export function ownNextHops(
  endpoints: Endpoints,
  neighbour: NeighbourConfig,
  { external, extendedNextHop }: Pick<Negotiated, "external" | "extendedNextHop">,
): OwnNextHops {
  const [ipv4, ipv6] = endpoints.nextHopSelf;
  const linkLocal = isOnLink(endpoints, neighbour, external) ? endpoints.linkLocal : undefined;
  const forIpv4 = ipv4 && plain(ipv4);
  const forIpv6 = own6(ipv6, linkLocal);
  if (!extendedNextHop) return [forIpv4, forIpv6];
  // Neighbours that meet by link-local addresses need not share an IPv4 subnet, whatever else is there.
  const isPreferred = neighbour.extendedNextHop === "on" || isLinkLocal(endpoints.remote);
  return [isPreferred ? (forIpv6 ?? forIpv4) : (forIpv4 ?? forIpv6), forIpv6];
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

/** What may be said of next hops on a session. */
export interface NextHopRules {
  readonly own: OwnNextHops;
  /** IPv4 routes may have IPv6 next hops (RFC 8950). */
  readonly extended: boolean;
  /** Index of the session's interface. */
  readonly scope: number;
  /** The neighbour is on the link of that interface. */
  readonly isOnLink: boolean;
}

export function nextHopRules(
  endpoints: Endpoints,
  neighbour: NeighbourConfig,
  negotiated: Pick<Negotiated, "external" | "extendedNextHop">,
): NextHopRules {
  return {
    own: ownNextHops(endpoints, neighbour, negotiated),
    extended: negotiated.extendedNextHop,
    scope: endpoints.interface,
    isOnLink: isOnLink(endpoints, neighbour, negotiated.external),
  };
}

/** Places in the memory below; a power of two. */
const PLACES = 1024;

/**
 * Gives attribute sets the next hop that goes out with them: this router's own where none is to be
 * kept, or where the one to be kept would mean nothing to the neighbour. It is asked once a route, so
 * it remembers what came out: ids are used again, hence the generations (see AttributeTable).
 */
export class NextHopSelf {
  readonly #attributes: AttributeTable;
  /** Ids by family; 0: none. */
  readonly #ids: readonly [number, number];
  readonly #extended: boolean;
  /** Index of the interface whose link-local addresses the neighbour can use; -1: none. */
  readonly #link: number;
  readonly #sets = new Uint32Array(PLACES * 2);
  readonly #setGenerations = new Uint32Array(PLACES * 2);
  readonly #results = new Uint32Array(PLACES * 2);
  readonly #resultGenerations = new Uint32Array(PLACES * 2);

  constructor(attributes: AttributeTable, { own, extended, scope, isOnLink }: NextHopRules) {
    this.#attributes = attributes;
    this.#extended = extended;
    this.#link = isOnLink ? scope : -1;
    const intern = (nextHop: NextHop | undefined): number => {
      if (nextHop === undefined) return 0;
      const id = attributes.nextHops.intern(nextHop, scope);
      attributes.nextHops.hold(id);
      return id;
    };
    this.#ids = [intern(own[0]), intern(own[1])];
  }

  /** The set with a next hop that the neighbour can use; 0 where there is none for the family. */
  apply(set: number, family: Family): number {
    const attributes = this.#attributes;
    const kept = attributes.nextHop(set);
    if (kept !== 0 && this.#mayStay(attributes.nextHops.get(kept), family)) return set;
    const place = (set & (PLACES - 1)) * 2 + family;
    const known = this.#results[place];
    if (
      this.#sets[place] === set &&
      this.#setGenerations[place] === attributes.generation(set) &&
      this.#resultGenerations[place] === attributes.generation(known)
    ) {
      return known;
    }
    const nextHop = this.#instead(kept, family);
    if (nextHop === 0) return 0;
    const result = attributes.internWith(attributes.get(set), nextHop);
    if (result === 0) attributes.nextHops.release(nextHop, 0);
    this.#sets[place] = set;
    this.#setGenerations[place] = attributes.generation(set);
    this.#results[place] = result;
    this.#resultGenerations[place] = attributes.generation(result);
    return result;
  }

  #mayStay({ address, interface: link }: ResolvedNextHop, family: Family): boolean {
    return this.#isSpoken(address.family, family) && (link === 0 || link === this.#link);
  }

  #isSpoken(nextHop: Family, family: Family): boolean {
    return nextHop === family || (this.#extended && family === 0);
  }

  /**
   * A link-local address does not leave its link (RFC 2545 §3): the global one beside it is enough,
   * and where there is none, packets have to come by way of this node.
   */
  #instead(kept: number, family: Family): number {
    if (kept === 0) return this.#ids[family];
    const { nextHops } = this.#attributes;
    const { address, linkLocal } = nextHops.get(kept);
    const isGlobal = linkLocal !== undefined && this.#isSpoken(address.family, family);
    return isGlobal ? nextHops.intern(plain(address), 0) : this.#ids[family];
  }

  /** To be called once, when no route is exported with it any more. */
  release(): void {
    for (const id of this.#ids) this.#attributes.nextHops.release(id);
  }
}
