// The helper's part of graceful restart (RFC 4724 §4.2, RFC 8538 §4, RFC 9494 §4): what becomes of a
// neighbour's routes when its session has ended.
//
//   session ends ──> flushed, or marked stale and used as before, for as long as the neighbour said
//   time is up ────> flushed, or (RFC 9494) the last choice from then on, for much longer
//   it is back ────> flushed where it says that it lost its forwarding (F bit), else swept when it has
//                    announced everything again (End-of-RIB), or when our patience ends
//
// A neighbour that falls again before its End-of-RIB leaves only what it has announced since it was
// back: what was stale already goes (RFC 4724 §4.2, consecutive restarts).
//
// A route refresh between two marks (RFC 7313 §4.2) is the same in small: what is there at the first
// mark is stale until it is announced again, and what still is at the second one, or when our patience
// ends, goes. A neighbour that falls in between loses nothing by that: it had announced all of it.

import type { Capability } from "bgp-ts";
import { addressesEqual } from "../route/index.ts";
import type { Family } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import { NO_SOURCE } from "./neighbour.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import type { Reports } from "./reports.ts";
import type { Rib } from "./rib/index.ts";
import { mayBeRestart } from "./session/index.ts";
import type { DownCause, Negotiated, RestartTerms } from "./session/index.ts";
import { staleTimeOf } from "./settings.ts";

const FAMILIES: readonly Family[] = [0, 1];

/** Stale routes of one family of one neighbour. */
export interface Kept {
  /**
   * "away": it has not come back; "long-lived": nor in its time; "back": it has, without End-of-RIB.
   * "refresh": it has been there all the time, and announces everything again.
   */
  readonly stage: "away" | "long-lived" | "back" | "refresh";
  /** Milliseconds of the caller's clock: when the stage began. */
  readonly since: number;
  /** Milliseconds of the caller's clock: when they go; of "away" with `longLived`: what follows. */
  readonly until: number;
  /** Milliseconds that they may stay after "away" (RFC 9494); 0: not. */
  readonly longLived: number;
  /** They are the last choice: of long-lived ones this stays so when the neighbour is back. */
  readonly isLast: boolean;
}

export interface RetentionSink {
  /** Kept routes are the last choice from now on. */
  demoted(): void;
}

export class Retention {
  readonly #rib: Rib;
  readonly #reports: Reports;
  readonly #sink: RetentionSink;
  readonly #neighbours = new Set<Neighbour>();

  constructor(rib: Rib, reports: Reports, sink: RetentionSink) {
    this.#rib = rib;
    this.#reports = reports;
    this.#sink = sink;
  }

  /** The session has ended; `up`: what it was. */
  down(neighbour: Neighbour, up: Up, cause: DownCause, now: number): void {
    const { gracefulRestart: terms } = up.negotiated;
    const mayReturn = neighbour.enabled && mayBeRestart(cause, terms);
    const isRefreshing = neighbour.kept.map((kept) => kept?.stage === "refresh");
    for (const family of FAMILIES) {
      // A family that was disabled by its faults has nothing to keep (RFC 7606 §2).
      const isSpoken = up.context.families[family];
      neighbour.kept[family] = mayReturn && isSpoken ? firstStage(terms, family, now) : undefined;
    }
    this.#watch(neighbour);
    if (isRetained(neighbour)) this.#mark(neighbour, isRefreshing);
    else this.#rib.flushSource(neighbour.source);
  }

  /** The neighbour is back; its place in the RIB still says who it was before. */
  up(neighbour: Neighbour, negotiated: Negotiated, config: SpeakerConfig, now: number): void {
    const before = this.#rib.source(neighbour.source);
    // To another address, of one that is known by its interface: what it left leads to the old one.
    const isSame =
      before?.asn === negotiated.peerAsn && addressesEqual(before.address, neighbour.address);
    for (const family of FAMILIES) {
      const kept = neighbour.kept[family];
      if (kept === undefined) continue;
      if (!isSame || !isPreserved(kept, negotiated, family)) {
        this.#flush(neighbour, family);
        continue;
      }
      const patience = now + staleTimeOf(config);
      const until = kept.stage === "long-lived" ? Math.min(kept.until, patience) : patience;
      neighbour.kept[family] = { ...kept, stage: "back", since: now, until };
    }
    this.#watch(neighbour);
  }

  endOfRib(neighbour: Neighbour, family: Family): void {
    if (!isOfRestart(neighbour.kept[family])) return;
    this.#flush(neighbour, family);
    this.#watch(neighbour);
  }

