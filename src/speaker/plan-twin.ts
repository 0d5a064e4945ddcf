// The routes as they would be under another configuration, a handful of prefixes at a time. A second
// set of Routes has the new configuration, the neighbours that there would be, and this node's own
// routes; paths of neighbours are given to it as they were received, it decides, and what comes out is
// looked at before they are taken away again. So policies, decision and Adj-RIB-Out are those that a
// node runs on, and memory is that of the handful.
//
// An aggregate counts what lies in it: of each one, the first prefix that it has stays.

import type { Announcement } from "./departures.ts";
import { NO_SOURCE, Neighbour, NOWHERE } from "./neighbour.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { PrefixTable } from "../route/index.ts";
import type { Family, Prefix } from "../route/index.ts";
import type { Fate } from "./plan-fates.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import { NO_ROOM, type Routes } from "./routes.ts";
import { sessionAgain, sessionWithStranger } from "./session/index.ts";
import type { Forecast, Negotiated, Opens, Session } from "./session/index.ts";
import type { Endpoints } from "./effects.ts";
import { sessionSettings } from "./settings.ts";
import { ticksOf } from "./ticks.ts";

/** Enough for all that one handful makes to be done. */
const UNITS = 1 << 16;

/** Prefixes, or paths, of a step where there may be many. */
const STEP = 128;

/** With pauses for other work. */
export type Steps = Generator<undefined, void, undefined>;

const NO_OPENS: Opens = { sent: new Uint8Array(0), received: new Uint8Array(0) };

/** This node's own routes beside those of the configuration. */
export interface OwnPrefix {
  readonly prefix: Prefix;
  readonly origin: "pod" | "block";
}

/** What is known of a next hop that no path may lead to so far. */
export interface NextHopForecast {
  readonly reachable: boolean;
  readonly metric: number;
}

export interface TwinOptions {
  readonly config: SpeakerConfig;
  /** Equal paths at most for one prefix. */
  readonly multipath: number;
  /** What all neighbours are told: nothing, where the configuration takes the node out of service. */
  readonly announcement: Announcement;
  readonly own: readonly OwnPrefix[];
  /** By its id in the table of next hops. */
  readonly nextHop: (id: number) => NextHopForecast;
  /** The ends of a connection to a neighbour that there is none to so far. */
  readonly endpoints: (neighbour: NeighbourConfig) => Endpoints;
  readonly newSession: (neighbour: NeighbourConfig) => Session;
  readonly now: number;
}

/** A neighbour there and here. */
export interface Twin {
  readonly fate: Fate;
  /** Its place in the RIB that is; NO_SOURCE: none. */
  readonly source: number;
  /** As it would be; undefined: gone. */
  readonly neighbour: Neighbour | undefined;
  /** Why it would have no session though it is enabled; undefined: it would, or is down now, too. */
  readonly obstacle: string | undefined;
}

/** A path that was given to the twin. */
interface Given {
  readonly source: number;
  readonly family: Family;
  readonly prefix: number;
  readonly pathId: number;
}

export class TwinRoutes {
  readonly routes: Routes;
  readonly prefixes: readonly [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  readonly #real: Routes;
  readonly #options: TwinOptions;
  /** Paths of kept neighbours are judged again, for import policies or blocks are others. */
  #isJudging: boolean;
  /** By the source that is. */
  readonly #bySource = new Map<number, Twin>();
  /** By the source here. */
  readonly #realSources = new Map<number, number>();
  readonly #given: Given[] = [];
  readonly #staying: Given[] = [];
  readonly #anchored = new Set<string>();

  /** Without neighbours so far. */
  constructor(real: Routes, blocksChange: boolean, options: TwinOptions) {
    this.#real = real;
    this.#options = options;
    this.#isJudging = blocksChange;
    const { config, now } = options;
    this.routes = real.twin(this.prefixes, options.multipath, options.announcement);
    this.routes.configure(config, true, now);
    this.routes.countBy((source, family) => {
      const there = this.#realSources.get(source);
      return there === undefined ? 0 : real.rib.acceptedCount(there, family);
    });
  }

  /** This node's own routes. To be gone through before a neighbour is added. */
  *originate(): Steps {
    const { own, now } = this.#options;
    for (const [at, { prefix, origin }] of own.entries()) {
      const id = this.prefixes[prefix.family].internPrefix(prefix);
      this.routes.originate(prefix.family, id, origin === "block", now);
      if (at % STEP === STEP - 1) yield undefined;
    }
    yield* this.settling();
  }

  /** A neighbour as it would be. All are to be added before a path is given. */
  add(fate: Fate): Twin {
    const twin = this.#twin(fate);
    if (twin.source !== NO_SOURCE) this.#bySource.set(twin.source, twin);
    if (twin.neighbour !== undefined) this.#realSources.set(twin.neighbour.source, twin.source);
    this.#isJudging ||= this.#isOther(twin);
    return twin;
  }

  /**
   * Gives the paths of a prefix to the twin; the result is the prefix's id there. settle() has them
   * decided. `prefix`: in the real table.
   */
  give(family: Family, prefix: Prefix, id: number): number {
    const here = this.prefixes[family].internPrefix(prefix);
    if (id < 0) return here;
    this.#real.rib.eachPath(family, id, (source, pathId, received, accepted, since, isStale) => {
      const twin = source === LOCAL_SOURCE ? undefined : this.#bySource.get(source);
      if (twin?.neighbour === undefined) return;
      const { source: own } = twin.neighbour;
      const isReset = twin.fate.loses;
      if (twin.neighbour.up === undefined && (isReset || isForgotten(twin.fate))) return;
      const isOwn = this.routes.originates(family, here);
      // What comes anew was not kept away before.
      const before = isReset ? received : accepted;
      const isAsked = this.#isJudging || isReset || isOwn !== this.#real.originates(family, id);
      const result = isAsked
        ? this.routes.verdict(own, received, before, family, here, isStale && !isReset)
        : accepted;
      const at = result === accepted ? since : ticksOf(this.#options.now);
      this.routes.rib.announce(own, family, here, pathId, received, result, at);
      this.#given.push({ source: own, family, prefix: here, pathId });
    });
    return here;
  }

