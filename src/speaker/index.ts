// One BGP speaker: sessions, policy and RIB put together. Events in, effects out; no I/O, no clock.
//
// Parts
//   session/     one neighbour's FSM, timers, collision (RFC 4271 §6.8, §8)
//   policy/      import and export rules over interned attribute sets
//   rib/         Adj-RIB-In, decision process, Loc-RIB, update groups (RFC 4271 §9, RFC 4456)
//   speaker.ts       the class: the door for all that comes in and goes out; assembly.ts: who knows whom
//                    behind it;  survey.ts: what there is to see, and what would be if
//   config.ts        what a speaker is told to be; configurator.ts takes it over, difference.ts says
//                    what a change costs, settings.ts what it means for sessions and sockets
//   farewell.ts      who was taken away stays until those added have told all (make before break);
//                    membership.ts: who goes, and the word to those who keep something for it
//   operator.ts      enable, disable, restart by name; stop;  switchable.ts: what they act on
//   admission.ts     whose a connection from outside is;  ceilings.ts: who brought too much
//   roster.ts        who there is: neighbours by name and address, ranges (range.ts, directory.ts)
//   neighbour.ts     one neighbour: its session, its place in the RIB, its counters
//   sessions.ts      whose connection it is, whose timer is due, the actions that sessions ask for;
//                    session-sink.ts: what they tell, session-events.ts: what it means for the others
//                    that one is up, or has ended
//   routes.ts        what sessions mean for routes: RIB, policies, and the slices of work; places.ts:
//                    whose paths are whose, audience.ts: who is told, in which update group
//   intake.ts        the way of an UPDATE: bytes -> attribute id -> import policy -> RIB
//   policies.ts      policies shared by neighbours; origins.ts, next-hop-self.ts: what they ask
//   unnumbered.ts    neighbours by interface: who is to be looked for, was found, has moved, is gone
//   liveness.ts      BFD: whom to watch, and what a loss means (RFC 5882, RFC 9384)
//   retention.ts     graceful restart of neighbours: their routes are kept, swept, let go; long-lived.ts:
//                    those that stay beyond (RFC 9494);  deferral.ts: our own: what waits to be told
//   departures.ts    who is on the way out of service, and so is told less, or nothing
//   telling.ts       who is told what there is, and when all of it is told
//   route-trial.ts   one prefix explained: every rule that had a say, in and out
//   plan.ts          what another configuration would do: plan-fates.ts (sessions), plan-twin.ts (the same
//                    rooms with that configuration, a few prefixes at a time), plan-lines.ts (who is who in
//                    both), plan-kernel.ts, plan-leaks.ts
//   refresh.ts       ROUTE-REFRESH, asked for and answered
//   reevaluation.ts  import policies changed: paths are judged again, in slices
//   accumulated-metric.ts  AIGP grows where another next hop goes out
//   monitors.ts      those who watch (RFC 7854): sessions, and tables as each of them has room for it;
//                    tap.ts: what comes in, as it is; observers.ts: what goes out
//   effects.ts, views.ts (show.ts), reports.ts   what comes out: to do, to show, to log
//
// How input flows in and output out
//   transport -> accept / connected / receive / disconnected / expire -> Session -> actions, carried
//   out at once: "send" becomes a write effect, "update" goes through intake into the RIB, "down"
//   queues the neighbour's routes for removal, or has them kept. The transport then calls take() for the effects.
//   work(units) does a slice of what is queued: decisions, group output, re-evaluation after a policy
//   change, removal of a dead session's routes. takeRouteChanges() hands Loc-RIB changes to the FIB.
//
// Standards kept: RFC 4271; RFC 4486 and RFC 9003 for Cease; RFC 4456 (reflector); RFC 7911
// (ADD-PATH); RFC 4724, RFC 8538 and RFC 9494 (graceful restart, both roles); RFC 2918
// and RFC 7313 (route refresh, both roles); RFC 5882 §4.3 (BFD beside it); RFC 2545 and RFC 8950 (IPv6
// next hops, for IPv4 too); RFC 7606 (treatment of malformed UPDATEs); RFC 6286; RFC 8212 in spirit:
// without an export filter only own routes, and a reflector's, are announced.
//
// Deviations confessed
//   - RFC 4724 §4.1 defers the choice of routes; here only what neighbours are told is deferred, and a
//     neighbour that nobody else's routes are announced to is told own routes without delay.
//   - RFC 9494 §4.6 (partial deployment) is an option; switched on or off, it counts for own choice
//     with the next routes that become stale.
//   - A stale route that is rejected by a changed import filter stays until it is announced again.
//   - The Adj-RIB-In holds a route's attributes as received and as used; a policy change re-runs on the
//     received ones and needs no ROUTE-REFRESH. Operators may ask for one (refresh.ts).
//   - Two neighbours with one remote address are not possible, except link-local ones on different
//     interfaces; and of those a listening socket knows one MD5 key only.
//   - Within the AS a next hop is kept (RFC 4271 §5.1.3), unless the neighbour cannot use it: a link-local
//     one of another link, or an IPv6 one of an IPv4 route without RFC 8950. Then it is this node's own.
//   - Unnumbered neighbours have one MD5 key, for fe80::/10; there is one of them on an interface.
//   - afi-safi-disable (RFC 7606 §2) holds until the session ends; nothing is sent about it.
//   - The limit of prefixes counts what is kept, rejected routes included, and is looked at once an
//     UPDATE: the last one may go beyond it.

