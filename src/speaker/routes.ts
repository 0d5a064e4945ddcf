// What the sessions of a speaker mean for its routes: the RIB, its policies, and the queues around it.

import { CEASE } from "bgp-ts";
import type { Fault } from "bgp-ts";
import type { AttributeTable, Family, NextHopTable, PrefixTable } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import { type Announcement, Departures } from "./departures.ts";
import { Intake } from "./intake.ts";
import type { IntakeSink } from "./intake.ts";
import { type Neighbour, NO_SOURCE, Up } from "./neighbour.ts";
import { LongLived } from "./long-lived.ts";
import { type Observer, Observers } from "./observers.ts";
import { Origins } from "./origins.ts";
import { AccumulatedMetric } from "./accumulated-metric.ts";
import { Aggregates } from "./aggregates.ts";
import { OwnRoutes } from "./own-routes.ts";
import { Policies } from "./policies.ts";
import { OwnNetwork } from "./policy/index.ts";
import type { FilterSpec, OwnAddress } from "./policy/index.ts";
import { Reevaluation } from "./reevaluation.ts";
import { Audience } from "./audience.ts";
import { Rib } from "./rib/index.ts";
import type { DecisionRules, DecisionSettings, ImportJudge, Write } from "./rib/index.ts";
import type { Negotiated } from "./session/index.ts";
import type { Body, Link } from "./session-sink.ts";
import { Places } from "./places.ts";
import { type Tap, tappedPeer } from "./tap.ts";
import { ticksOf } from "./ticks.ts";

export interface RouteTables {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
}

const FAMILIES: readonly Family[] = [0, 1];

/** Of the decision process, where a configuration says nothing. */
const DEFAULT_RULES: DecisionRules = {
  alwaysCompareMed: false,
  missingMedAsWorst: false,
  multipathRelax: true,
  preferOldest: false,
};

/** Why a session ends where `hasRoomFor` is false. */
export const NO_ROOM = "no room for more neighbours";

/** Prefixes taken in and not worked off that make the transport stop reading. */
const CONGESTION = 1 << 16;

/** Nobody sends UPDATEs here. */
const NOBODY_LISTENS: IntakeSink = {
  fault: () => undefined,
  endOfRib: () => undefined,
  limitMet: () => undefined,
  runsWild: () => undefined,
  exhausted: () => undefined,
};

/** Bytes for one connection of an Established neighbour. */
export type WriteSink = (members: readonly Neighbour[], bytes: Uint8Array) => void;

export class Routes {
  readonly rib: Rib;
  readonly origins = new Origins();
  departures = new Departures();
  /** Who wants to see what comes in. */
  tap: Tap | undefined;
  readonly #tables: RouteTables;
  readonly #own = new OwnNetwork();
  readonly #policies: Policies;
  readonly #longLived: LongLived;
  readonly #intake: Intake;
  readonly #reevaluation: Reevaluation;
  readonly #places: Places;
  readonly #observers: Observers;
  readonly #audience: Audience;
  readonly #ownRoutes: OwnRoutes;
  readonly #aggregates: Aggregates;
  #config: Pick<SpeakerConfig, "asn" | "routerId" | "statics"> = { asn: 0, routerId: 0 };
  /** Prefixes that came in and may wait for a decision; an upper bound. */
  #backlog = 0;

