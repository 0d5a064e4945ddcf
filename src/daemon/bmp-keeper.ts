import { isDeepStrictEqual } from "node:util";
import { afiOf, encodeOpen, SAFI_UNICAST } from "bgp-ts";
import type { Logger } from "pino";
import type { BmpStationConfig, Config } from "../config/index.ts";
import { type PeerDownReason, STATISTIC, type Statistic } from "../monitor/index.ts";
import { type BmpFeed, type BmpSink, type BmpSource, BmpStation } from "../observe/index.ts";
import { type Family, formatAddress, IPV4, IPV6 } from "../route/index.ts";
import {
  type DownCause,
  type Ending,
  type NeighbourView,
  type Speaker,
  type Survey,
  whoEnded,
} from "../speaker/index.ts";

export interface BmpRooms {
  readonly speaker: Pick<Speaker, "monitor">;
  readonly survey: Pick<Survey, "locRibSize" | "neighbours">;
  readonly config: () => Config;
  readonly state: () => { readonly version: string; readonly routerId: number };
  readonly clock: () => number;
  /** There is work for the speaker. */
  readonly wake: () => void;
  readonly logger: Pick<Logger, "info" | "warn">;
}

const FAMILIES: readonly Family[] = [IPV4, IPV6];

const EVENTS = {
  up: { event: "bmp-up" },
  down: { event: "bmp-down" },
  failed: { event: "bmp-failed" },
} as const;

/** A station, and what it was begun with: its Loc-RIB bears this node's AS and identifier. */
interface Kept {
  readonly config: BmpStationConfig;
  readonly node: string;
  /** What this node was called then, or when that was said last. */
  called: string;
  readonly station: BmpStation;
}

/** Keeps the monitoring stations that the configuration names, and lets them watch the speaker. */
export class BmpKeeper {
  readonly #rooms: BmpRooms;
  readonly #source: BmpSource;
  readonly #stations = new Map<string, Kept>();

  constructor(rooms: BmpRooms) {
    this.#rooms = rooms;
    this.#source = {
      node: () => nodeOf(rooms),
      open: (tables, sink) => openFeed(rooms, tables, sink),
      statistics: () => statisticsOf(rooms),
    };
  }

  /** What did not change keeps its connection. */
  update(wanted: readonly BmpStationConfig[]): void {
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of [...this.#stations.keys()]) if (!names.has(name)) this.#end(name);
    const { config: running, state } = this.#rooms;
    const { asn, name: called } = running().node;
    const node = `${asn} ${state().routerId}`;
    for (const config of wanted) {
      const kept = this.#stations.get(config.name);
      if (kept?.node === node && isDeepStrictEqual(kept.config, config)) {
        if (kept.called !== called) kept.station.introduce();
        kept.called = called;
        continue;
      }
      this.#end(config.name);
      this.#stations.set(config.name, { config, node, called, station: this.#begin(config) });
    }
  }

  close(): void {
    this.update([]);
  }

  #begin({ name, address, port, routes, statistics }: BmpStationConfig): BmpStation {
    const { logger } = this.#rooms;
    return new BmpStation({
      settings: { host: formatAddress(address), port, tables: routes, statistics },
      source: this.#source,
      onEvent: ({ kind, text }) => {
        const level = kind === "up" ? "info" : "warn";
        logger[level]({ ...EVENTS[kind], station: name }, `${name}: ${text}`);
      },
    });
  }

  #end(name: string): void {
    this.#stations.get(name)?.station.close();
    this.#stations.delete(name);
  }
}

function openFeed(rooms: BmpRooms, tables: BmpStationConfig["routes"], sink: BmpSink): BmpFeed {
  const monitor = rooms.speaker.monitor(tables, {
    up: (peer) => sink.up(peer),
    down: (peer, cause, ending) => sink.down(peer, reasonOf(cause, ending)),
    updates: (...updates) => sink.updates(...updates),
    lost: () => sink.lost(),
  });
  rooms.wake();
  return {
    blocked: () => monitor.blocked(),
    drained: () => {
      monitor.drained();
      rooms.wake();
    },
    close: () => {
      monitor.close();
      rooms.wake(); // What it held is given back in slices.
    },
  };
}

/** RFC 7854 §4.9. The connection's own end counts as the neighbour's doing. */
function reasonOf(cause: DownCause, { notification, event }: Ending): PeerDownReason {
  const who = whoEnded(cause);
  if (who === "local") {
    return notification === undefined
      ? { kind: "local", event }
      : { kind: "local-notification", message: notification };
  }
  if (who === "remote" && notification !== undefined) {
    return { kind: "remote-notification", message: notification };
  }
  return { kind: "remote" };
}

/** Loc-RIB's OPEN says how its UPDATEs are to be read (RFC 9069 §4.4). */
function nodeOf({ config, state }: BmpRooms): ReturnType<BmpSource["node"]> {
  const { node } = config();
  const { version, routerId } = state();
  const { name, asn } = node;
  const families = FAMILIES.map((family) => ({
    kind: "multiprotocol" as const,
    afi: afiOf(family),
    safi: SAFI_UNICAST,
  }));
  const nextHops = { afi: afiOf(IPV4), safi: SAFI_UNICAST, nextHopAfi: afiOf(IPV6) };
  const open = encodeOpen({
    asn,
    holdTime: 0,
    routerId,
    capabilities: [
      ...families,
      { kind: "four-octet-as", asn },
      { kind: "extended-next-hop", entries: [nextHops] },
      { kind: "extended-message" },
    ],
  });
  return { name, description: `underlayd ${version}`, asn, routerId, open };
}

function statisticsOf({ survey, clock }: BmpRooms): Map<string, readonly Statistic[]> {
  const all = new Map<string, readonly Statistic[]>();
  for (const neighbour of survey.neighbours(clock())) {
    if (neighbour.state === "Established") all.set(neighbour.name, neighbourStatistics(neighbour));
  }
  const sizes = FAMILIES.map((family) => survey.locRibSize(family));
  all.set("", [
    { type: STATISTIC.LOC_RIB, value: sizes[IPV4] + sizes[IPV6] },
    ...FAMILIES.map((family) => ({
      type: STATISTIC.LOC_RIB_OF_FAMILY,
      afi: afiOf(family),
      value: sizes[family],
    })),
  ]);
  return all;
}

function neighbourStatistics({ families }: NeighbourView): Statistic[] {
  const spoken = FAMILIES.flatMap((family) => {
    const counters = families[family];
    return counters === undefined ? [] : [{ afi: afiOf(family), counters }];
  });
  const received = (one: (typeof spoken)[number]): number =>
    one.counters.imported + one.counters.filtered;
  const sum = (value: (one: (typeof spoken)[number]) => number): number =>
    spoken.reduce((total, one) => total + value(one), 0);
  return [
    { type: STATISTIC.REJECTED_BY_POLICY, value: sum(({ counters }) => counters.updatesFiltered) },
    {
      type: STATISTIC.DUPLICATE_WITHDRAWALS,
      value: sum(({ counters }) => counters.withdrawalsIgnored),
    },
    { type: STATISTIC.ADJ_RIB_IN, value: sum(received) },
    { type: STATISTIC.ADJ_RIB_OUT_POST_POLICY, value: sum(({ counters }) => counters.exported) },
    ...spoken.flatMap((one) => [
      { type: STATISTIC.ADJ_RIB_IN_OF_FAMILY, afi: one.afi, value: received(one) },
      {
        type: STATISTIC.ADJ_RIB_OUT_POST_POLICY_OF_FAMILY,
        afi: one.afi,
        value: one.counters.exported,
      },
    ]),
  ];
}
