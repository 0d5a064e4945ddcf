import type { ControlViews, Prefix } from "../control/index.ts";
import type { Happening } from "./journal.ts";

/** What this room needs to see of a daemon. Nothing that changes anything is among it. */
export interface WebViews extends Pick<
  ControlViews,
  "explain" | "filters" | "now" | "protocols" | "routes" | "status" | "tableSize" | "timeFormats"
> {
  /** `pods.pool`: where all pods of the cluster are. */
  pool(): readonly Prefix[];
  /** What happened within the last hour, the newest first; moments are milliseconds since the epoch. */
  happenings(): Iterable<Happening>;
}
