/**
 * Everybody else's routes: what next hops are resolved by, where pods are found, and who is in the
 * way of a route of ours. Read only: nothing in here is ever changed in the kernel.
 *
 * The kernel does not announce every route that it drops: IPv4 routes vanish without a message with
 * a link that goes down or away or loses its last IPv4 address, and with the address that they name
 * as their source. So they are dropped here with these.
 */
import {
  type Address,
  type Family,
  type Prefix,
  PrefixTable,
  bitsOf,
  formatAddress,
} from "../route/index.ts";
import type { RouteFact } from "./facts.ts";
import { ForeignRoute, sameHop, sameHops, sameKey, sameRoute } from "./foreign-route.ts";
import type { Link, LinkTable } from "./links.ts";
import { PROTOCOL_KERNEL } from "./protocol-names.ts";
import { ROUTE_TYPE } from "./operations.ts";

/** Where next hops are looked up: in RT_TABLE_MAIN, and in the table that our routes are usually in. */
const MAIN_TABLE = 254;

const NO_ROUTES: readonly ForeignRoute[] = [];

/** HOLDER of another use is not needed: the table is this store's own. */
const HELD = 1;

export class ForeignRoutes {
  readonly #links: LinkTable;
  readonly #table: number;
  readonly #prefixes: readonly [PrefixTable, PrefixTable];
  /** By prefix id, lowest metric first. */
  readonly #routes: readonly [ForeignRoute[][], ForeignRoute[][]] = [[], []];
  /** By the address that they name as their source, as text. */
  readonly #bySource = new Map<string, Set<ForeignRoute>>();
  /** By family: routes that may lead onto links, and that a route of ours might win over. */
  readonly #candidates: [number, number] = [0, 0];
  /** Other tables that routes of ours may be in: what is there may be in their way, and no more. */
  #further: ReadonlySet<number> = new Set();
  #generation = 0;

  /** `table`: where our own routes are usually. */
  constructor(links: LinkTable, table: number) {
    this.#links = links;
    this.#table = table;
    this.#prefixes = [new PrefixTable(0, 64), new PrefixTable(1, 64)];
  }

  /** Whether the route is one of those that say where packets of this node's go. */
  counts({ table }: { readonly table: number }): boolean {
    return table === MAIN_TABLE || table === this.#table;
  }

