// What a plan says.

import type { Fate } from "./plan-fates.ts";

export type PlanWhat = "announced" | "accepted" | "kernel";
export type PlanChange = "appear" | "vanish" | "change";

/** Prefixes; of what is accepted, paths. */
export type PlanCounts = Record<PlanChange, number>;

/** One neighbour, or a range under its own name. Counts are complete when the walk is. */
export interface PeerPlan {
  readonly name: string;
  readonly address: string | undefined;
  readonly kind: Fate["kind"];
  /** Why, or which settings. */
  readonly what: string;
  /** Its session is Established and ends. */
  readonly loses: boolean;
  /** Why its session would not come back, or not come up at all. */
  obstacle: string | undefined;
  readonly announced: PlanCounts;
  readonly accepted: PlanCounts;
  /** Of what is announced anew: what should not be. */
  leaks: number;
}

/** One prefix that is different. */
export interface PlanItem {
  readonly what: PlanWhat;
  readonly change: PlanChange;
  /** undefined: it is about the kernel. */
  readonly peer: string | undefined;
  readonly prefix: string;
  /** In words, what decides, or where packets go. */
  readonly rule: string;
  /** In words, why it should not be announced. */
  readonly leak: string | undefined;
}
