/** What `show` reads: plain objects, made when they are asked for. */
import { type Family, networkAddress } from "../route/index.ts";
import type {
  FibSummary,
  ForeignRouteView,
  NextHopView,
  PathListView,
  PodView,
  RouteStatus,
  RouteView,
} from "./events.ts";
import { errnoText } from "./errno.ts";
import type { NextHop, PathList } from "./forwarding.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { LinkTable } from "./links.ts";
import type { NextHops } from "./next-hops.ts";
import { OBJECT_BASE } from "./object-ids.ts";
import type { PathLists } from "./path-lists.ts";
import type { Pods } from "./pods.ts";
import { USUAL } from "./places.ts";
import { protocolName } from "./protocol-names.ts";
import type { Proxies } from "./proxies.ts";
import { refOf } from "./ref-queue.ts";
import type { RouteBatches } from "./route-batches.ts";
import { BLACKHOLE, FLAG, type RouteColumns, UNKNOWN } from "./route-columns.ts";
import type { Routes } from "./routes.ts";

export function* podViews(pods: Pods, proxies: Proxies): Generator<PodView> {
  for (const { prefix, isHost, interfaceName } of pods.all()) {
    yield {
      prefix,
      interface: interfaceName,
      proxied: isHost && proxies.isPresent(networkAddress(prefix)),
      announced: pods.isAnnounced(prefix),
    };
  }
}

export function nextHopView(hop: NextHop, links: LinkTable): NextHopView {
  const { resolution, object } = hop;
  return {
    id: hop.id,
    address: hop.address,
    reachable: hop.alive,
    reason: hop.refusal === "" ? hop.reason : hop.refusal,
    interface: links.nameOf(resolution?.interface ?? 0),
    gateway: resolution?.gateway,
    onlink: resolution?.onlink ?? false,
    connected: resolution?.connected ?? false,
    metric: resolution?.metric ?? 0,
    kernelId: object?.state === "present" ? object.id : 0,
  };
}

export function foreignView(route: ForeignRoute, links: LinkTable): ForeignRouteView {
  const { prefix, table, metric, protocol, type, hops } = route;
  return {
    prefix,
    table,
    metric,
    owner: protocolName(protocol),
    type,
    hops: hops.map(({ interface: index, gateway }) => ({
      interface: links.nameOf(index),
      gateway,
    })),
  };
}

/** Where the route of a prefix is to be; where the usual ones are if nobody wants one. */
export function wantedPlace(family: Family, prefixId: number, routes: Routes): number {
  const columns = routes.columns[family];
  const isKnown = prefixId >= 0 && prefixId < columns.capacity;
  if (!isKnown) return USUAL;
  const isBlock = (columns.flags[prefixId] & FLAG.BLOCK) !== 0;
  return isBlock || columns.desired[prefixId] !== 0 ? routes.wantedPlace(family, prefixId) : USUAL;
}

export function* pathListViews(paths: PathLists): Generator<PathListView> {
  for (const list of paths.all()) {
    const { object } = list;
    yield {
      id: list.id,
      best: list.best.map((hop) => hop.id),
      backup: list.backup?.id ?? 0,
      kernelId: object?.state === "present" ? object.id : 0,
      active: list.active.map((hop) => hop.id),
      routes: list.wanted,
    };
  }
}

export function routeView(
  family: Family,
  prefixId: number,
  routes: Routes,
  install: boolean,
): RouteView {
  const columns = routes.columns[family];
  const known = prefixId >= 0 && prefixId < columns.capacity;
  const flags = known ? columns.flags[prefixId] : 0;
  const actual = known ? columns.actual[prefixId] : 0;
  const listId = known ? columns.desired[prefixId] : 0;
  const list = listId === 0 ? undefined : routes.paths.at(listId);
  const isBlock = (flags & FLAG.BLOCK) !== 0;
  const rest = {
    family,
    prefixId,
    best: list?.best.map((hop) => hop.id) ?? [],
    backup: list?.backup?.id ?? 0,
    kernelId: actual === 0 || actual >= UNKNOWN ? 0 : OBJECT_BASE + actual,
    blackhole: isBlock || list?.isBlackhole === true,
  };
  const answer = (status: RouteStatus, reason = "", owner = ""): RouteView => ({
    ...rest,
    status,
    reason,
    owner,
  });
  if (!install) return answer("none", "kernel.install is off");
  if (!isBlock && list === undefined) return answer(actual === 0 ? "none" : "pending");
  const failed = (flags & FLAG.FAILED) !== 0;
  if (failed) return failure(routes, family, prefixId, answer);
  const isSettled = (flags & (FLAG.FLYING | FLAG.QUEUED | FLAG.UNSURE)) === 0;
  if (isBlock) return answer(isSettled && actual === BLACKHOLE ? "installed" : "pending");
  const why = unresolvedReason(family, list);
  if (why !== "") return answer("unresolved", why);
  const place = routes.wantedPlace(family, prefixId);
  const overruling = routes.overruling(family, prefixId, place);
  if (overruling !== undefined) {
    return answer("failed", "it is on a link of this node", protocolName(overruling.protocol));
  }
  const slot = list?.object?.slot ?? 0;
  const isThere = actual === slot && slot !== 0 && columns.place[prefixId] === place;
  return answer(isSettled && isThere ? "installed" : "pending");
}

