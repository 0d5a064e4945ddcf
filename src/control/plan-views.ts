// What a new configuration would do, as `plan` asks for it.

export interface PlanQuestion {
  /** undefined: the file that the daemon was started with. */
  readonly file: string | undefined;
  /** Prefixes that are named of each kind; Infinity: all. */
  readonly most: number;
}

export type PlanChange = "appear" | "vanish" | "change";

/** Prefixes; of what is accepted, paths. */
export type PlanCounts = Readonly<Record<PlanChange, number>>;

/** A neighbour, or a range under its own name. */
export interface PlannedPeer {
  readonly name: string;
  readonly address: string | undefined;
  /**
   * "reset": its session ends and begins anew; "ended": it ends for good, though the neighbour stays
   * configured; "changed": settings are taken without that.
   */
  readonly kind: "kept" | "changed" | "reset" | "ended" | "removed" | "added";
  /** Why, or which settings. */
  readonly what: string;
  /** Whether a session that is Established ends. */
  readonly loses: boolean;
  /** Why there will be no session, though there should be one. */
  readonly obstacle: string | undefined;
  readonly announced: PlanCounts;
  readonly accepted: PlanCounts;
  /** Of `announced`, what appears and should not. */
  readonly leaks: number;
}

/** One prefix for which something is different. */
export interface PlanItem {
  readonly what: "announced" | "accepted" | "kernel";
  readonly change: PlanChange;
  /** undefined: of the kernel's routes. */
  readonly peer: string | undefined;
  readonly prefix: string;
  /** In words: the rule that decides, or where packets go. */
  readonly rule: string;
  readonly leak: string | undefined;
}

/** In the kernel, beside routes of neighbours; a line of text each. */
export interface PlannedKernel {
  readonly routes: PlanCounts;
  readonly blackholes: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly settings: readonly string[];
  /** false: no routes are installed. */
  readonly install: boolean;
}

/** The file cannot be applied. */
export interface RefusedPlan {
  readonly kind: "refused";
  readonly file: string;
  /** A line each, with place in the file where it is there that something is wrong. */
  readonly problems: readonly string[];
}

/** Others are under way, and each takes memory. */
export interface BusyPlan {
  readonly kind: "busy";
  readonly text: string;
}

/** To be closed. Counts are complete when the walk has ended. */
export interface PlanView {
  readonly kind: "plan";
  readonly file: string;
  /** What is different in the file, and warnings, a line each. */
  readonly notes: readonly string[];
  readonly peers: readonly PlannedPeer[];
  readonly kernel: PlannedKernel;
  /** Prefixes looked at, of how many. */
  readonly done: number;
  readonly total: number;
  /** Best paths that have changed meanwhile, and neighbours whose sessions have. */
  readonly changes: number;
  readonly disturbed: readonly string[];
  /** `undefined`: a place to stop for other work. */
  walk(): Iterable<PlanItem | undefined>;
  close(): void;
}
