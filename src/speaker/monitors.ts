// Those who watch this speaker (RFC 7854, RFC 8671, RFC 9069): which sessions there are, and what is in
// the tables that they asked for. Each hears at its own pace. While nobody watches there is nothing of
// this on the way of a route.

import { EXTENDED_MAXIMUM_LENGTH } from "bgp-ts";
import type { Family } from "../route/index.ts";
import type { Endpoints } from "./effects.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import type { Observer } from "./observers.ts";
import { LOCAL_SOURCE, type PathTable, type Watch } from "./rib/index.ts";
import type { Routes } from "./routes.ts";
import type { DownCause, Ending, Opens } from "./session/index.ts";

/** Adj-RIB-In before and after the import policy, Adj-RIB-Out after the export policy, Loc-RIB. */
export type MonitorTable = "adj-rib-in-pre" | "adj-rib-in-post" | "adj-rib-out-post" | "loc-rib";

/** A session, as it was when it came up. */
export interface MonitoredPeer {
  readonly name: string;
  readonly asn: number;
  /** BGP Identifier, u32. */
  readonly routerId: number;
  readonly endpoints: Endpoints;
  readonly opens: Opens;
  /** AS numbers in UPDATEs to it have four octets. */
  readonly fourOctetAs: boolean;
}

/** Called while the speaker is called. Nothing of the speaker may be called from inside. */
export interface MonitorSink {
  /** Before anything else about a session; and first for each that is there. */
  up(peer: MonitoredPeer): void;
  /** All that was told of the session counts as withdrawn. */
  down(peer: MonitoredPeer, cause: DownCause, ending: Ending): void;
  /**
   * Whole UPDATEs, one behind another; `peer` undefined: of Loc-RIB. AS numbers have four octets, but
   * in what a neighbour is told that knows two. `isChange` false: what was there before the monitor.
   */
  updates(
    table: MonitorTable,
    peer: MonitoredPeer | undefined,
    bytes: Uint8Array,
    isChange: boolean,
  ): void;
  /** What was told can no longer be brought up to date: the monitor is to begin anew. */
  lost(): void;
}

/**
 * Units that a path costs which is told: its attributes may have to be decoded and written for it alone
 * (measured: 300,000 routes with a thousand sets of attributes, 1.5 us each; the first ones 40).
 */
const PRICE = 4;

const PATH_TABLES: Readonly<Record<PathTable, MonitorTable>> = {
  received: "adj-rib-in-pre",
  accepted: "adj-rib-in-post",
  best: "loc-rib",
};

export class Monitor implements Observer {
  readonly #routes: Routes;
  readonly #sink: MonitorSink;
  readonly #watch: Watch;
  /** By source: the sessions that it was told of. */
  readonly #peers = new Map<number, MonitoredPeer>();
  /** From 1; the watcher's in the update groups. */
  readonly number: number;
  isBlocked = false;
  #isClosed = false;
  #isHolding = true;

  constructor(routes: Routes, number: number, tables: readonly MonitorTable[], sink: MonitorSink) {
    this.#routes = routes;
    this.#sink = sink;
    this.number = number;
    const all: PathTable[] = ["received", "accepted", "best"];
    this.#watch = routes.rib.watch(all.filter((table) => tables.includes(PATH_TABLES[table])));
    if (tables.includes("loc-rib")) {
      const terms = { maximumLength: EXTENDED_MAXIMUM_LENGTH, addPath: [false, false] as const };
      this.#watch.up(LOCAL_SOURCE, terms, false, true);
    }
    for (const neighbour of routes.neighbours()) {
      if (neighbour.up !== undefined) this.#meet(neighbour, neighbour.up, false, true);
    }
    if (tables.includes("adj-rib-out-post")) routes.observe(this);
  }

  /** It is closed, and has given everything back. */
  get isOver(): boolean {
    return this.#isClosed && !this.#isHolding;
  }