export function firstHop(family: Family, prefixId: number, routes: Routes): number {
  const columns = routes.columns[family];
  const listId = prefixId < columns.capacity ? columns.desired[prefixId] : 0;
  return listId === 0 ? 0 : (routes.paths.at(listId)?.best[0].id ?? 0);
}

type Answer = (status: RouteStatus, reason?: string, owner?: string) => RouteView;

function failure(routes: Routes, family: Family, prefixId: number, answer: Answer): RouteView {
  const errno = routes.failures.errno(refOf(family, prefixId));
  const rival = routes.rival(family, prefixId, routes.wantedPlace(family, prefixId));
  const owner = rival === undefined ? "" : protocolName(rival.protocol);
  return answer("failed", errnoText(errno), owner);
}

/** Why no next hop of the list can carry packets; "" when one can. */
function unresolvedReason(family: Family, list: PathList | undefined): string {
  if (list === undefined) return "";
  if (family === 1 && list.hasIPv4) return "an IPv6 route cannot use an IPv4 next hop";
  if (list.alive) return "";
  const hop = list.best[0];
  return hop.refusal === "" ? hop.reason : hop.refusal;
}

/** Something is under way with it, is to be looked at, or to be tried again. */
const WAITING = FLAG.QUEUED | FLAG.FLYING | FLAG.FAILED | FLAG.UNSURE;

interface Tally {
  wanted: number;
  inKernel: number;
  unresolved: number;
  stale: number;
}

/** Routes counted between two pauses: some hundred microseconds. */
const COUNTED = 16 * 1024;

/** A pass over the routes of a family, with pauses. */
function* tally(columns: RouteColumns): Generator<undefined, Tally, undefined> {
  const sum = { wanted: 0, inKernel: 0, unresolved: 0, stale: 0 };
  for (let from = 0; from < columns.capacity; from += COUNTED) {
    if (from > 0) yield undefined;
    count(columns, from, Math.min(from + COUNTED, columns.capacity), sum);
  }
  return sum;
}

function count(
  { desired, actual, flags: all }: RouteColumns,
  from: number,
  to: number,
  sum: Tally,
) {
  let [wanted, inKernel, unresolved, stale] = [0, 0, 0, 0];
  for (let id = from; id < to; id++) {
    const flags = all[id];
    const isDesired = desired[id] !== 0;
    const isThere = actual[id] !== 0;
    if (isDesired || (flags & FLAG.BLOCK) !== 0) wanted++;
    if (isThere && (flags & FLAG.FLYING) === 0) inKernel++;
    if (isDesired && !isThere && (flags & WAITING) === 0) unresolved++;
    if ((flags & FLAG.ADOPTED) !== 0) stale++;
  }
  sum.wanted += wanted;
  sum.inKernel += inKernel;
  sum.unresolved += unresolved;
  sum.stale += stale;
}

export function* summary(
  routes: Routes,
  batches: RouteBatches,
  hops: NextHops,
  pods: Pods,
): Generator<undefined, FibSummary, undefined> {
  const ipv4 = yield* tally(routes.columns[0]);
  const ipv6 = yield* tally(routes.columns[1]);
  let objects = 0;
  for (const object of routes.slots.all()) if (object.state === "present") objects++;
  return {
    wanted: [ipv4.wanted, ipv6.wanted],
    inKernel: [ipv4.inKernel, ipv6.inKernel],
    queued: routes.queue.size,
    inFlight: batches.flying,
    failed: routes.failures.size,
    unresolved: ipv4.unresolved + ipv6.unresolved,
    stale: ipv4.stale + ipv6.stale,
    nextHops: hops.size,
    nexthopObjects: objects,
    pathLists: routes.paths.size,
    pods: pods.size,
  };
}
