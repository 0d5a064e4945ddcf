// What a RIB is made of, and what is in it: nothing here changes anything.

import { type AttributeTable, Address, type Family, IPV4, IPV6 } from "../../route/index.ts";
import { type Census, census } from "./census.ts";
import { FamilyRib } from "./family-rib.ts";
import { FibQueue } from "./fib-queue.ts";
import { NextHopStates } from "./next-hop-states.ts";
import { FLAG } from "./path-store.ts";
import { pathView, pathViews } from "./path-views.ts";
import { Sources } from "./sources.ts";
import type {
  DecisionSettings,
  FibSink,
  GroupView,
  MemberView,
  PathView,
  PathVisitor,
  RibTables,
  Source,
  SourceCounters,
} from "./types.ts";
import { UpdateGroups } from "./update-groups.ts";

const THIS_NODE: Source = {
  name: "local",
  external: false,
  client: false,
  asn: 0,
  routerId: 0,
  address: new Address(IPV4, 0),
};

export abstract class RibContents {
  protected settings: DecisionSettings;
  protected readonly sources = new Sources(THIS_NODE);
  protected readonly states: NextHopStates;
  protected readonly families: readonly [FamilyRib, FamilyRib];
  protected readonly fibQueues: readonly [FibQueue, FibQueue];
  protected readonly updateGroups: UpdateGroups;
  protected readonly attributes: AttributeTable;

  /** The tables are shared with other rooms; what the RIB keeps in them it holds. */
  constructor({ prefixes, attributes, nextHops }: RibTables, settings: DecisionSettings) {
    this.attributes = attributes;
    this.settings = settings;
    this.states = new NextHopStates(nextHops);
    const { states, sources } = this;
    const rib = (family: Family): FamilyRib =>
      new FamilyRib(family, { prefixes: prefixes[family], attributes, states, sources, settings });
    const queue = (family: Family): FibQueue =>
      new FibQueue(this.families[family], attributes, settings.multipath);
    this.families = [rib(IPV4), rib(IPV6)];
    this.fibQueues = [queue(IPV4), queue(IPV6)];
    this.updateGroups = new UpdateGroups(this.families, attributes);
  }

  source(id: number): Source | undefined {
    return this.sources.get(id);
  }

  /** Whether paths lead to next hops that cannot be reached. */
  get hasUnreachable(): boolean {
    return this.states.hasUnreachable;
  }

  /** As setNextHop() said; all ones: unreachable. */
  metricOf(nextHop: number): number {
    return this.states.metric(nextHop);
  }

  /** Nothing waits for a decision. */
  get isDecided(): boolean {
    return this.families.every((family) => family.isIdle);
  }

  /** Whether takeFibChanges() has something to hand out. */
  get hasFibChanges(): boolean {
    return this.fibQueues.some((queue) => queue.length > 0);
  }

  /** The paths of a prefix, the best one first, as of the last decision. */
  paths(family: Family, prefix: number): PathView[] {
    return pathViews(this.families[family], prefix, this.settings.multipath);
  }

  /** The best path of a prefix, as of the last decision. */
  best(family: Family, prefix: number): PathView | undefined {
    const rib = this.families[family];
    const path = rib.best(prefix);
    return path === 0 ? undefined : pathView(rib, path, "best");
  }

  /** Shows the paths of a prefix that are not on their way out, in no order. */
  eachPath(family: Family, prefix: number, visit: PathVisitor): void {
    const rib = this.families[family];
    const { paths, decision } = rib;
    for (let path = rib.first(prefix); path !== 0; path = paths.next[path]) {
      if ((paths.flags[path] & FLAG.DEAD) !== 0 || decision.isSwept(path)) continue;
      visit(
        paths.source[path],
        paths.pathId(path),
        paths.received[path],
        paths.accepted[path],
        paths.since[path],
        decision.isStale(path),
      );
    }
  }

  /** What takeFibChanges() would hand out for a prefix, whether or not it changed. */
  nextHopsOf(family: Family, prefix: number, sink: FibSink): void {
    this.fibQueues[family].give(prefix, sink);
  }

  /** The attribute sets that a member holds of a prefix, or will as soon as it takes them. */
  exportedSets(member: number, family: Family, prefix: number): number[] {
    return this.updateGroups.exportedSets(member, family, prefix);
  }

  /** The attribute set that a member holds of a prefix, or will as soon as it takes it; 0: none. */
  exported(member: number, family: Family, prefix: number): number {
    return this.updateGroups.exported(member, family, prefix);
  }

  /** Whether a member can be sent an attribute set: there is room for a prefix in a message beside it. */
  fits(member: number, family: Family, set: number): boolean {
    return this.updateGroups.fits(member, family, set);
  }

  counters(source: number, family: Family): SourceCounters {
    return this.sources.counters(source, family);
  }

  pathCount(source: number, family: Family): number {
    return this.sources.families[family].received[source];
  }

  /**
   * Paths that the source announced and stands by: not those from before its session, or a refresh,
   * that are about to go.
   */
  currentCount(source: number, family: Family): number {
    const { received, stale } = this.sources.families[family];
    return received[source] - stale[source];
  }

  /** Of these, the ones that the import policy accepted; at least: see prefix-limits.ts. */
  acceptedCount(source: number, family: Family): number {
    const { accepted, stale } = this.sources.families[family];
    return Math.max(0, accepted[source] - stale[source]);
  }

  /** Where the best path of a prefix is from, as of the last decision; -1: there is none. */
  bestSource(family: Family, prefix: number): number {
    const rib = this.families[family];
    const path = rib.best(prefix);
    return path === 0 ? -1 : rib.paths.source[path];
  }

  /** Whether a prefix is in Loc-RIB, as of the last decision. */
  hasBest(family: Family, prefix: number): boolean {
    return this.families[family].best(prefix) !== 0;
  }

  /** Whether the source stands by such a path. */
  hasPath(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.families[family].hasPath(source, prefix, pathId);
  }

  /** Whether it was accepted by the import policy. */
  isAccepted(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.families[family].isAccepted(source, prefix, pathId);
  }

  /** Paths in the Adj-RIBs-In of a family, and prefixes that have any. */
  tableSize(family: Family): { routes: number; networks: number } {
    const { paths, networks } = this.families[family];
    return { routes: paths.size, networks };
  }

  /** How often a prefix of either family has got its first path, or lost its last one. */
  get networkChanges(): number {
    return this.families[0].networkChanges + this.families[1].networkChanges;
  }

  /** Paths that were accepted, or the rejected ones, and the prefixes that have any. */
  census(family: Family, rejected: boolean): Generator<undefined, Census, undefined> {
    return census(this.families[family], this.sources.families[family], rejected);
  }

  /** Prefixes in Loc-RIB, as of the last decisions. */
  locRibSize(family: Family): number {
    return this.sources.families[family].bestPaths;
  }

  /** How often an update group was found without a next hop for its routes. */
  get lacks(): number {
    return this.updateGroups.lacks;
  }

  groups(): GroupView[] {
    return this.updateGroups.views();
  }

  /** undefined: the neighbour is in no group. */
  member(source: number): MemberView | undefined {
    return this.updateGroups.member(source);
  }

  /** Memory of both families in bytes, without the update groups. */
  get bytes(): number {
    return this.families[IPV4].bytes + this.families[IPV6].bytes;
  }
}
