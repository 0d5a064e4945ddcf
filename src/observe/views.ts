// What this room needs to see of a daemon. The daemon implements these interfaces; every object is a
// snapshot made when it is asked for. Wall-clock times are milliseconds since the epoch.

import type { ControlViews } from "../control/index.ts";

export interface ObservedViews extends Pick<
  ControlViews,
  "protocols" | "bfdSessions" | "routes" | "tableSize"
> {
  /** Yields where there is a place to stop for other work: it counts all routes of the kernel's. */
  daemon(): Generator<undefined, DaemonView, undefined>;
  /** What it is not ready for yet, a sentence each; empty: it is ready. */
  unready(): readonly string[];
}

/** The daemon itself. */
export interface DaemonView {
  readonly version: string;
  readonly asn: number;
  /** Host order; 0: not known yet. */
  readonly routerId: number;
  readonly mode: "l2" | "l3";
  readonly startedAt: number;
  readonly config: ConfigView;
  readonly kernel: KernelView;
  readonly turns: TurnsView;
  readonly pods: number;
  /** Things an operator should look at. */
  readonly warnings: number;
}

export interface ConfigView {
  /** Rises with every applied configuration. */
  readonly generation: number;
  readonly appliedAt: number;
  /** Reloads that were applied, and refused for what was wrong with them. */
  readonly applied: number;
  readonly refused: number;
  readonly isLastGood: boolean;
}

/** What the kernel holds of ours, and what it was asked for. */
export interface KernelView {
  /** Routes by family. */
  readonly wanted: readonly [number, number];
  readonly installed: readonly [number, number];
  readonly failed: number;
  readonly unresolved: number;
  /** Of an earlier run, claimed by nobody yet. */
  readonly stale: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly nextHops: number;
  readonly nexthopObjects: number;
  readonly pathLists: number;
  /** Since the start. */
  readonly batches: number;
  readonly routeOperations: number;
  readonly otherOperations: number;
  readonly failures: number;
  readonly overruns: number;
}

/** Turns of the main thread by their length. */
export interface TurnsView {
  /** Milliseconds, upper ends. */
  readonly bounds: readonly number[];
  /** One more than bounds: the last are longer than all of them. */
  readonly counts: readonly number[];
  /** Milliseconds of all turns. */
  readonly total: number;
}
