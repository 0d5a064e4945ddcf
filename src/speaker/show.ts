// Snapshots for show commands.

import type { Address, Family } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import { hasSaidAll } from "./deferral.ts";
import { NO_SOURCE } from "./neighbour.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import { nextHopAddresses, ownNextHops } from "./next-hop-self.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import type { GroupView, MemberView, PathView as RibPath, SourceCounters } from "./rib/index.ts";
import type { Range } from "./range.ts";
import { STATIC_PATH } from "./own-routes.ts";
import type { Routes } from "./routes.ts";
import { describeDownCause, describeNote, type NotificationNote } from "./session/index.ts";
import { isExternal, maximumOf } from "./settings.ts";
import { momentOf } from "./ticks.ts";
import { trafficOf } from "./traffic.ts";
import type {
  FamilyCounters,
  KeptView,
  NeighbourView,
  NotificationView,
  OwnCounts,
  PathView,
  RangeView,
} from "./views.ts";

function notificationView(note: NotificationNote | undefined): NotificationView | undefined {
  if (note === undefined) return undefined;
  const { code, subcode, data } = note;
  return { code, subcode, data, text: describeNote(note) };
}

export function neighbourView(
  neighbour: Neighbour,
  speaker: SpeakerConfig,
  { rib, departures }: Routes,
  groups: ReadonlyMap<number, GroupView>,
  now: number,
): NeighbourView {
  const { config, session, up, source } = neighbour;
  const { counters, lastError, negotiated, settings } = session;
  const timers = session.timers(now);
  const member = source === NO_SOURCE ? undefined : rib.member(source);
  return {
    name: neighbour.name,
    description: config.description,
    template: neighbour.range?.config.name,
    address: neighbour.isFound ? neighbour.address : undefined,
    interface: config.interface,
    enabled: neighbour.enabled,
    passive: settings.passive,
    client: config.client === true,
    peerAsn: negotiated?.peerAsn ?? (typeof config.asn === "number" ? config.asn : 0),
    peerRouterId: negotiated?.peerRouterId,
    localAsn: settings.localAsn,
    multihop: config.multihop !== undefined,
    external: negotiated?.external ?? isExternal(speaker, config),
    state: session.state,
    since: Math.max(counters.establishedAt ?? -Infinity, neighbour.switchedAt),
    message: neighbour.message,
    lastError: lastError && { text: describeDownCause(lastError.cause), at: lastError.at },
    negotiated,
    local: up?.endpoints.local,
    nextHops: [ownAddresses(0), ownAddresses(1)],
    timers,
    connection: up?.connection,
    queued: member === undefined ? 0 : queuedFor(member, groups.get(member.group)),
    ports: up && { local: up.endpoints.localPort, remote: up.endpoints.remotePort },
    traffic: trafficOf(session),
    updateAt: counters.updateAt,
    establishedAt: counters.establishedAt,
    lastNotification: [counters.notification?.code ?? 0, counters.notification?.subcode ?? 0],
    notifications: {
      received: notificationView(counters.notificationReceived),
      sent: notificationView(counters.notificationSent),
    },
    configured: {
      holdTime: settings.holdTime,
      keepalive: settings.keepalive,
      connectRetry: settings.connectRetry,
    },
    hasSaidAll: up !== undefined && hasSaidAll(neighbour),
    wanted: settings.families,
    families: [familyCounters(0), familyCounters(1)],
    kept: [keptView(0), keptView(1)],
    announcement: departures.of(neighbour).announcement,
    group: member?.group,
    groupState: member?.state,
    importFilter: config.import,
    exportFilter: config.export,
    maxPrefixes: config.maxPrefixes,
  };

  function keptView(family: Family): KeptView | undefined {
    const kept = neighbour.kept[family];
    if (kept === undefined) return undefined;
    const { kept: stale } = rib.counters(source, family);
    return { stage: kept.stage, stale, remaining: Math.max(0, kept.until - now) };
  }

  function ownAddresses(family: Family): Address[] {
    if (up === undefined) return [];
    return nextHopAddresses(ownNextHops(up.endpoints, config, up.negotiated)[family]);
  }

  function familyCounters(family: Family): FamilyCounters | undefined {
    if (up === undefined || !up.context.families[family]) return undefined;
    const exported = member === undefined ? undefined : groups.get(member.group)?.exported[family];
    return countersOf(up, family, rib.counters(source, family), exported ?? 0, member);
  }
}

function countersOf(
  up: Up,
  family: Family,
  routes: SourceCounters,
  exported: number,
  member: MemberView | undefined,
): FamilyCounters {
  const intake = up.counters[family];
  return {
    imported: routes.accepted,
    filtered: routes.filtered,
    preferred: routes.best,
    exported,
    updatesReceived: intake.updates,
    updatesFiltered: intake.filtered,
    updatesBlocked: intake.blocked,
    withdrawalsReceived: intake.withdrawals,
    withdrawalsIgnored: intake.ignoredWithdrawals,
    updatesSent: intake.announced,
    withdrawalsSent: intake.withdrawn,
    endOfRibReceived: intake.endOfRib,
    endOfRibSent: member?.endOfRib[family] === true,
  };
}

/** Those of its whole group, and those that wait for it alone. */
function queuedFor({ behind }: MemberView, group: GroupView | undefined): number {
  const [four, six] = group?.queued ?? [0, 0];
  return four + six + behind[0] + behind[1];
}

/** This node's own routes, by what they are. */
export function ownCounts(family: Family, { rib, origins }: Routes): OwnCounts {
  const { blocks, statics, behind } = origins.counts(family);
  const { best } = rib.counters(LOCAL_SOURCE, family);
  const preferred = { blocks: blocks - behind, statics };
  return {
    block: { routes: blocks, best: preferred.blocks },
    static: { routes: statics, best: preferred.statics },
    pod: {
      routes: rib.pathCount(LOCAL_SOURCE, family) - blocks - statics,
      best: best - preferred.blocks - preferred.statics,
    },
    others: rib.locRibSize(family) - best,
  };
}

export function rangeView(range: Range): RangeView {
  const { config, prefix, enabled, switchedAt: since, message, count, past } = range;
  const { name, description } = config;
  const max = maximumOf(config);
  return { name, description, range: prefix, enabled, since, message, max, count, past };
}

export function pathView(
  path: RibPath,
  family: Family,
  prefix: number,
  routes: Routes,
  now: number,
): PathView {
  const { source, accepted, received, pathId, reason } = path;
  const own = source === LOCAL_SOURCE;
  const ownKind = ownKindOf(path, family, prefix, routes);
  const neighbour = routes.neighbourOf(source);
  return {
    source: own ? ownKind : (routes.rib.source(source)?.name ?? ""),
    kind: own ? ownKind : "neighbour",
    address: neighbour?.address,
    attributes: accepted === 0 ? received : accepted,
    received,
    pathId,
    sourceId: source,
    accepted: accepted !== 0,
    best: reason === "best",
    multipath: reason === "best" || reason === "multipath",
    stale: path.stale,
    reason: reason === "filtered" ? routes.rejection(source, received, family, prefix) : reason,
    receivedAt: momentOf(path.since, now),
  };
}

/** A pod or block may be behind a route of the configuration. */
function ownKindOf(
  { pathId }: RibPath,
  family: Family,
  prefix: number,
  { origins }: Routes,
): "static" | "block" | "pod" {
  if (pathId === STATIC_PATH) return "static";
  return origins.isBlock(family, prefix) ? "block" : "pod";
}
