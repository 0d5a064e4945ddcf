/**
 * fib: what the kernel should hold, desired against actual.
 *
 * In: what the speaker wants (setRoute, trackNextHop), what the kernel says (facts, dumps, ownRoutes,
 * results), the time. Out: batches of operations (takeBatch) and events (takeEvents). Three verbs
 * make up all that is asked of the kernel, and each may be repeated without harm: update (put what is
 * wanted), delete (what nobody wants any more), prune (startSweep: what an earlier run has left and
 * nobody has asked for since). What is refused is kept, shown with its reason, and tried again.
 *
 *     facts --> fact-reader --> links, foreign-routes --> resolver --> next-hops
 *                    |                                                    |
 *                    |            path-list (best set, backup) <----------+
 *                    |                 |
 *                    +--> object-facts --> object-book <--> nexthop-objects --> before / after
 *                    |                 |                         (their answers: object-answers)
 *     setRoute ------+--> routes (desired, actual, flags; queue) --> route-batches --> routes
 *                    |           ^                             (their answers: route-answers)
 *                    +--> route-facts (dumps, what others have removed)
 *                    |
 *                    +--> pods --> own-route events;  proxies, sysctls --> before / after
 *
 * - A path list is a set of equally good next hops and a backup. With one next hop and no backup its
 *   routes point at that next hop's nexthop object, else at a group whose content is replaced when a
 *   next hop dies: one operation, whatever the number of routes, ahead of all queued routes.
 * - A backup over another link than all that carry packets is a member of the group and carries none
 *   (standby.ts): where their link goes, the kernel itself moves the group's routes to it. Not of
 *   every path list: the kernel's memory for it is bounded, and so are the shares that it can deal out.
 * - A route is 11 bytes: the path list that it wants, the object that it has, flags, where it is, and
 *   where another one of its prefix is that has to go.
 * - What has happened to a path list or an object is found among the routes in slices (route-look.ts), and a
 *   batch looks at so many at most: while isLooking, takeBatch() is to be asked again.
 * - A place is a table and a metric: with the prefix, the kernel's key of a route. A path list says in
 *   which place its routes are. One that moves is added there before it is deleted where it was.
 * - Packets end at a next hop that is none (DISCARD): one blackhole nexthop object for all such routes.
 * - What a batch asks for is taken as done; a failed operation's answer undoes that. While an answer
 *   is out, anything that the kernel says about the same thing makes the answer worthless, and the
 *   thing is asked for again.
 * - The kernel's silences are acted out here: a link without carrier takes its nexthop objects along,
 *   those their groups' membership and routes; a link that is down takes IPv4 routes and proxy
 *   entries. No message says so.
 * - Proxy entries are the one thing of which the kernel never tells: they are looked at every few
 *   seconds, by an event that asks for their dump.
 * - A block is announced while something in the kernel stands behind it, and not otherwise (blocks.ts).
 * - Nothing is asked before every kind of dump has ended once (after an overrun: once more), and
 *   nothing while one is going on.
 * - The answer to a batch comes after all that the kernel had said before the batch was done: what is
 *   in the way of a route is known by then.
 *
 * Kept: RFC 4271 §5.1.3 and §9.1.2.1 (next hops), RFC 2545 §3 (link-local next hops), RFC 8950 (IPv4
 * over IPv6 next hops, as far as the kernel goes), RFC 5227 and RFC 4861 §7.2.6 (announcing a pod).
 *
 * Confessed:
 * - Of a static multipath route one hop is used, the first that is usable.
 * - A next hop may be resolved by the default route, as `gateway recursive` does elsewhere.
 * - An IPv6 blackhole for a block has metric 4096 at least: with the common one it would win over the
 *   bridge that holds the block (connected routes have 256).
 * - A route is not installed where the kernel has a connected route of the same prefix over which
 *   ours would win by its metric; it shows as failed, owner kernel.
 * - netlink has no compare-and-swap: somebody who replaces a route of ours in the very moment in
 *   which we replace it too loses his, and is still shown as the owner until the next dump.
 * - There are 255 places; routes of filters that name more are in the usual one. Of more than two
 *   routes of ours of one prefix, each in another place, the third goes with the sweep.
 * - Without nexthop objects an overrun writes every route once more, in place: only the first dump
 *   says where plain routes lead.
 */
export type {
  BatchError,
  BatchResult,
  FibBatch,
  FibOperation,
  GroupMember,
  NexthopGroupOperation,
  NexthopOperation,
} from "./operations.ts";
export {
  ROUTE_KIND,
  ROUTE_TYPE,
  ROUTE_WORDS,
  packRoute,
  routeFamily,
  routeKind,
  routeLength,
  routeType,
} from "./operations.ts";
export type {
  AddressFact,
  DumpKind,
  KernelFact,
  LinkFact,
  NexthopFact,
  OwnRouteGoneFact,
  ProxyFact,
  RouteFact,
  RouteHop,
  SysctlFact,
} from "./facts.ts";
export { DUMP_KINDS } from "./facts.ts";
export { FIRST_OBJECT, LAST_OBJECT } from "./object-ids.ts";
export type { AdvertiseMode, FibSettings, OnlinkSetting, PodSettings } from "./settings.ts";
export { FIXED_SETTINGS } from "./settings.ts";
export { matchesAny } from "./glob.ts";
export { protocolName } from "./protocol-names.ts";
export type {
  FibEvent,
  FibSummary,
  ForeignRouteView,
  InterfaceView,
  NextHopState,
  NextHopView,
  PathListView,
  PodView,
  PrefixTrial,
  RouteStatus,
  RouteView,
  SysctlView,
} from "./events.ts";
export type { FibForecast } from "./forecast.ts";
export type { FibOptions } from "./assembly.ts";
export { Fib } from "./fib.ts";
