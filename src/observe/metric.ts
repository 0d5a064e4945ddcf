// The nouns of metrics: a family is a row of a table, and says how its samples are made.

import type { BfdSessionView, BgpView, ProcessView, ProtocolView } from "../control/index.ts";
import type { DaemonView, ObservedViews } from "./views.ts";

/** A family of metrics, as Prometheus's data model has it. */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence, for people. */
  readonly help: string;
  /** Names of the labels, but for a histogram's `le`. */
  readonly labels: readonly string[];
  samples(snapshot: Snapshot): Iterable<Sample>;
}

/** Its value, and the labels' in the family's order; a histogram has its name's ending besides. */
export interface Sample {
  readonly value: number;
  readonly labels: readonly string[];
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** A neighbour of the configuration. */
export interface Peer {
  readonly protocol: ProtocolView;
  readonly bgp: BgpView;
}

/** A range and those who came out of it; they have no series of their own. */
export interface Range extends Peer {
  readonly members: readonly Peer[];
}

/** What one answer is made from. */
export interface Snapshot {
  readonly daemon: DaemonView;
  readonly isReady: boolean;
  readonly tables: readonly ReturnType<ObservedViews["tableSize"]>[];
  readonly peers: readonly Peer[];
  readonly ranges: readonly Range[];
  readonly bfd: readonly BfdSessionView[];
  readonly process: ProcessView;
}

/** By Family. */
export const FAMILY_NAMES = ["ipv4", "ipv6"] as const;

export const sample = (value: number, ...labels: string[]): Sample => ({ value, labels });

export const bit = (is: boolean): number => (is ? 1 : 0);

/** Milliseconds -> seconds, without the dust of the division. */
export const seconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1e6;

/** A family with one sample and no labels. */
export function single(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (snapshot: Snapshot) => number,
): MetricFamily {
  return { name, type, help, labels: [], samples: (snapshot) => [sample(value(snapshot))] };
}
