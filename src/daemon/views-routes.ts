import {
  type RouteCounts,
  type RouteFibView,
  type RouteNextHopView,
  type RouteQuery,
  type RouteView,
  newCounts,
} from "../control/index.ts";
import {
  type Family,
  IPV4,
  IPV6,
  type Prefix,
  type PrefixTable,
  addressesEqual,
  formatPrefix,
  prefixContains,
} from "../route/index.ts";
import { DEFAULT_LOCAL_PREF, type Gate, type PathView } from "../speaker/index.ts";
import { wallTime } from "./clock.ts";
import {
  BGP_PREFERENCE,
  KERNEL_PROTOCOLS,
  PREFERENCE,
  STATIC_PROTOCOL,
} from "./views-protocols.ts";
import type { Rooms } from "./rooms.ts";

/** Networks, or paths of them, looked at between two pauses. */
const SLICE = 64;

/** Up to so many, a listing is sorted; beyond, sorting would hold the event loop too long. */
const SORTED = 4096;

/** A network with those of its paths that a query wants, the best first. */
interface Found {
  readonly family: Family;
  readonly prefix: number;
  readonly paths: readonly ShownPath[];
}

/** All routes that a query asks for, lazily; undefined after every slice of what is looked at. */
export function* routes(
  rooms: Rooms,
  query: RouteQuery,
  counts = newCounts(),
): Iterable<RouteView | undefined> {
  const pods = new Map(
    [...rooms.fib.pods()].map((pod) => [formatPrefix(pod.prefix), pod.interface]),
  );
  for (const found of search(rooms, query, counts)) {
    if (found === undefined) yield undefined;
    else yield* routesOf(rooms, found, pods);
  }
}

/** All at once: whoever asks may pause after each, and the ids of what is gone by then are free. */
function routesOf(
  rooms: Rooms,
  { family, prefix, paths }: Found,
  pods: ReadonlyMap<string, string>,
): RouteView[] {
  return paths.map((path) => route(rooms, family, prefix, path, pods));
}

/** Without views of the routes. */
export function* count(
  rooms: Rooms,
  query: RouteQuery,
): Generator<undefined, RouteCounts, undefined> {
  const counts = newCounts();
  if (isAboutAll(query)) {
    for (const family of familiesOf(query)) {
      const all = yield* rooms.survey.census(family, query.filtered);
      const best = query.filtered ? 0 : rooms.survey.locRibSize(family);
      Object.assign(counts[family], { ...all, found: query.primary ? best : all.routes });
    }
    return counts;
  }
  for (const found of search(rooms, query, counts)) {
    if (found === undefined) yield undefined;
    else counts[found.family].found += found.paths.length;
  }
  return counts;
}

/** Nothing is asked that one would have to look at the routes for. */
function isAboutAll(query: RouteQuery): boolean {
  const { network, covering: to, inside, protocol, filter, exported } = query;
  return (network ?? to ?? inside ?? protocol ?? filter ?? exported) === undefined;
}

function familiesOf({ family }: RouteQuery): readonly Family[] {
  return family === undefined ? [IPV4, IPV6] : [family];
}

function* search(
  rooms: Rooms,
  query: RouteQuery,
  counts: RouteCounts,
): Iterable<Found | undefined> {
  let looked = 0;
  const gate = query.filter === undefined ? undefined : rooms.survey.gate(query.filter);
  for (const family of familiesOf(query)) {
    for (const prefix of candidates(rooms, family, query)) {
      if (++looked >= SLICE) {
        looked = 0;
        yield undefined;
      }
      if (!isAskedFor(rooms, family, prefix, query)) continue;
      const paths = rooms.survey.paths(family, prefix);
      // One network of hundreds of neighbours is as much work as hundreds of one.
      looked += Math.max(0, paths.length - 1);
      const about = paths.filter(({ accepted }) => accepted !== query.filtered);
      if (about.length === 0) continue;
      counts[family].networks++;
      counts[family].routes += about.length;
      yield { family, prefix, paths: wanted(rooms, family, prefix, about, query, gate) };
    }
  }
}