export type {
  AddPathConfig,
  BfdAuthentication,
  BfdSettings,
  ConfigureResult,
  NeighbourConfig,
  PeerAs,
  SpeakerConfig,
  StaticRoute,
} from "./config.ts";
export type {
  Acceptance,
  ConnectEffect,
  Endpoints,
  EventEffect,
  EventLevel,
  ListenKey,
  LivenessEffect,
  LivenessRequest,
  PathChange,
  DiscoverEffect,
  SocketSettings,
  SpeakerEffect,
} from "./effects.ts";
export type {
  FamilyCounters,
  NeighbourTrial,
  NeighbourView,
  PathTrial,
  PathView,
  RangeView,
  RouteTrial,
  Traffic,
} from "./views.ts";
export type { Announcement } from "./departures.ts";
export type { Gate } from "./filter-trials.ts";
export { GATHERING } from "./deferral.ts";
export { NO_TRAFFIC } from "./traffic.ts";
export type { Monitor, MonitoredPeer, MonitorSink, MonitorTable } from "./monitors.ts";
export type { Tap, TappedPeer, UpdateForm } from "./tap.ts";
export type { Traced } from "./trace.ts";
export { type DownCause, type Ending, whoEnded } from "./session/index.ts";
export type { CommandResult, ReloadResult } from "./operator.ts";
export type { Plan, PlanRequest } from "./plan.ts";
export type { OwnPrefix } from "./plan-twin.ts";
export type { PeerPlan, PlanChange, PlanCounts, PlanItem, PlanWhat } from "./plan-views.ts";
export type { ReloadDirection } from "./refresh.ts";
export { Speaker } from "./speaker.ts";
export type { FibSink } from "./rib/index.ts";
export type { SpeakerOptions } from "./assembly.ts";
export type { NextHopState } from "./speaker.ts";
export type { Survey } from "./survey.ts";
// The nouns that appear in these signatures, for a room that may not import route/ itself.
export {
  Address,
  addressBytes,
  addressesEqual,
  addressFromBytes,
  formatAddress,
  formatPrefix,
  isLinkLocal,
  parseAddress,
  Prefix,
} from "../route/index.ts";
export type { Family } from "../route/index.ts";
export { DEFAULT_LOCAL_PREF } from "./policy/index.ts";
export type { FilterRule, FilterSpec, OwnAddress } from "./policy/index.ts";
