// What this room needs to see of a daemon. The daemon implements these interfaces; every object is a
// snapshot made when it is asked for. Wall-clock times are milliseconds since the epoch.

import type {
  ControlViews,
  DrainPhase,
  InterfaceView,
  KernelView,
  TurnsView,
} from "../control/index.ts";

export interface ObservedViews extends Pick<
  ControlViews,
  "protocols" | "bfdSessions" | "routes" | "tableSize"
> {
  interfaces(): Iterable<Pick<InterfaceView, "index" | "name">>;
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
  /** How far the node is out of service. */
  readonly drain: DrainPhase;
  /** Neighbours and ranges that are on their way out of service, or out of it. */
  readonly drainedPeers: number;
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
  /** How often the one before was gone back to. */
  readonly undone: number;
  readonly isLastGood: boolean;
  /** Milliseconds until the one that runs is undone; undefined: it stays. */
  readonly undoIn: number | undefined;
}