  /** Tables that are followed from now on, besides. True: one was not before, and has to be dumped. */
  follow(tables: readonly number[]): boolean {
    const further = new Set(tables.filter((table) => !this.counts({ table })));
    const isNew = [...further].some((table) => !this.#further.has(table));
    this.#further = further;
    for (const route of [...this.#all()]) if (!this.#isFollowed(route)) this.#drop(route);
    return isNew;
  }

  /** Applies a fact; answers the routes that came, went or changed. */
  update(fact: RouteFact): ForeignRoute[] {
    if (!this.#isFollowed(fact)) return [];
    if (fact.gone === true) return this.#remove(fact);
    const id = this.#prefixes[fact.prefix.family].findPrefix(fact.prefix);
    const list = id < 0 ? NO_ROUTES : this.#routes[fact.prefix.family][id];
    const known = list.find((route) => sameRoute(route, fact));
    if (known !== undefined) {
      known.generation = this.#generation;
      return [];
    }
    const touched: ForeignRoute[] = [];
    const rival = list.find((route) => this.#supersedes(fact, route));
    if (rival !== undefined) {
      this.#drop(rival);
      touched.push(rival);
    }
    touched.push(this.#add(fact));
    return touched;
  }

  /**
   * The link went down or away, or (with `family`) has no address of a family any more: its hops are
   * gone, and every route that has no other.
   */
  dropLink(link: Link, family?: Family): ForeignRoute[] {
    const touched = [...link.routes].filter(
      (route) => family === undefined || route.family === family,
    );
    for (const route of touched) {
      const hops = route.hops.filter((hop) => hop.interface !== link.index);
      if (hops.length === 0) this.#drop(route);
      else route.hops = hops;
      link.routes.delete(route);
    }
    return touched;
  }

  /** The address is this node's no longer: routes of the main table that name it are gone. */
  dropSource(source: Address): ForeignRoute[] {
    const routes = [...(this.#bySource.get(formatAddress(source)) ?? [])];
    const touched = routes.filter((route) => route.table === MAIN_TABLE);
    for (const route of touched) this.#drop(route);
    return touched;
  }

  nextGeneration(): void {
    this.#generation++;
  }

  dropUnseen(): ForeignRoute[] {
    const unseen = [...this.#all()].filter(({ generation }) => generation !== this.#generation);
    for (const route of unseen) this.#drop(route);
    return unseen;
  }

  /** The routes of exactly this prefix that say where packets go; lowest metric first. */
  of(prefix: Prefix): readonly ForeignRoute[] {
    const id = this.#prefixes[prefix.family].findPrefix(prefix);
    return id < 0 ? NO_ROUTES : this.#counting(this.#routes[prefix.family][id]);
  }

  /** The id here of a prefix of which there is anything; -1: there is nothing. */
  find(family: Family, w0: number, w1: number, w2: number, w3: number, length: number): number {
    const prefixes = this.#prefixes[family];
    return prefixes.size === 0 ? -1 : prefixes.find(w0, w1, w2, w3, length);
  }

  /** The routes of a prefix (by its id here, or -1) in a table. */
  exact(family: Family, id: number, table: number): readonly ForeignRoute[] {
    if (id < 0) return NO_ROUTES;
    return this.#routes[family][id].filter((route) => route.table === table);
  }

  /** Whether any route can be overruled at all. */
  mayOverrule(family: Family): boolean {
    return this.#candidates[family] > 0;
  }

  /**
   * A route straight onto a link of this node's, with a metric above ours: a route of ours would win
   * and take the link's own subnet away, or a pod that lives here (IPv6: connected routes have metric
   * 256, CNI's routes to pods 1024).
   */
  overruling(family: Family, id: number, table: number, metric: number): ForeignRoute | undefined {
    if (id < 0) return undefined;
    return this.#routes[family][id].find(
      (route) => route.table === table && route.metric > metric && isAttached(route),
    );
  }

  /**
   * The routes of the longest prefix that contains the address and has a route that leads somewhere
   * (or forbids to); lowest metric first.
   */
  lookup(address: Address): readonly ForeignRoute[] {
    const lists = this.#routes[address.family];
    const id = this.#prefixes[address.family].longestMatch(
      address.w0,
      address.w1,
      address.w2,
      address.w3,
      (candidate) => lists[candidate].some((route) => this.leads(route)),
    );
    return id < 0 ? NO_ROUTES : this.#counting(lists[id]);
  }

  /** The route decides where packets go: over a usable link, or nowhere by order. */
  leads(route: ForeignRoute): boolean {
    if (!this.counts(route)) return false;
    if (route.type !== ROUTE_TYPE.UNICAST) return FORBIDDING.includes(route.type);
    return route.hops.some((hop) => this.#links.usable(hop.interface));
  }

  *#all(): Generator<ForeignRoute> {
    for (const lists of this.#routes) for (const list of lists) if (list) yield* list;
  }

  #isFollowed(route: { readonly table: number }): boolean {
    return this.counts(route) || this.#further.has(route.table);
  }

  #counting(routes: readonly ForeignRoute[]): readonly ForeignRoute[] {
    return this.#further.size === 0 ? routes : routes.filter((route) => this.counts(route));
  }

  /**
   * The new route takes the old one's place: by order (NLM_F_REPLACE), or because an IPv6 multipath
   * route is told again in full with every hop that is added.
   */
  #supersedes(fact: RouteFact, route: ForeignRoute): boolean {
    if (route.table !== fact.table || route.metric !== fact.metric) return false;
    if (fact.replace === true) return true;
    return (
      fact.prefix.family === 1 &&
      route.protocol === fact.protocol &&
      route.hops.every((hop) => fact.hops.some((other) => sameHop(hop, other)))
    );
  }

  #add(fact: RouteFact): ForeignRoute {
    const family = fact.prefix.family;
    const prefixes = this.#prefixes[family];
    const id = prefixes.internPrefix(fact.prefix);
    prefixes.hold(id, HELD);
    const route = new ForeignRoute(fact, id);
    route.generation = this.#generation;
    const list = (this.#routes[family][id] ??= []);
    const at = list.findIndex((other) => other.metric > route.metric);
    list.splice(at < 0 ? list.length : at, 0, route);
    if (mayBeAttached(route)) this.#candidates[family]++;
    for (const hop of route.hops) this.#links.ensure(hop.interface).routes.add(route);
    if (route.source !== undefined) {
      const text = formatAddress(route.source);
      const known = this.#bySource.get(text);
      if (known === undefined) this.#bySource.set(text, new Set([route]));
      else known.add(route);
    }
    return route;
  }

  #remove(fact: RouteFact): ForeignRoute[] {
    const family = fact.prefix.family;
    const id = this.#prefixes[family].findPrefix(fact.prefix);
    if (id < 0) return [];
    const candidates = this.#routes[family][id].filter((route) => sameKey(route, fact));
    const exact = candidates.find((route) => sameHops(route.hops, fact.hops));
    // IPv6 tells the removal of one hop of a multipath route as the removal of a route of that hop.
    const partial = candidates.find((route) =>
      fact.hops.every((hop) => route.hops.some((other) => sameHop(hop, other))),
    );
    const route = exact ?? partial ?? candidates[0];
    if (route === undefined) return [];
    const left =
      exact === undefined && partial !== undefined && fact.hops.length > 0
        ? route.hops.filter((hop) => !fact.hops.some((other) => sameHop(hop, other)))
        : [];
    if (left.length === 0) {
      this.#drop(route);
    } else {
      this.#unlink(route);
      route.hops = left;
      for (const hop of left) this.#links.ensure(hop.interface).routes.add(route);
    }
    return [route];
  }

  #drop(route: ForeignRoute): void {
    const list = this.#routes[route.family][route.prefixId];
    const at = list.indexOf(route);
    if (at < 0) return;
    list.splice(at, 1);
    if (mayBeAttached(route)) this.#candidates[route.family]--;
    this.#unlink(route);
    this.#forgetSource(route);
    if (list.length === 0) {
      this.#prefixes[route.family].release(route.prefixId, HELD);
    }
  }

  #forgetSource(route: ForeignRoute): void {
    if (route.source === undefined) return;
    const text = formatAddress(route.source);
    const known = this.#bySource.get(text);
    known?.delete(route);
    if (known?.size === 0) this.#bySource.delete(text);
  }

  #unlink(route: ForeignRoute): void {
    for (const hop of route.hops) this.#links.get(hop.interface)?.routes.delete(route);
  }
}

/**
 * The kernel's route to a connected subnet, or anybody's to a single address on a link. IPv4's have
 * metric 0 as a rule, which nothing of ours has or wins over.
 */
function isAttached(route: ForeignRoute): boolean {
  if (!mayBeAttached(route)) return false;
  return route.hops.length > 0 && route.hops.every(({ gateway }) => gateway === undefined);
}

/** As far as what does not change in a route says so: its next hops do. */
function mayBeAttached({ protocol, type, metric, prefix }: ForeignRoute): boolean {
  if (type !== ROUTE_TYPE.UNICAST || metric === 0) return false;
  return protocol === PROTOCOL_KERNEL || prefix.length === bitsOf(prefix.family);
}

/** RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW. */
const FORBIDDING: readonly number[] = [6, 7, 8, 9];