  constructor(
    tables: RouteTables,
    settings: Pick<DecisionSettings, "multipath" | "hasFib">,
    sink: IntakeSink,
  ) {
    const { prefixes, attributes } = tables;
    this.#tables = tables;
    this.rib = new Rib(tables, {
      defaultLocalPref: 100,
      ...settings,
      ...DEFAULT_RULES,
    });
    this.#places = new Places(this.rib, this.origins);
    this.#observers = new Observers(this.rib, (neighbour) => this.#audience.settingsOf(neighbour));
    this.#longLived = new LongLived(attributes);
    const context = { prefixes, attributes, own: this.#own, teachers: this.origins };
    const accumulated = new AccumulatedMetric(attributes, (hop) => this.rib.metricOf(hop));
    this.#policies = new Policies(context, this.origins, this.#longLived, accumulated);
    this.#audience = new Audience(this.rib, this.#places, this.#observers, this.#policies);
    this.#intake = new Intake(tables, this.rib, sink);
    this.#reevaluation = new Reevaluation(prefixes, this.rib, this.#places, this.#longLived);
    this.#aggregates = new Aggregates(prefixes, this.rib);
    this.#ownRoutes = new OwnRoutes({
      prefixes,
      attributes,
      rib: this.rib,
      origins: this.origins,
      originates: (family, prefix, own, ticks) => {
        this.#own.setOriginated(family, prefix, own);
        this.#reevaluation.judge(family, prefix, ticks);
      },
    });
  }

  /**
   * The same for another configuration, without a route in it: attribute sets and next hops are those
   * here, prefixes of its own; `announcement`: what all neighbours are told. To be closed, when it is
   * empty again (plan-twin.ts).
   */
  twin(prefixes: RouteTables["prefixes"], multipath: number, announcement: Announcement): Routes {
    const settings = { multipath, hasFib: false };
    const twin = new Routes({ ...this.#tables, prefixes }, settings, NOBODY_LISTENS);
    twin.#own.copyAddresses(this.#own);
    twin.#policies.follow(this.#policies);
    twin.departures = this.departures.withAll(announcement);
    return twin;
  }

  /** Gives back what is held beside the RIB. */
  close(): void {
    this.#ownRoutes.close();
    this.#policies.close();
  }

  /** Gives a neighbour without a session the place that it has, or had, there. */
  adopt(neighbour: Neighbour, there: Routes, source: number): void {
    this.#places.adopt(neighbour, there.#places, source);
  }

  /** What a new look at imports makes of a path; see {@link ImportJudge}. */
  get verdict(): ImportJudge {
    return this.#reevaluation.verdict;
  }

  /** Has `count` asked for what neighbours have, where the RIB here holds a part of it. */
  countBy(count: (source: number, family: Family) => number): void {
    this.#reevaluation.acceptedCount = count;
  }

  /** Whether this node announces a prefix by itself. */
  originates(family: Family, prefix: number): boolean {
    return this.#own.originates(family, prefix);
  }

  /** The aggregate that a prefix counts for; -1: none. */
  aggregateOf(family: Family, prefix: number): number {
    return this.#aggregates.indexOf(family, prefix);
  }

  get isCongested(): boolean {
    return this.#backlog > CONGESTION;
  }

  neighbourOf(source: number): Neighbour | undefined {
    return this.#places.of(source);
  }

  // Sessions

  /** Whether there is room for what a session of the neighbour brings. */
  hasRoomFor({ source }: Neighbour): boolean {
    return source !== NO_SOURCE || !this.rib.isFull;
  }

  up(neighbour: Neighbour, link: Link, negotiated: Negotiated, config: SpeakerConfig): Up {
    const { connection, endpoints, opens } = link;
    const departure = this.departures.of(neighbour);
    const up = new Up(connection, endpoints, negotiated, opens, {
      import: this.#policies.import(config, neighbour.config, negotiated, departure),
      export: this.#policies.export(config, neighbour.config, negotiated, endpoints, departure),
    });
    neighbour.up = up;
    this.#places.place(neighbour, negotiated);
    return up;
  }

  /** From now on the neighbour is told: all that there is, End-of-RIB, and every change. */
  tell(neighbour: Neighbour): void {
    this.#audience.join(neighbour);
  }

  /**
   * From now on the observer is told what neighbours are told, by members that stand for it; those for
   * neighbours that are there join in slices.
   */
  observe(observer: Observer): void {
    this.#observers.add(observer, this.#places.all());
  }

  unobserve(observer: Observer): void {
    this.#observers.remove(observer);
  }

  /** What becomes of the neighbour's routes is retention's to say. */
  down(neighbour: Neighbour): void {
    const { up } = neighbour;
    neighbour.up = undefined;
    this.#audience.leave(neighbour, up);
  }

  /** The neighbour is gone for good. */
  remove(neighbour: Neighbour): void {
    this.#places.remove(neighbour);
  }

  update(neighbour: Neighbour, body: Body, now: number): Fault | undefined {
    const { up } = neighbour;
    if (up === undefined) return undefined;
    const { bytes, start, end } = body;
    const fault = this.#intake.update(neighbour, up, bytes, start, end, ticksOf(now));
    this.#backlog += this.#intake.takeCount();
    if (this.tap !== undefined) {
      const { fourOctetAs } = up.negotiated;
      const form = { fourOctetAs, addPath: this.#intake.hasPathIds(up) };
      this.tap.update(tappedPeer(neighbour), form, bytes, start, end);
    }
    return fault;
  }

  /** The import policy's rule that rejected a path. */
  rejection(source: number, received: number, family: Family, prefix: number): string {
    const judgement = this.judgement(source, received, family, prefix);
    if (judgement === undefined) return "filtered";
    return judgement.accepts ? "more prefixes than maxPrefixes allows" : judgement.rule;
  }

  /** What the import policy says of a path, and by which rule; undefined: its session has ended. */
  judgement(
    source: number,
    received: number,
    family: Family,
    prefix: number,
  ): { readonly accepts: boolean; readonly rule: string } | undefined {
    const policy = this.#places.of(source)?.up?.import.policy;
    if (policy === undefined) return undefined;
    const accepts = policy.evaluate(received, family, prefix) !== 0;
    return { accepts, rule: policy.reason };
  }

  /** As it is configured now. */
  filter(name: string): FilterSpec | undefined {
    return this.#policies.filter(name);
  }

  // Own routes

  originate(family: Family, prefix: number, isBlock: boolean, now: number): void {
    this.#ownRoutes.originate(family, prefix, isBlock, ticksOf(now));
  }

  withdrawOwn(family: Family, prefix: number, now: number): void {
    this.#ownRoutes.withdraw(family, prefix, ticksOf(now));
  }

  /** Every path is judged again, in slices. */
  judgeAgain(): void {
    this.#reevaluation.request();
  }

  /** Addresses of this node's interfaces: never a next hop of somebody else's route. */
  setOwnAddresses(addresses: readonly OwnAddress[]): void {
    const { nextHops } = this.#tables;
    const judge = (): boolean[] =>
      Array.from(
        { length: nextHops.limit },
        (_, id) => nextHops.has(id) && this.#own.isOwn(nextHops.get(id)),
      );
    const before = judge();
    this.#own.setAddresses(addresses);
    const after = judge();
    if (before.some((own, id) => own !== after[id])) this.#reevaluation.request();
  }

  // Configuration

  configure(config: SpeakerConfig, blocksChanged: boolean, now: number): void {
    this.#config = config;
    this.#aggregates.configure(config.aggregates ?? []);
    this.#setOwn(now);
    this.#policies.setFilters(config.filters ?? []);
    this.#longLived.isPartial = config.restart?.longLivedPartial === true;
    this.rib.setRules(config.decision ?? DEFAULT_RULES);
    if (!blocksChanged) return;
    this.#own.setBlocks(config.blocks ?? []);
    this.#reevaluation.request();
  }

  /** Takes the neighbour's policies as they are configured now; its session goes on. */
  refreshPolicies(neighbour: Neighbour, config: SpeakerConfig): void {
    const { up } = neighbour;
    if (up === undefined) return;
    const departure = this.departures.of(neighbour);
    const nextImport = this.#policies.import(config, neighbour.config, up.negotiated, departure);
    this.#places.place(neighbour, up.negotiated);
    if (nextImport !== up.import) this.#reevaluation.request();
    up.import = nextImport;
    this.refreshExport(neighbour, config);
  }

  /** The same of its export policy alone. */
  refreshExport(neighbour: Neighbour, config: SpeakerConfig): void {
    const { up } = neighbour;
    if (up === undefined) return;
    const { negotiated, endpoints } = up;
    const departure = this.departures.of(neighbour);
    const next = this.#policies.export(config, neighbour.config, negotiated, endpoints, departure);
    this.#audience.change(neighbour, up, next);
  }

  /** Its Adj-RIB-Out is as its export policy of now has it, and is written out. */
  isUpToDate(neighbour: Neighbour): boolean {
    return this.#audience.isUpToDate(neighbour);
  }

  /** False: the neighbour has more prefixes than its limit is now, and the session ends. */
  isWithinLimits(neighbour: Neighbour): boolean {
    if (neighbour.up === undefined) return true;
    return FAMILIES.every((family) => this.#intake.isWithinLimit(neighbour, family));
  }

  /** Forgets policies that nobody uses. */
  prunePolicies(): void {
    this.#audience.prune();
  }

  // Work

  /** A slice; `write` gets what neighbours are to be sent, in order. True: there is more to do. */
  work(units: number, now: number, write: WriteSink): boolean {
    const half = (units + 1) >>> 1;
    this.#audience.work();
    const isJoining = this.#observers.work();
    const isLooking = this.#aggregates.work(half);
    const more = this.rib.work(units);
    const hasNew = this.#setOwn(now);
    this.#backlog = more ? Math.max(0, this.#backlog - half) : 0;
    for (const { members, bytes, routes } of this.rib.take()) {
      const neighbours = this.#places.named(members);
      if (routes !== undefined) countSent(neighbours, routes);
      write(neighbours, bytes);
      this.#observers.told(members, bytes);
    }
    // Behind the decisions: of a next hop that a policy has put in, the answer is there before the routes
    // by way of it are decided. Without it they would go, and come back with it.
    const isJudging = this.#reevaluation.isActive;
    this.#reevaluation.work(half, ticksOf(now));
    this.#tables.attributes.sweep();
    this.#places.sweep();
    return more || isJudging || isLooking || hasNew || isJoining;
  }

  /** The routes of the configuration, and the aggregates that have something in them; true: others. */
  #setOwn(now: number): boolean {
    const { asn, routerId, statics = [] } = this.#config;
    const active = this.#aggregates.takeChange(asn, routerId);
    if (active === undefined) return false;
    this.#ownRoutes.setStatics([...statics, ...active], ticksOf(now));
    return true;
  }

  /** All that have, or have had, a session. */
  neighbours(): Iterable<Neighbour> {
    return this.#places.all();
  }

  /** Whether the RIB has paths of the neighbour, from an earlier session, too. */
  hasPaths({ source }: Neighbour): boolean {
    return FAMILIES.some((family) => this.rib.pathCount(source, family) > 0);
  }
}

/** Why a session ends that brought more prefixes than it may (RFC 4486). */
export const LIMIT_CEASE = CEASE.MAXIMUM_NUMBER_OF_PREFIXES_REACHED;

function countSent(
  neighbours: readonly Neighbour[],
  { family, announced, withdrawn }: NonNullable<Write["routes"]>,
): void {
  for (const { up } of neighbours) {
    const counters = up?.counters[family];
    if (counters === undefined) continue;
    counters.announced += announced;
    counters.withdrawn += withdrawn;
  }
}
