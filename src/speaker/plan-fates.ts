// Who would stay, change, begin anew, go and come with another configuration. Nothing is done: it is
// Configurator.apply() told beforehand, by the same comparisons; plan-truth.test.ts holds one against
// the other.

import { formatAddress } from "../route/index.ts";
import type { Family } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { dynamicConfig } from "./configurator.ts";
import { compareNeighbours, costOf, sameRemote } from "./difference.ts";
import { RangeList } from "./directory.ts";
import type { Neighbour } from "./neighbour.ts";
import { excessOf } from "./prefix-limits.ts";
import { prefixesEqual } from "../route/index.ts";
import type { Prefix } from "../route/index.ts";
import type { Rib } from "./rib/index.ts";
import type { Roster } from "./roster.ts";
import { sessionSettings } from "./settings.ts";

const FAMILIES: readonly Family[] = [0, 1];

/** What becomes of one neighbour, or of a range under its own name. */
export interface Fate {
  readonly name: string;
  /**
   * "reset": its session ends and begins anew; "ended": it ends, and the neighbour stays configured
   * (it is disabled, or beyond a limit); "changed": settings are taken in place.
   */
  readonly kind: "kept" | "changed" | "reset" | "ended" | "removed" | "added";
  /** In words: why, or which settings; "": nothing is to be said. */
  readonly what: string;
  /** As it is; undefined: it is to come, or it is a range. */
  readonly neighbour: Neighbour | undefined;
  /** As it will be; undefined: it will not. */
  readonly config: NeighbourConfig | undefined;
  /** Whether it may have a session then. */
  readonly enabled: boolean;
  /** Whether a session that is Established ends by it, for a while or for good. */
  readonly loses: boolean;
  /** Why the session will not last when it is back; undefined: nothing is known of that. */
  readonly obstacle?: string | undefined;
}

export interface FateRooms {
  readonly roster: Roster;
  readonly rib: Rib;
  /** Somebody who goes already. */
  readonly isLeaving: (neighbour: Neighbour) => boolean;
}

interface FutureRange {
  readonly prefix: Prefix;
  readonly config: NeighbourConfig;
  readonly enabled: boolean;
  /** It is there already: its neighbours stay. */
  readonly isKnown: boolean;
}

/** Who is configured, by what neighbours are known by. */
interface Future {
  readonly config: SpeakerConfig;
  readonly byName: ReadonlyMap<string, NeighbourConfig>;
  readonly addresses: ReadonlySet<string>;
}

function futureOf(config: SpeakerConfig): Future {
  const addresses = config.neighbours.flatMap(({ address }) => address ?? []);
  return {
    config,
    byName: new Map(config.neighbours.map((each) => [each.name, each])),
    addresses: new Set(addresses.map(formatAddress)),
  };
}

/** One by one: with thousands of neighbours that takes a while. */
export function* fatesOf(config: SpeakerConfig, rooms: FateRooms): Generator<Fate> {
  const future = futureOf(config);
  const ranges = futureRanges(config, rooms.roster);
  const list = new RangeList<FutureRange>();
  list.replace(ranges);
  yield* rangeFates(ranges, rooms.roster);
  for (const neighbour of [...rooms.roster.neighbours()]) {
    if (neighbour.range === undefined) yield staticFate(neighbour, future, rooms);
    else yield dynamicFate(neighbour, list, future, rooms);
  }
  yield* added(config, rooms);
}

function futureRanges(config: SpeakerConfig, roster: Roster): FutureRange[] {
  return config.neighbours.flatMap((next) => {
    if (next.range === undefined) return [];
    const known = roster.range(next.name);
    const isKnown = known !== undefined && prefixesEqual(known.prefix, next.range);
    const isSwitched = known?.config.enabled !== next.enabled;
    const enabled = isKnown && !isSwitched ? known.enabled : (next.enabled ?? true);
    return { prefix: next.range, config: next, enabled, isKnown };
  });
}

