// The policies of one speaker, compiled once for all neighbours that share them.

import { pathAttributes } from "bgp-ts";
import { HOLDER } from "../route/index.ts";
import type { Family, PrefixRange } from "../route/index.ts";
import type { AccumulatedMetric } from "./accumulated-metric.ts";
import { within } from "./aggregates.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { Departure } from "./departures.ts";
import type { Endpoints } from "./effects.ts";
import { FilterBook } from "./filter-book.ts";
import type { LongLived, StaleExport } from "./long-lived.ts";
import { NextHopSelf, nextHopRules } from "./next-hop-self.ts";
import type { Origins } from "./origins.ts";
import { ExportPolicy, ImportPolicy, policyKey } from "./policy/index.ts";
import type { ExportSpec, FilterSpec, ImportSpec, PolicyContext } from "./policy/index.ts";
import type { ExportPolicy as GroupPolicy } from "./rib/index.ts";
import type { Negotiated } from "./session/index.ts";

/** What an announcement goes through, in order. */
const STAGE = { STALE: 0, POLICY: 1, NEXT_HOP: 2, SENT: 3 } as const;

export interface SharedImport {
  readonly key: string;
  readonly policy: ImportPolicy;
}

/**
 * An export policy in the RIB's terms: sources are ids there and kinds of origin here, and the own
 * next hop is part of the answer, since one encoding serves the whole group.
 */
export class SharedExport implements GroupPolicy {
  readonly key: string;
  readonly policy: ExportPolicy;
  readonly #origins: Origins;
  readonly #self: NextHopSelf;
  readonly #longLived: LongLived;
  readonly #accumulated: AccumulatedMetric;
  readonly #stale: StaleExport;

  readonly #default: DefaultRoute;
  /** Where the last evaluation ended: a {@link STAGE}. */
  #stage: number = STAGE.POLICY;

  constructor(
    key: string,
    policy: ExportPolicy,
    origins: Origins,
    self: NextHopSelf,
    route: DefaultRoute,
    longLived: LongLived,
    stale: StaleExport,
    accumulated: AccumulatedMetric,
  ) {
    this.#accumulated = accumulated;
    this.#default = route;
    this.key = key;
    this.#longLived = longLived;
    this.#stale = stale;
    this.policy = policy;
    this.#origins = origins;
    this.#self = self;
  }

  evaluate(attributes: number, family: Family, prefix: number, source: number): number {
    this.#stage = STAGE.STALE;
    const told = this.#longLived.send(attributes, this.#stale);
    if (told === 0) return 0;
    this.#stage = STAGE.POLICY;
    const origins = this.#origins;
    const kind = origins.kind(source, family, prefix);
    const routerId = origins.routerId(source);
    const set = this.policy.evaluate(
      told,
      family,
      prefix,
      kind,
      routerId,
      origins.teacherOf(source),
    );
    if (set === 0) return 0;
    this.#stage = STAGE.NEXT_HOP;
    const sent = this.#self.apply(set, family);
    if (sent === 0) return 0;
    this.#stage = STAGE.SENT;
    return this.#accumulated.add(told, sent);
  }