  /** It takes nothing more for now: changes are only marked, until drained(). */
  blocked(): void {
    if (this.isBlocked || this.#isClosed) return;
    this.isBlocked = true;
    this.#routes.rib.watcherBlocked(this.number);
  }

  drained(): void {
    if (!this.isBlocked || this.#isClosed) return;
    this.isBlocked = false;
    this.#routes.rib.watcherDrained(this.number);
  }

  /** Nothing more is told. What is held is given back in slices of work. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#routes.unobserve(this);
    this.#peers.clear();
  }

  // What the speaker says

  up(neighbour: Neighbour, up: Up): void {
    if (this.#isClosed) return;
    const hasPaths = this.#routes.hasPaths(neighbour);
    this.#meet(neighbour, up, hasPaths, false);
  }

  down({ source }: Neighbour, cause: DownCause, ending: Ending): void {
    const peer = this.#peers.get(source);
    if (peer === undefined) return;
    this.#peers.delete(source);
    this.#watch.down(source);
    this.#sink.down(peer, cause, ending);
  }

  endOfRib({ source }: Neighbour, family: Family): void {
    this.#watch.endOfRib(source, family);
  }

  /** What a neighbour is told. */
  told(source: number, bytes: Uint8Array): void {
    const peer = this.#peers.get(source);
    if (peer !== undefined) this.#sink.updates("adj-rib-out-post", peer, bytes, true);
  }

  /** It was too slow for two changes of a neighbour's export policy. */
  lost(): void {
    if (!this.#isClosed) this.#sink.lost();
  }

  /** A slice; true: there is more to do. */
  work(units: number): boolean {
    if (this.#isClosed) {
      this.#isHolding = this.#watch.clear(units) === 0;
      return this.#isHolding;
    }
    if (this.isBlocked) return false;
    return this.#watch.work(units, (table, source, bytes, isChange) => {
      const peer = this.#peers.get(source);
      if (peer === undefined && source !== LOCAL_SOURCE) return;
      this.#sink.updates(PATH_TABLES[table], peer, bytes, isChange);
    });
  }

  #meet(neighbour: Neighbour, up: Up, hasPaths: boolean, isComplete: boolean): void {
    const { negotiated, endpoints, opens } = up;
    const { peerAsn, peerRouterId, fourOctetAs } = negotiated;
    const peer: MonitoredPeer = {
      name: neighbour.name,
      asn: peerAsn,
      routerId: peerRouterId,
      endpoints,
      opens,
      fourOctetAs,
    };
    this.#peers.set(neighbour.source, peer);
    this.#sink.up(peer);
    const terms = {
      maximumLength: negotiated.maximumReceive,
      addPath: negotiated.addPathReceive,
    };
    this.#watch.up(neighbour.source, terms, hasPaths, isComplete);
  }
}

export class Monitors {
  readonly #routes: Routes;
  #all: readonly Monitor[] = [];

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** The sink is told of the sessions that there are before this returns. */
  open(tables: readonly MonitorTable[], sink: MonitorSink): Monitor {
    let number = 1;
    while (this.#all.some((monitor) => monitor.number === number)) number++;
    const monitor = new Monitor(this.#routes, number, tables, sink);
    this.#all = [...this.#all, monitor];
    return monitor;
  }

  up(neighbour: Neighbour): void {
    if (neighbour.up === undefined) return;
    for (const monitor of this.#all) monitor.up(neighbour, neighbour.up);
  }

  down(neighbour: Neighbour, cause: DownCause, ending: Ending): void {
    for (const monitor of this.#all) monitor.down(neighbour, cause, ending);
  }

  endOfRib(neighbour: Neighbour, family: Family): void {
    for (const monitor of this.#all) monitor.endOfRib(neighbour, family);
  }

  /** A slice, about the time of `units` prefixes; true: there is more to do. */
  work(units: number): boolean {
    if (this.#all.length === 0) return false;
    const share = Math.ceil(units / PRICE / this.#all.length);
    let hasMore = false;
    for (const monitor of this.#all) if (monitor.work(share)) hasMore = true;
    if (this.#all.some(({ isOver }) => isOver)) {
      this.#all = this.#all.filter(({ isOver }) => !isOver);
    }
    return hasMore;
  }
}