function rangeFates(ranges: readonly FutureRange[], roster: Roster): Fate[] {
  const of = (
    name: string,
    kind: Fate["kind"],
    what: string,
    config: NeighbourConfig | undefined,
  ): Fate => ({ name, kind, what, neighbour: undefined, config, enabled: false, loses: false });
  const fates = ranges.map(({ config, isKnown }): Fate => {
    const { name } = config;
    const known = isKnown ? roster.range(name) : undefined;
    if (known === undefined) return of(name, "added", "a range", config);
    const { session, live } = compareNeighbours(known.config, config);
    const what = [...session, ...live].join(", ");
    return of(name, what === "" ? "kept" : "changed", what, config);
  });
  const kept = new Set(ranges.filter(({ isKnown }) => isKnown).map(({ config }) => config.name));
  for (const { config } of roster.ranges) {
    if (!kept.has(config.name)) fates.push(of(config.name, "removed", "a range", undefined));
  }
  return fates;
}

function staticFate(neighbour: Neighbour, { config, byName }: Future, rooms: FateRooms): Fate {
  const next = byName.get(neighbour.name);
  if (next === undefined || next.range !== undefined) {
    return removed(neighbour, "no longer configured");
  }
  if (!sameRemote(neighbour.config, next)) return removed(neighbour, "its address is another one");
  return changeOf(neighbour, next, config, rooms);
}

function dynamicFate(
  neighbour: Neighbour,
  ranges: RangeList<FutureRange>,
  { config, byName, addresses }: Future,
  rooms: FateRooms,
): Fate {
  const { address, range } = neighbour;
  const next = ranges.find(address);
  const isTaken = byName.has(neighbour.name) || addresses.has(formatAddress(address));
  if (isTaken) return removed(neighbour, "configured by itself now");
  if (next === undefined) return removed(neighbour, "its range is no longer configured");
  const isSame = next.isKnown && next.config.name === range?.config.name;
  if (!isSame) return removed(neighbour, `it is of range ${next.config.name} now`);
  if (!next.enabled) return removed(neighbour, "its range is disabled");
  return changeOf(neighbour, dynamicConfig(next.config, address), config, rooms);
}

function removed(neighbour: Neighbour, what: string): Fate {
  const { name } = neighbour;
  const loses = neighbour.up !== undefined;
  return { name, kind: "removed", what, neighbour, config: undefined, enabled: false, loses };
}

function changeOf(
  neighbour: Neighbour,
  next: NeighbourConfig,
  config: SpeakerConfig,
  { rib }: FateRooms,
): Fate {
  const { name, session, up } = neighbour;
  const settings = sessionSettings(config, next, neighbour.isFound);
  const { why, resets, live } = costOf(session, neighbour.config, next, settings);
  const isSwitched = neighbour.config.enabled !== next.enabled;
  const enabled = isSwitched ? (next.enabled ?? true) : neighbour.enabled;
  const fate = { name, neighbour, config: next, enabled };
  const isUp = up !== undefined;
  if (!enabled && neighbour.enabled) {
    return { ...fate, kind: "ended", what: "disabled", loses: isUp };
  }
  const isOver = isUp && exceeds(neighbour, next, rib);
  const obstacle = isOver ? "prefix limit exceeded" : undefined;
  if (why !== undefined && resets) {
    return { ...fate, kind: "reset", what: why, loses: isUp, obstacle };
  }
  if (obstacle !== undefined) {
    return { ...fate, kind: "ended", what: obstacle, loses: true, obstacle };
  }
  const what = why ?? live;
  return { ...fate, kind: what === "" ? "kept" : "changed", what, loses: false };
}

/** Whether it has more prefixes than the new limit, and so may not stay (RFC 4486). */
function exceeds(neighbour: Neighbour, { maxPrefixes }: NeighbourConfig, rib: Rib): boolean {
  if (maxPrefixes === undefined || (maxPrefixes.action ?? "restart") !== "restart") return false;
  return FAMILIES.some((family) => excessOf(neighbour, family, rib, maxPrefixes)?.isOver === true);
}

function added(config: SpeakerConfig, { roster }: FateRooms): Fate[] {
  return config.neighbours.flatMap((next): Fate[] => {
    if (next.range !== undefined) return [];
    const known = roster.named(next.name);
    if (known?.range === undefined && known !== undefined && sameRemote(known.config, next))
      return [];
    const enabled = next.enabled ?? true;
    const what = enabled ? "" : "disabled";
    const fate = { name: next.name, kind: "added", what, neighbour: undefined } as const;
    return [{ ...fate, config: next, enabled, loses: false }];
  });
}
