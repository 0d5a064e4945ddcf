import type { Config } from "../config/index.ts";
import type { ConfigurationView, ControlViews } from "../control/index.ts";
import type { Fib } from "../fib/index.ts";
import type { AttributeTable, PrefixTable } from "../route/index.ts";
import type { KernelClient } from "../kernel/index.ts";
import type { Survey } from "../speaker/index.ts";
import type { Transport } from "../transport/index.ts";
import type { DrainKeeper } from "./drain-keeper.ts";

/** What the views are made from: the rooms, and what the daemon itself knows. */
export interface Rooms {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
  readonly survey: Survey;
  readonly fib: Fib;
  readonly transport: Pick<Transport, "bfdSessions" | "output">;
  readonly kernel: Pick<KernelClient, "inquire">;
  readonly drains: Pick<DrainKeeper, "change" | "views">;
  readonly config: () => Config;
  readonly clock: () => number;
  readonly plan: ControlViews["plan"];
  readonly listen: ControlViews["listen"];
  readonly state: () => DaemonState;
}

export interface DaemonState {
  readonly version: string;
  readonly routerId: number;
  /** Moments on the monotonic clock. */
  readonly startedAt: number;
  readonly configuredAt: number;
  /** Rises with every applied configuration. */
  readonly generation: number;
  readonly configuration: ConfigurationView;
  /**
   * Neighbours that the sweep of adopted routes still waits for, and when it stops waiting. Looks at
   * every neighbour: not for those who ask about each route.
   */
  readonly recovery: () => { readonly waitingFor: number; readonly until: number } | undefined;
  /** Routes of an earlier run that were in the kernel at the start. */
  readonly adopted: number;
  readonly warnings: readonly string[];
  /** Routes go by nexthop objects; not: the worker writes next hops into each. */
  readonly nexthopObjects: boolean;
}
