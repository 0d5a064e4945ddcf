/** rtnetlink values -> KernelFacts. */
import { RT_TABLE_LOCAL } from "rtnetlink-ts";
import type { InterfaceAddress, Link, Neighbour, Nexthop, RouteReader } from "rtnetlink-ts";
import type { KernelFact } from "../fib/index.ts";

type FactOf<Kind extends KernelFact["kind"]> = Extract<KernelFact, { kind: Kind }>;

const AF_UNSPEC = 0;
const IPV4 = 0;

/**
 * undefined: not about the link itself. A bridge tells about its ports under AF_BRIDGE, where "gone"
 * only means that a port left it; and some events (wireless) come without a name.
 */
export function linkFact(link: Link, gone: boolean): FactOf<"link"> | undefined {
  if (link.family !== AF_UNSPEC || link.name === "") return undefined;
  return {
    kind: "link",
    index: link.index,
    name: link.name,
    up: link.up,
    running: link.running,
    mtu: link.mtu,
    mac: link.mac,
    master: link.master,
    linkKind: link.kind,
    ...(gone ? { gone } : {}),
  };
}

export function addressFact(address: InterfaceAddress, gone: boolean): FactOf<"address"> {
  return {
    kind: "address",
    interface: address.interface,
    address: address.address,
    length: address.length,
    ...(gone ? { gone } : {}),
  };
}

export function proxyFact(neighbour: Neighbour): FactOf<"proxy"> {
  return {
    kind: "proxy",
    address: neighbour.address,
    interface: neighbour.interface,
    protocol: neighbour.protocol,
  };
}

export function nexthopFact(nexthop: Nexthop, gone: boolean): FactOf<"nexthop"> {
  return {
    kind: "nexthop",
    id: nexthop.id,
    protocol: nexthop.protocol,
    family: nexthop.family,
    interface: nexthop.interface,
    onlink: nexthop.onlink,
    blackhole: nexthop.blackhole,
    ...(nexthop.members === undefined ? {} : { members: nexthop.members }),
    ...(nexthop.buckets === undefined ? {} : { buckets: nexthop.buckets }),
    ...(nexthop.gateway === undefined ? {} : { gateway: nexthop.gateway }),
    ...(gone ? { gone } : {}),
  };
}

export function prefixOf(route: RouteReader): FactOf<"own-route-gone">["prefix"] {
  const { family, w0, w1, w2, w3, length } = route;
  return { family, w0, w1, w2, w3, length };
}

/** Ours: our protocol number, in any table but that of the kernel's own addresses. */
export function isOwn(route: RouteReader, protocol: number): boolean {
  return route.protocol === protocol && route.table !== RT_TABLE_LOCAL;
}

type Hops = FactOf<"route">["hops"];

/** Somebody else's route; its hops are written in it or stand behind its nexthop object. */
export function routeFact(
  route: RouteReader,
  hops: Hops,
  event: { readonly gone?: boolean; readonly replace?: boolean } = {},
): FactOf<"route"> {
  const { table, protocol, type, scope, metric } = route;
  const source = route.family === IPV4 ? route.preferredSource() : undefined;
  return {
    kind: "route",
    prefix: prefixOf(route),
    table,
    protocol,
    type,
    scope,
    metric,
    hops,
    ...(source === undefined ? {} : { source }),
    ...event,
  };
}

/** The hops of routes that carry their own. */
export function ownHops(route: RouteReader): Hops {
  return route.hops().map((hop) => ({
    interface: hop.interface,
    onlink: hop.onlink,
    ...(hop.gateway === undefined ? {} : { gateway: hop.gateway }),
  }));
}

/**
 * The nexthop objects of the kernel, anybody's, so that a route over one can be told with its hops.
 */
export class NexthopObjects {
  readonly #objects = new Map<number, FactOf<"nexthop">>();
  /** Ids that a route fact has been made from, with their members. */
  readonly #used = new Set<number>();
  /** Interfaces of our own objects, of which no events come (they would be echoes). */
  readonly #ownInterfaces = new Map<number, number>();

  has(id: number): boolean {
    return this.#objects.has(id);
  }

  /** Before the objects are dumped. */
  clear(): void {
    this.#objects.clear();
  }

  /** Before the routes are dumped. */
  clearUsed(): void {
    this.#used.clear();
  }

  noteOwn(id: number, interfaceIndex: number): void {
    this.#ownInterfaces.set(id, interfaceIndex);
  }

  forgetOwn(id: number): void {
    this.#ownInterfaces.delete(id);
  }

  /** Whether there may be objects whose packets leave by the interface. */
  standOn(interfaceIndex: number): boolean {
    for (const own of this.#ownInterfaces.values()) if (own === interfaceIndex) return true;
    for (const object of this.#objects.values())
      if (object.interface === interfaceIndex) return true;
    return false;
  }

  /** @returns whether route facts told before say something else than is true now */
  apply(fact: FactOf<"nexthop">): boolean {
    if (fact.gone === true) this.#objects.delete(fact.id);
    else this.#objects.set(fact.id, fact);
    return this.#used.has(fact.id);
  }

  hops(id: number): Hops {
    this.#used.add(id);
    const object = this.#objects.get(id);
    if (object === undefined || object.blackhole) return [];
    if (object.members !== undefined)
      return object.members.flatMap((member) => this.#hop(member.id));
    return this.#hop(id);
  }

  #hop(id: number): Hops {
    this.#used.add(id);
    const object = this.#objects.get(id);
    if (object === undefined || object.members !== undefined || object.blackhole) return [];
    const { interface: index, gateway, onlink } = object;
    return [{ interface: index, onlink, ...(gateway === undefined ? {} : { gateway }) }];
  }
}