/** Ids of the networks that may answer; each is still to be looked at. */
function* candidates(rooms: Rooms, family: Family, query: RouteQuery): Iterable<number> {
  const table = rooms.prefixes[family];
  const { network, covering: to } = query;
  if (network !== undefined) {
    const id = network.family === family ? table.findPrefix(network) : -1;
    if (id >= 0) yield id;
  } else if (to !== undefined) {
    const id = to.family === family ? covering(rooms, to, query.filtered) : -1;
    if (id >= 0) yield id;
  } else {
    yield* all(table);
  }
}

/** The longest network that has routes and contains `to`; -1: there is none. */
function covering(rooms: Rooms, to: Prefix, filtered: boolean): number {
  const { family } = to;
  const table = rooms.prefixes[family];
  const accept = (id: number): boolean =>
    table.lengthOf(id) <= to.length && hasRoute(rooms, family, id, filtered);
  return table.longestMatch(to.w0, to.w1, to.w2, to.w3, accept);
}

/** Whether the network is still there, and every condition about networks holds. */
function isAskedFor(rooms: Rooms, family: Family, prefix: number, query: RouteQuery): boolean {
  const { network, covering: to, inside } = query;
  const table = rooms.prefixes[family];
  if (!table.has(prefix)) return false;
  if (inside !== undefined) {
    if (inside.family !== family || !prefixContains(inside, table.prefix(prefix))) return false;
  }
  if (network === undefined || to === undefined) return true;
  return to.family === family && covering(rooms, to, query.filtered) === prefix;
}

function* all(table: PrefixTable): Iterable<number> {
  if (table.size <= SORTED) {
    yield* table.sorted();
    return;
  }
  for (let id = 0; id < table.limit; id++) if (table.has(id)) yield id;
}

/** A network that is only in the kernel, or whose paths were all rejected, has no route. */
function hasRoute(rooms: Rooms, family: Family, prefix: number, filtered: boolean): boolean {
  return rooms.survey.paths(family, prefix).some(({ accepted }) => accepted !== filtered);
}

/** `shown`: the attributes that a neighbour is told in place of its own. */
type ShownPath = PathView & { readonly shown?: number };

/** The paths of one network that the query wants, the best first. */
function wanted(
  rooms: Rooms,
  family: Family,
  prefix: number,
  all: readonly PathView[],
  query: RouteQuery,
  gate: Gate | undefined,
): ShownPath[] {
  const paths: ShownPath[] = [];
  for (const path of all) {
    if (query.primary && !path.best) continue;
    if (query.protocol !== undefined && protocolOf(path) !== query.protocol) continue;
    const shown: ShownPath | undefined = query.exported
      ? exported(rooms, family, prefix, path, query.exported)
      : path;
    if (shown === undefined) continue;
    // As a condition's, its question is about the attributes that are shown.
    const { shown: told, attributes } = shown;
    if (gate !== undefined && !gate(family, prefix, { ...shown, attributes: told ?? attributes }))
      continue;
    if (path.best) paths.unshift(shown);
    else paths.push(shown);
  }
  return paths;
}

/** The path as a neighbour is told it, or is not; undefined: the question is not about it. */
function exported(
  rooms: Rooms,
  family: Family,
  prefix: number,
  path: PathView,
  { to, how }: NonNullable<RouteQuery["exported"]>,
): ShownPath | undefined {
  const { survey } = rooms;
  if (path.best && KERNEL_PROTOCOLS[family] === to) {
    const isTold = rooms.fib.route(family, prefix).status !== "none";
    return how === "preexport" || isTold === (how === "export") ? path : undefined;
  }
  const told = path.best && path.source !== to && survey.telling(to, family, prefix);
  if (!told) return undefined;
  if (how === "preexport") return path;
  if (how === "noexport") return told.attributes === 0 ? path : undefined;
  return told.attributes === 0 ? undefined : { ...path, shown: told.attributes };
}

