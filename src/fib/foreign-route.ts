/** A route of somebody else's, and when two of them are the same. */
import { type Address, type Family, type Prefix, addressesEqual } from "../route/index.ts";
import type { RouteFact, RouteHop } from "./facts.ts";

export class ForeignRoute {
  readonly prefix: Prefix;
  /** In the prefix table of this store. */
  readonly prefixId: number;
  readonly table: number;
  readonly protocol: number;
  readonly type: number;
  readonly scope: number;
  readonly metric: number;
  readonly source: Address | undefined;
  hops: readonly RouteHop[];
  generation = 0;

  constructor(fact: RouteFact, prefixId: number) {
    this.prefix = fact.prefix;
    this.prefixId = prefixId;
    this.table = fact.table;
    this.protocol = fact.protocol;
    this.type = fact.type;
    this.scope = fact.scope;
    this.metric = fact.metric;
    this.source = fact.source;
    this.hops = fact.hops;
  }

  get family(): Family {
    return this.prefix.family;
  }
}

export function sameKey(route: ForeignRoute, fact: RouteFact): boolean {
  return (
    route.table === fact.table &&
    route.metric === fact.metric &&
    route.protocol === fact.protocol &&
    route.type === fact.type
  );
}

export function sameRoute(route: ForeignRoute, fact: RouteFact): boolean {
  const same = sameKey(route, fact) && route.scope === fact.scope;
  return same && sameHops(route.hops, fact.hops) && sameAddress(route.source, fact.source);
}

export function sameHops(a: readonly RouteHop[], b: readonly RouteHop[]): boolean {
  return a.length === b.length && a.every((hop, i) => sameHop(hop, b[i]));
}

export function sameHop(a: RouteHop, b: RouteHop): boolean {
  return a.interface === b.interface && sameAddress(a.gateway, b.gateway);
}

function sameAddress(a: Address | undefined, b: Address | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return addressesEqual(a, b);
}