  /** In words, which rule decided the last evaluation. */
  get reason(): string {
    if (this.#stage === STAGE.STALE)
      return "long-lived stale, and not for this neighbour (RFC 9494)";
    if (this.#stage === STAGE.NEXT_HOP) return "no next hop of the session can be used for it";
    return this.policy.reason;
  }

  get lacksNextHop(): boolean {
    return this.#stage === STAGE.NEXT_HOP;
  }

  ownPrefix(family: Family): number {
    const { defaultOriginate, withheld } = this.policy.spec;
    return defaultOriginate === true && withheld === undefined
      ? this.#default.prefixes[family]
      : -1;
  }

  ownSet(family: Family): number {
    this.#stage = STAGE.POLICY;
    const set = this.policy.originate(this.#default.set);
    if (set === 0) return 0;
    const sent = this.#self.apply(set, family);
    this.#stage = sent === 0 ? STAGE.NEXT_HOP : STAGE.SENT;
    return sent;
  }

  release(): void {
    this.#self.release();
  }
}

/** RFC 7311 §3.4: enabled within the AS, and not towards others, unless told otherwise. */
function aigpOf({ aigp }: NeighbourConfig, external: boolean): "on" | "off" | "originate" {
  return aigp ?? (external ? "off" : "on");
}

/** undefined: nothing, and policies do not look at prefixes for it. */
function suppressedBy({ aggregates = [] }: SpeakerConfig): readonly PrefixRange[] | undefined {
  const whole = aggregates.filter(({ summaryOnly }) => summaryOnly);
  return whole.length === 0 ? undefined : whole.map(within);
}

/** The default routes that may be announced without being there: prefix ids and attributes, held. */
interface DefaultRoute {
  readonly prefixes: readonly [number, number];
  readonly set: number;
}

/** No policy needs them so far. */
const NO_DEFAULT: DefaultRoute = { prefixes: [-1, -1], set: 0 };

export class Policies {
  readonly #context: PolicyContext;
  readonly #origins: Origins;
  readonly #longLived: LongLived;
  readonly #accumulated: AccumulatedMetric;
  readonly #filters = new FilterBook();
  readonly #imports = new Map<string, SharedImport>();
  readonly #exports = new Map<string, SharedExport>();
  #default = NO_DEFAULT;

  constructor(
    context: PolicyContext,
    origins: Origins,
    longLived: LongLived,
    accumulated: AccumulatedMetric,
  ) {
    this.#accumulated = accumulated;
    this.#context = context;
    this.#origins = origins;
    this.#longLived = longLived;
  }

  /** What is the same there has the same key here. For policies that are new. */
  follow(other: Policies): void {
    this.#filters.follow(other.#filters);
  }

  setFilters(filters: readonly FilterSpec[]): void {
    this.#filters.set(filters);
  }

  filter(name: string): FilterSpec | undefined {
    return this.#filters.get(name);
  }

  import(
    speaker: SpeakerConfig,
    neighbour: NeighbourConfig,
    negotiated: Negotiated,
    departure: Departure,
  ): SharedImport {
    const { external } = negotiated;
    const localAsn = neighbour.localAsn ?? speaker.asn;
    const { role, allowOwnAs } = neighbour;
    const isOther = localAsn !== speaker.asn;
    const spec: ImportSpec = {
      external,
      localAsn,
      nodeAsn: isOther ? speaker.asn : undefined,
      prependLocalAs: isOther && neighbour.localAsnOptions?.noPrepend !== true,
      peerAsn: negotiated.peerAsn,
      allowOwnAs,
      // RFC 7947 §2.2.2.2: a route server does not put its AS in front.
      rejectAsSets: neighbour.allowAsSets !== true,
      enforceFirstAs: neighbour.enforceFirstAs ?? role !== "rs-client",
      role: external ? role : undefined,
      gracefulShutdown: departure.isAvoided || neighbour.gracefulShutdown,
      aigp: aigpOf(neighbour, external) !== "off",
      blackhole: neighbour.blackhole,
      routerId: speaker.routerId,
      clusterId: speaker.clusterId,
      martians: speaker.martians,
      filter: this.#filters.for(neighbour.import, "import", neighbour, external),
    };
    const key = policyKey(spec);
    let shared = this.#imports.get(key);
    if (shared === undefined) {
      shared = { key, policy: new ImportPolicy(spec, this.#context) };
      this.#imports.set(key, shared);
    }
    return shared;
  }

  export(
    speaker: SpeakerConfig,
    neighbour: NeighbourConfig,
    negotiated: Negotiated,
    endpoints: Endpoints,
    { announcement, withheld }: Departure,
  ): SharedExport {
    const nextHop = neighbour.nextHop ?? "auto";
    const { external, peerAsn } = negotiated;
    const localAsn = neighbour.localAsn ?? speaker.asn;
    const { asOverride = false, removePrivateAs, role } = neighbour;
    const aigp = aigpOf(neighbour, external);
    const isShown = localAsn !== speaker.asn && neighbour.localAsnOptions?.replaceAs !== true;
    const spec: ExportSpec = {
      external,
      localAsn,
      nodeAsn: isShown ? speaker.asn : undefined,
      // Only where it counts: neighbours in different ASes share a policy otherwise.
      peerAsn: asOverride || removePrivateAs !== undefined ? peerAsn : undefined,
      asOverride,
      removePrivateAs,
      role: external ? role : undefined,
      withheld,
      gracefulShutdown: announcement !== "usual" || neighbour.gracefulShutdown,
      defaultOriginate: neighbour.defaultOriginate,
      aigp: aigp === "off" ? undefined : aigp,
      suppressed: external ? suppressedBy(speaker) : undefined,
      clusterId: speaker.clusterId,
      client: neighbour.client === true && !external,
      nextHop: nextHop === "auto" ? undefined : nextHop,
      filter: this.#filters.for(neighbour.export, "export", neighbour, external),
    };
    const rules = nextHopRules(endpoints, neighbour, negotiated);
    const stale = this.#longLived.exportTo(negotiated);
    const key = `${policyKey(spec)} ${JSON.stringify([rules, stale])}`;
    let shared = this.#exports.get(key);
    if (shared === undefined) {
      const { attributes } = this.#context;
      const policy = new ExportPolicy(spec, this.#context);
      const self = new NextHopSelf(attributes, rules);
      if (spec.defaultOriginate === true) this.#holdDefault();
      shared = new SharedExport(
        key,
        policy,
        this.#origins,
        self,
        this.#default,
        this.#longLived,
        stale,
        this.#accumulated,
      );
      this.#exports.set(key, shared);
    }
    return shared;
  }

  /** For good: two prefixes. */
  #holdDefault(): void {
    if (this.#default !== NO_DEFAULT) return;
    const { attributes, prefixes } = this.#context;
    const ids = ([0, 1] as const).map((family) => {
      const id = prefixes[family].intern(0, 0, 0, 0, 0);
      prefixes[family].hold(id, HOLDER.LOCAL);
      return id;
    });
    const set = attributes.intern(pathAttributes({}));
    attributes.hold(set);
    this.#default = { prefixes: [ids[0], ids[1]], set };
  }

  /** Forgets the policies that no session uses any more. */
  keepOnly(imports: ReadonlySet<SharedImport>, exports: ReadonlySet<SharedExport>): void {
    for (const [key, shared] of this.#imports) if (!imports.has(shared)) this.#imports.delete(key);
    for (const [key, shared] of this.#exports) {
      if (exports.has(shared)) continue;
      this.#exports.delete(key);
      shared.release();
    }
  }

  /** Gives back all that is held; nothing may be asked afterwards. */
  close(): void {
    this.keepOnly(new Set(), new Set());
    if (this.#default !== NO_DEFAULT) this.#context.attributes.release(this.#default.set);
    this.#default = NO_DEFAULT;
  }
}
