// A filter held against a route that somebody gives, or against those that are in the table: with all
// that comes of it, or only whether they would pass.

import type { PathAttributes } from "bgp-ts";
import type { Family, Prefix } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { Filter, filterFor, tryFilter, TRIAL_SOURCES } from "./policy/index.ts";
import type { FilterSource, FilterTrial, Source, Teacher } from "./policy/index.ts";
import type { Routes, RouteTables } from "./routes.ts";
import { isExternal } from "./settings.ts";
import type { PathView } from "./views.ts";

export interface FilterQuestion {
  readonly filter: string;
  readonly direction: "import" | "export";
  readonly prefix: Prefix;
  /** Whom the filter is at work for; undefined: an external neighbour without a name. */
  readonly neighbour: string | undefined;
  /** The route; undefined: what the table has. */
  readonly route:
    | {
        readonly attributes: PathAttributes;
        readonly source: FilterSource;
        /** The peer that it was learnt from. */
        readonly from?: string | undefined;
      }
    | undefined;
}

export interface FilterAnswer extends FilterTrial {
  /** A neighbour's name, or what of this node's own it is; undefined: the route was given. */
  readonly from: string | undefined;
}

interface Asked {
  readonly id: number;
  readonly source: Source;
  readonly from: string | undefined;
  readonly teacher: Teacher | undefined;
}

/** In words, why there is no answer. */
export function askFilter(
  question: FilterQuestion,
  tables: RouteTables,
  routes: Routes,
  config: SpeakerConfig,
): FilterAnswer[] | string {
  const { filter: name, direction, prefix, neighbour: whom } = question;
  const filter = routes.filter(name);
  if (filter === undefined) return `no filter is called ${name}`;
  const neighbour = config.neighbours.find((each) => each.name === whom);
  if (whom !== undefined && neighbour === undefined) return `no peer is called ${whom}`;
  const from = question.route?.from;
  const teacher = from === undefined ? undefined : teacherOf(from, config);
  if (from !== undefined && teacher === undefined) return `no peer is called ${from}`;
  const external = neighbour === undefined || isExternal(config, neighbour);
  const names = neighbour === undefined ? [] : [neighbour.name];
  const spec = filterFor(filter, { direction, external, names, group: neighbour?.group });
  const place = { direction, external, localAsn: localAsnOf(config, neighbour) };
  const table = tables.prefixes[prefix.family];
  const id = table.internPrefix(prefix);
  const asked =
    question.route === undefined ? held(question, id, routes) : given(question, tables, teacher);
  const answers = asked.map(({ from, ...route }) => ({
    from,
    ...tryFilter(spec, tables.attributes, table, { ...route, prefix: id }, place),
  }));
  if (question.route !== undefined) for (const each of asked) tables.attributes.release(each.id);
  table.release(id, 0);
  return answers;
}

/** Whether an import filter would let a path in, as it is used. */
export type Gate = (family: Family, prefix: number, path: PathView) => boolean;

/** Of the filter of this name for an external neighbour without one; undefined: there is none. */
export function gateOf(name: string, tables: RouteTables, routes: Routes): Gate | undefined {
  const spec = routes.filter(name);
  if (spec === undefined) return undefined;
  const { origins } = routes;
  const place = { direction: "import", external: true, names: [], group: undefined } as const;
  const filter = new Filter(filterFor(spec, place), tables.attributes, origins);
  return (family, prefix, { attributes, sourceId }) => {
    const kind = origins.kind(sourceId, family, prefix);
    const teacher = origins.teacherOf(sourceId);
    const table = tables.prefixes[family];
    return (
      filter.outcome(filter.decide(attributes, kind, table, prefix, teacher)).then !== "reject"
    );
  };
}

function localAsnOf(config: SpeakerConfig, neighbour: NeighbourConfig | undefined): number {
  return neighbour?.localAsn ?? config.asn;
}

/** The paths of the table: as they were received, or as they are held and would go out. */
function held({ direction, prefix }: FilterQuestion, id: number, routes: Routes): Asked[] {
  const { family } = prefix;
  return routes.rib.paths(family, id).flatMap(({ source, received, accepted }): Asked[] => {
    const neighbour = routes.neighbourOf(source);
    if (direction === "import" && neighbour === undefined) return [];
    if (direction === "export" && accepted === 0) return [];
    const set = direction === "import" ? received : accepted;
    const from = neighbour?.name ?? "this node";
    const { origins } = routes;
    const teacher = origins.teacher(origins.teacherOf(source));
    return [{ id: set, source: origins.kind(source, family, id), from, teacher }];
  });
}

function teacherOf(name: string, { neighbours }: SpeakerConfig): Teacher | undefined {
  const peer = neighbours.find((each) => each.name === name);
  return peer && { peer: name, group: peer.group };
}

function given(
  { route }: FilterQuestion,
  { attributes }: RouteTables,
  teacher: Teacher | undefined,
): Asked[] {
  const id = route === undefined ? 0 : attributes.intern(route.attributes);
  if (route === undefined || id === 0) return [];
  attributes.hold(id);
  return [{ id, source: TRIAL_SOURCES[route.source], from: undefined, teacher }];
}
