// What there is to see of a speaker, and what would be if: nothing changes by any of it.

import type { Family } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import type { Configurator } from "./configurator.ts";
import { askFilter, gateOf } from "./filter-trials.ts";
import type { FilterAnswer, FilterQuestion, Gate } from "./filter-trials.ts";
import type { Neighbour } from "./neighbour.ts";
import { Plan, type PlanRequest } from "./plan.ts";
import type { Roster } from "./roster.ts";
import { type TellingView, tellingOf, tryRoute } from "./route-trial.ts";
import type { Routes, RouteTables } from "./routes.ts";
import { neighbourView, ownCounts, pathView, rangeView } from "./show.ts";
import type { NeighbourView, OwnCounts, PathView, RangeView, RouteTrial } from "./views.ts";

export interface SurveyRooms {
  readonly tables: RouteTables;
  readonly roster: Roster;
  readonly routes: Routes;
  readonly configurator: Configurator;
  /** When something last happened. */
  readonly now: () => number;
}

export class Survey {
  readonly #tables: RouteTables;
  readonly #roster: Roster;
  readonly #routes: Routes;
  readonly #configurator: Configurator;
  readonly #now: () => number;

  constructor({ tables, roster, routes, configurator, now }: SurveyRooms) {
    this.#tables = tables;
    this.#roster = roster;
    this.#routes = routes;
    this.#configurator = configurator;
    this.#now = now;
  }

  /** Memory of the tables of paths, in bytes. */
  get bytes(): number {
    return this.#routes.rib.bytes;
  }

  /** Paths that are held, own ones included, and prefixes that have any. */
  tableSize(family: Family): { routes: number; networks: number } {
    return this.#routes.rib.tableSize(family);
  }

  /** How often a prefix has got its first path, or lost its last one. */
  get networkChanges(): number {
    return this.#routes.rib.networkChanges;
  }

  /** Paths that were accepted, or the rejected ones, and the prefixes that have any; with pauses. */
  census(
    family: Family,
    rejected: boolean,
  ): Generator<undefined, { readonly routes: number; readonly networks: number }, undefined> {
    return this.#routes.rib.census(family, rejected);
  }

  /** Prefixes with accepted paths of which none can be used, for no next hop can be reached; with pauses. */
  *unresolved(family: Family): Generator<undefined, number, undefined> {
    const { rib } = this.#routes;
    if (!rib.hasUnreachable) return 0;
    const { networks } = yield* rib.census(family, false);
    return Math.max(0, networks - rib.locRibSize(family));
  }

  /** Routes by where they are from: this node's own, or all others. */
  ownCounts(family: Family): OwnCounts {
    return ownCounts(family, this.#routes);
  }

  /** Prefixes in Loc-RIB. */
  locRibSize(family: Family): number {
    return this.#routes.rib.locRibSize(family);
  }

  *neighbours(now: number): Generator<NeighbourView> {
    const view = this.viewer(now);
    for (const { name } of this.#roster.neighbours()) {
      const found = view(name);
      if (found !== undefined) yield found;
    }
  }

  /** Views of neighbours by name, each made when it is asked for; undefined: there is none. */
  viewer(now: number): (name: string) => NeighbourView | undefined {
    const routes = this.#routes;
    const groups = new Map(routes.rib.groups().map((group) => [group.id, group]));
    return (name) => {
      const neighbour = this.#roster.named(name);
      return neighbour && neighbourView(neighbour, this.#configurator.config, routes, groups, now);
    };
  }

  /** What neighbours are called, the range that they came out of, and where they are. */
  *neighbourNames(): Generator<Pick<NeighbourView, "address" | "name" | "template">> {
    for (const { name, range, isFound, address } of this.#roster.neighbours()) {
      yield { name, template: range?.config.name, address: isFound ? address : undefined };
    }
  }

  *ranges(): Generator<RangeView> {
    for (const range of this.#roster.ranges) yield rangeView(range);
  }

  /** The paths of a prefix, the best one first, as of the last decision. */
  paths(family: Family, prefix: number): PathView[] {
    return this.#routes.rib.paths(family, prefix).map((path) => {
      return pathView(path, family, prefix, this.#routes, this.#now());
    });
  }

  /** The same with every rule that had a say, and what each neighbour is told. `prefix` -1: unknown. */
  explain(family: Family, prefix: number): RouteTrial {
    return tryRoute(family, prefix, this.#roster.neighbours(), this.#routes, this.#now());
  }

  /** What a neighbour is told of a prefix; undefined: there is none of this name. */
  telling(name: string, family: Family, prefix: number): TellingView | undefined {
    const neighbour = this.#roster.named(name);
    return neighbour && tellingOf(neighbour, family, prefix, this.#routes);
  }

  /** What a configuration would do; nothing is done. To be closed. `options`: see plan.ts. */
  plan(config: SpeakerConfig, options: PlanRequest, now: number): Plan {
    const configurator = this.#configurator;
    const isLeaving = (neighbour: Neighbour): boolean => configurator.isLeaving(neighbour);
    return new Plan(
      this.#tables,
      this.#routes,
      { roster: this.#roster, isLeaving },
      {
        ...options,
        config,
        running: configurator.config,
        newSession: (neighbour) => configurator.newSession(neighbour),
        now,
      },
    );
  }

  /** What a filter does to a route; a text says why there is no answer. */
  askFilter(question: FilterQuestion): FilterAnswer[] | string {
    return askFilter(question, this.#tables, this.#routes, this.#configurator.config);
  }

  /** Whether the paths of {@link paths} would pass the filter; undefined: there is none of this name. */
  gate(filter: string): Gate | undefined {
    return gateOf(filter, this.#tables, this.#routes);
  }
}