  /**
   * The first mark of a refresh (RFC 7313 §4.2); ignored before the End-of-RIB of a neighbour that
   * knows of graceful restart. A second one before the end changes nothing: what is still stale was
   * announced before both.
   */
  beginRefresh(neighbour: Neighbour, family: Family, config: SpeakerConfig, now: number): void {
    const { up, source, kept } = neighbour;
    if (up === undefined || kept[family] !== undefined) return;
    const knowsRestart = up.negotiated.peerCapabilities.some(isGracefulRestart);
    if (knowsRestart && !up.counters[family].endOfRib) return;
    // What the refresh before has left goes already, and a neighbour must not mark its routes faster
    // than they can go.
    if (this.#rib.counters(source, family).stale > 0) return;
    this.#rib.markStale(source, family);
    const until = now + staleTimeOf(config);
    kept[family] = { stage: "refresh", since: now, until, longLived: 0, isLast: false };
    this.#watch(neighbour);
  }

  /** The second one; without the first it is ignored. */
  endRefresh(neighbour: Neighbour, family: Family): void {
    if (neighbour.kept[family]?.stage !== "refresh") return;
    const { kept } = this.#rib.counters(neighbour.source, family);
    if (kept > 0) this.#reports.notRefreshed(neighbour, family, kept);
    this.#flush(neighbour, family);
    this.#watch(neighbour);
  }

  /** Nothing of the neighbour is kept any more. */
  drop(neighbour: Neighbour): void {
    for (const family of FAMILIES) {
      if (neighbour.kept[family] !== undefined) this.#flush(neighbour, family);
    }
    this.#watch(neighbour);
  }

  /** Configuration or operators changed something: who is not wanted any more keeps nothing. */
  review(): void {
    for (const neighbour of [...this.#neighbours]) {
      const { enabled, config, source } = neighbour;
      const isGone = source === NO_SOURCE;
      const isUnwanted = config.gracefulRestart === "off" && neighbour.kept.some(isOfRestart);
      if (isGone || !enabled || isUnwanted) this.drop(neighbour);
      for (const family of FAMILIES) shorten(neighbour, family);
    }
  }

  nextDeadline(): number {
    let earliest = Infinity;
    for (const { kept } of this.#neighbours) {
      for (const family of kept)
        if (family !== undefined) earliest = Math.min(earliest, family.until);
    }
    return earliest;
  }

  expire(now: number): void {
    for (const neighbour of [...this.#neighbours]) {
      for (const family of FAMILIES) this.#expire(neighbour, family, now);
      this.#watch(neighbour);
    }
  }

  #expire(neighbour: Neighbour, family: Family, now: number): void {
    const kept = neighbour.kept[family];
    if (kept === undefined || kept.until > now) return;
    const stale = this.#rib.counters(neighbour.source, family).kept;
    if (kept.stage === "away" && kept.longLived > 0) {
      this.#reports.routesDemoted(neighbour, family, stale);
      const until = now + kept.longLived;
      neighbour.kept[family] = { ...kept, stage: "long-lived", since: now, until, isLast: true };
      this.#sink.demoted();
    } else {
      this.#reports.routesExpired(neighbour, family, stale, kept.stage === "refresh");
      this.#flush(neighbour, family);
    }
  }

  #mark(neighbour: Neighbour, isRefreshing: readonly boolean[]): void {
    const { source, kept } = neighbour;
    for (const family of FAMILIES) {
      if (kept[family] === undefined) this.#rib.flushSource(source, family);
      else if (isRefreshing[family]) this.#rib.markAllStale(source, family);
      else this.#rib.markStale(source, family);
    }
    this.#reports.routesKept(neighbour, this.#staleOf(neighbour));
  }

  /** What is stale goes, in slices. */
  #flush(neighbour: Neighbour, family: Family): void {
    const { source, up } = neighbour;
    neighbour.kept[family] = undefined;
    if (source === NO_SOURCE) return;
    if (up === undefined && !isRetained(neighbour)) this.#rib.giveUp(source);
    else this.#rib.sweepStale(source, family);
  }

  #watch(neighbour: Neighbour): void {
    if (isRetained(neighbour)) this.#neighbours.add(neighbour);
    else this.#neighbours.delete(neighbour);
  }

  #staleOf({ source }: Neighbour): number {
    return this.#rib.counters(source, 0).kept + this.#rib.counters(source, 1).kept;
  }
}

/** What was agreed on in the OPENs stands, but for what the configuration does not want any more. */
function shorten({ kept, config }: Neighbour, family: Family): void {
  const stale = kept[family];
  if (stale === undefined) return;
  const longest = (config.longLivedStaleTime ?? 0) * 1000;
  if (stale.stage === "away") {
    kept[family] = { ...stale, longLived: Math.min(stale.longLived, longest) };
  } else if (stale.stage === "long-lived") {
    kept[family] = { ...stale, until: Math.min(stale.until, stale.since + longest) };
  }
}

export function isRetained({ kept }: Neighbour): boolean {
  return kept[0] !== undefined || kept[1] !== undefined;
}

/** Of a session that has ended. */
function isOfRestart(kept: Kept | undefined): boolean {
  return kept !== undefined && kept.stage !== "refresh";
}

function isGracefulRestart({ kind }: Capability): boolean {
  return kind === "graceful-restart";
}

/** RFC 9494 §4.2: a family that is in the long-lived capability alone has a restart time of 0. */
function firstStage(
  terms: RestartTerms | undefined,
  family: Family,
  now: number,
): Kept | undefined {
  if (terms === undefined) return undefined;
  const longLived = terms.staleTime[family] * 1000;
  if (!terms.families[family] && longLived === 0) return undefined;
  const time = terms.families[family] ? terms.time * 1000 : 0;
  return { stage: "away", since: now, until: now + time, longLived, isLast: false };
}

/** Whether the neighbour has forwarded all the time, as far as it says (RFC 4724 §4.2, RFC 9494 §4.2). */
function isPreserved(
  kept: Kept,
  { gracefulRestart, families }: Negotiated,
  family: Family,
): boolean {
  if (gracefulRestart === undefined || !families[family]) return false;
  const { forwarding, staleTime, longLivedForwarding } = gracefulRestart;
  if (kept.stage !== "long-lived") return forwarding[family];
  return staleTime[family] > 0 && longLivedForwarding[family];
}