function protocolOf(path: PathView): string {
  if (path.kind === "neighbour") return path.source;
  return path.kind === "static" ? STATIC_PROTOCOL : `${path.kind}s`;
}

const SOURCE = { neighbour: "BGP", block: "static", pod: "device", static: "static" } as const;

function route(
  rooms: Rooms,
  family: Family,
  prefix: number,
  path: ShownPath,
  pods: ReadonlyMap<string, string>,
): RouteView {
  const network = rooms.prefixes[family].prefix(prefix);
  const bgp = path.kind === "neighbour";
  const via = bgp ? rooms.fib.nextHop(rooms.attributes.nextHop(path.attributes)) : undefined;
  const handling = rooms.attributes.handling(path.attributes);
  const elsewhere = via && path.address && !addressesEqual(via.address, path.address);
  return {
    network,
    type: path.kind === "block" || handling.blackhole ? "blackhole" : "unicast",
    protocol: protocolOf(path),
    source: SOURCE[path.kind],
    since: Math.round(wallTime(path.receivedAt) / 10) * 10,
    from: elsewhere ? path.address : undefined,
    primary: path.best,
    preference: path.kind === "neighbour" ? BGP_PREFERENCE : PREFERENCE[path.kind],
    nextHops: handling.blackhole
      ? []
      : bgp
        ? learntNextHops(via)
        : ownNextHops(path.kind, pods.get(formatPrefix(network))),
    attributes: attributesOf(rooms, path),
    impliedLocalPref: bgp && path.shown === undefined ? DEFAULT_LOCAL_PREF : undefined,
    handling,
    fib: fibOf(rooms, family, prefix, path, via),
    stale: path.stale,
    reason: path.reason,
  };
}

/** The node's own pods and blocks have none but those with which a neighbour is told them. */
function attributesOf(rooms: Rooms, path: ShownPath): RouteView["attributes"] {
  const hasNone = path.kind === "pod" || path.kind === "block";
  if (hasNone && path.shown === undefined) return undefined;
  return rooms.attributes.get(path.shown ?? path.attributes);
}

function learntNextHops(via: ReturnType<Rooms["fib"]["nextHop"]>): RouteNextHopView[] {
  if (via === undefined) return [];
  return [
    {
      gateway: via.gateway ?? via.address,
      interface: via.reachable ? via.interface : undefined,
      weight: undefined,
      onlink: via.onlink,
    },
  ];
}

function ownNextHops(
  kind: PathView["kind"],
  interfaceName: string | undefined,
): RouteNextHopView[] {
  if (kind !== "pod") return [];
  return [{ gateway: undefined, interface: interfaceName, weight: undefined, onlink: false }];
}

/** undefined: nothing of it is for the kernel. */
function fibOf(
  rooms: Rooms,
  family: Family,
  prefix: number,
  path: PathView,
  via: ReturnType<Rooms["fib"]["nextHop"]>,
): RouteFibView | undefined {
  if (path.kind !== "neighbour") return undefined;
  if (path.best) return fibView(rooms, family, prefix);
  return rooms.attributes.handling(path.attributes).blackhole ? undefined : unresolved(via);
}

/** Paths that are not the best are not for the kernel; without a next hop they could not be. */
function unresolved(via: ReturnType<Rooms["fib"]["nextHop"]>): RouteFibView | undefined {
  return via?.reachable === false ? { state: "unresolved", reason: via.reason } : undefined;
}

function fibView(rooms: Rooms, family: Family, prefix: number): RouteFibView | undefined {
  const { status, reason, owner } = rooms.fib.route(family, prefix);
  if (status === "none") return undefined;
  const inTheWay = owner === "" ? "" : `; a route of "${owner}" is in the way`;
  return { state: status, reason: reason === "" ? undefined : reason + inTheWay };
}