  /** Has all that there is decided, a step at a time. */
  *settling(): Steps {
    while (this.#work(STEP)) yield undefined;
  }

  /** Has all that was given decided, and what follows from it done. */
  settle(): void {
    while (this.#work(UNITS));
  }

  /** A slice of that; true: there is more to do. */
  #work(units: number): boolean {
    const { now, nextHop } = this.#options;
    const { rib } = this.routes;
    rib.setTime(ticksOf(now));
    const { wanted } = rib.takeNextHopInterest();
    for (const id of wanted) {
      const { reachable, metric } = nextHop(id);
      rib.setNextHop(id, reachable, metric);
    }
    return this.routes.work(units, now, () => undefined) || wanted.length > 0;
  }

  /** Takes away what was given, but for what an aggregate needs. settle() makes it so. */
  clear(): void {
    for (const path of this.#given.splice(0)) {
      if (this.#isNeeded(path)) this.#staying.push(path);
      else this.#withdraw(path);
    }
  }

  /** To be gone through once, whatever has happened. */
  *close(): Steps {
    this.#anchored.clear();
    const { own, now } = this.#options;
    const { rib } = this.routes;
    rib.leaveAll();
    for (const [at, path] of [...this.#given, ...this.#staying].entries()) {
      this.#withdraw(path);
      if (at % STEP === STEP - 1) yield undefined;
    }
    for (const [at, { prefix }] of own.entries()) {
      const id = this.prefixes[prefix.family].findPrefix(prefix);
      if (id >= 0) this.routes.withdrawOwn(prefix.family, id, now);
      if (at % STEP === STEP - 1) yield undefined;
    }
    this.routes.configure({ asn: 0, routerId: 0, neighbours: [] }, true, now);
    yield* this.settling();
    rib.takeNextHopInterest();
    this.routes.close();
  }

  #withdraw({ source, family, prefix, pathId }: Given): void {
    this.routes.rib.withdraw(source, family, prefix, pathId);
  }

  #isNeeded({ family, prefix }: Given): boolean {
    const aggregate = this.routes.aggregateOf(family, prefix);
    if (aggregate < 0 || !this.routes.rib.hasBest(family, prefix)) return false;
    const key = `${aggregate}`;
    const whole = `${aggregate} ${family} ${prefix}`;
    // All paths of the prefix, so that its best one is the same.
    if (this.#anchored.has(whole)) return true;
    if (this.#anchored.has(key)) return false;
    this.#anchored.add(key).add(whole);
    return true;
  }

  #twin(fate: Fate): Twin {
    const { neighbour: real, config } = fate;
    const source = real?.source ?? NO_SOURCE;
    if (config === undefined) return { fate, source, neighbour: undefined, obstacle: undefined };
    const address = real?.address ?? config.address ?? NOWHERE;
    const session = real?.session ?? this.#options.newSession(config);
    const neighbour = new Neighbour(config, address, real?.range, session, this.#options.now);
    neighbour.switch(fate.enabled, this.#options.now);
    if (real !== undefined) [neighbour.kept[0], neighbour.kept[1]] = real.kept;
    const terms = this.#terms(fate);
    const obstacle = typeof terms === "string" ? terms : fate.obstacle;
    if (terms !== undefined && typeof terms !== "string") this.#bringUp(fate, neighbour, terms);
    else if (source !== NO_SOURCE) this.routes.adopt(neighbour, this.#real, source);
    return { fate, source, neighbour, obstacle };
  }

  #bringUp(fate: Fate, neighbour: Neighbour, terms: Negotiated): void {
    const { up } = fate.neighbour ?? {};
    const endpoints = up?.endpoints ?? this.#options.endpoints(neighbour.config);
    const link = { connection: 0, endpoints, opens: up?.opens ?? NO_OPENS };
    this.routes.up(neighbour, link, terms, this.#options.config);
    this.routes.tell(neighbour);
  }

  /** What its session would be; undefined: there is none now, and nothing changes that for sure. */
  #terms({ kind, neighbour, config, enabled, loses, obstacle }: Fate): Forecast | undefined {
    if (config === undefined || !enabled || obstacle !== undefined) return undefined;
    const settings = sessionSettings(this.#options.config, config);
    const isSwitchedOn = neighbour?.enabled === false;
    if (kind === "added" || isSwitchedOn) {
      return this.routes.rib.isFull ? NO_ROOM : sessionWithStranger(settings);
    }
    const { up } = neighbour ?? {};
    if (up === undefined) return undefined;
    return loses ? sessionAgain(settings, up.opens) : up.negotiated;
  }

  /** Whether a session that goes on has another import policy. */
  #isOther({ fate, neighbour }: Twin): boolean {
    const now = fate.neighbour?.up;
    const then = neighbour?.up;
    if (now === undefined || then === undefined || fate.loses) return false;
    return now.import.key !== then.import.key;
  }
}

/** Of what a neighbour has left that is down, nothing is kept (see Retention.review). */
function isForgotten({ enabled, config }: Fate): boolean {
  return !enabled || config?.gracefulRestart === "off";
}
