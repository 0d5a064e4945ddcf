// What SNMP shows, as of some moments ago: neighbours are looked at again after a second, routes after
// half a minute. Both in pieces, so that no session waits for a walk.

import type { BgpView, ChannelView, ProtocolView, RouteAttributesView } from "../control/index.ts";
import { addressOctets, inetAddress } from "./mib-values.ts";
import { sortRows, type IndexedRow } from "./mib.ts";
import type { DaemonView, ObservedViews } from "./views.ts";

const PEERS_AGE = 1000;
const PATHS_AGE = 30_000;
/** Neighbours, and pieces of routes' search, between two looks at the clock. */
const PIECE = 32;
/** Milliseconds at one time. */
const BUDGET = 2;

export interface SnmpPeer {
  readonly protocol: ProtocolView;
  readonly bgp: BgpView;
  /** Index of the interface that it is to be found by; undefined: any, or not there. */
  readonly zone: number | undefined;
}

/** A path to an IPv4 prefix from a neighbour with an IPv4 address. */
export interface SnmpPath {
  readonly prefix: readonly number[];
  readonly length: number;
  readonly peer: readonly number[];
  readonly isBest: boolean;
  readonly attributes: RouteAttributesView;
  /** What it counts with where it came without one. */
  readonly impliedLocalPref?: number | undefined;
}

/** IPv4 unicast (route's Family). */
const IPV4 = 0;
/** bgp4V2PeerInstance: of several in one router. */
export const INSTANCE = 1;
/** SAFI. */
const UNICAST = 1;

export class SnmpState {
  readonly #views: ObservedViews;
  readonly #clock: () => number;
  readonly #maximumPaths: number;
  #peersAt = -Infinity;
  #pathsAt = -Infinity;
  #refreshing: Promise<void> | undefined;
  #daemon: DaemonView | undefined;
  /** Neighbours with an IPv4 address, by it. */
  peers4: readonly IndexedRow<SnmpPeer>[] = [];
  /** All that have an address, by instance, its type, its length and itself. */
  peers: readonly IndexedRow<SnmpPeer>[] = [];
  /** The families of each, by its index, AFI and SAFI. */
  channels: readonly IndexedRow<ChannelView>[] = [];
  paths: readonly IndexedRow<SnmpPath>[] = [];

  /** `maximumPaths`: with more IPv4 paths than that, none is shown. */
  constructor(views: ObservedViews, clock: () => number, maximumPaths: number) {
    this.#views = views;
    this.#clock = clock;
    this.#maximumPaths = maximumPaths;
  }

  get daemon(): DaemonView {
    if (this.#daemon !== undefined) return this.#daemon;
    const steps = this.#views.daemon();
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    return (this.#daemon = step.value);
  }

  /** Sees to it that nothing is too old; one at a time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Some neighbours as they are now. */
  named(names: ReadonlySet<string>): Map<string, SnmpPeer> {
    const found = new Map<string, SnmpPeer>();
    const zones = this.#zones();
    for (const protocol of this.#views.protocols()) {
      const { name, bgp } = protocol;
      if (bgp === undefined || !names.has(name)) continue;
      found.set(name, { protocol, bgp, zone: zones.get(bgp.interface) });
    }
    return found;
  }

  async #refresh(): Promise<void> {
    const now = this.#clock();
    if (now - this.#peersAt >= PEERS_AGE) {
      await this.#readDaemon();
      await this.#readPeers();
      this.#peersAt = now;
    }
    if (now - this.#pathsAt >= PATHS_AGE) {
      await this.#readPaths();
      this.#pathsAt = now;
    }
  }

  async #readDaemon(): Promise<void> {
    const pause = this.#pauses(1);
    const steps = this.#views.daemon();
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await pause();
    this.#daemon = step.value;
  }

  async #readPeers(): Promise<void> {
    const four: IndexedRow<SnmpPeer>[] = [];
    const all: IndexedRow<SnmpPeer>[] = [];
    const pause = this.#pauses();
    const zones = this.#zones();
    for (const protocol of this.#views.protocols()) {
      const { bgp } = protocol;
      if (bgp?.neighbourAddress !== undefined) {
        const { neighbourAddress } = bgp;
        const row = { protocol, bgp, zone: zones.get(bgp.interface) };
        all.push({ index: [INSTANCE, ...inetAddress(neighbourAddress, row.zone)], row });
        if (neighbourAddress.family === IPV4) {
          four.push({ index: addressOctets(neighbourAddress), row });
        }
      }
      await pause();
    }
    this.peers4 = sortRows(four);
    this.peers = sortRows(all);
    this.channels = this.peers.flatMap(({ index, row }) =>
      row.protocol.channels.map((channel) => ({
        index: [...index, channel.family + 1, UNICAST],
        row: channel,
      })),
    );
  }

  /** Indexes of the interfaces, by name. */
  #zones(): Map<string | undefined, number> {
    return new Map([...this.#views.interfaces()].map(({ name, index }) => [name, index]));
  }

  async #readPaths(): Promise<void> {
    if (this.#views.tableSize(IPV4).routes > this.#maximumPaths) {
      this.paths = [];
      return;
    }
    const byName = new Map(this.peers4.map(({ index, row }) => [row.protocol.name, index]));
    const rows: IndexedRow<SnmpPath>[] = [];
    const pause = this.#pauses();
    const everything = { network: undefined, covering: undefined, inside: undefined };
    const accepted = { filtered: false, exported: undefined };
    const query = {
      ...everything,
      ...accepted,
      family: IPV4,
      protocol: undefined,
      primary: false,
    } as const;
    for (const route of this.#views.routes(query)) {
      const peer = route && byName.get(route.protocol);
      if (route?.attributes !== undefined && peer !== undefined) {
        const { network, primary: isBest, attributes, impliedLocalPref } = route;
        const prefix = addressOctets(network);
        const row = { prefix, length: network.length, peer, isBest, attributes, impliedLocalPref };
        rows.push({ index: [...prefix, network.length, ...peer], row });
      }
      await pause();
    }
    this.paths = sortRows(rows);
  }

  /** To be awaited after each item: lets others go on now and then. */
  #pauses(piece = PIECE): () => Promise<void> | undefined {
    let until = this.#clock() + BUDGET;
    let count = 0;
    return () => {
      if (++count % piece !== 0 || this.#clock() < until) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          until = this.#clock() + BUDGET;
          resolve();
        });
      });
    };
  }
}
