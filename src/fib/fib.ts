import type { Family, NextHopTable, PrefixTable } from "../route/index.ts";
import type {
  FibEvent,
  FibSummary,
  InterfaceView,
  NextHopView,
  PathListView,
  PodView,
  RouteView,
  SysctlView,
} from "./events.ts";
import type { DumpKind, KernelFact } from "./facts.ts";
import type { BatchResult, FibBatch } from "./operations.ts";
import type { FibSettings } from "./settings.ts";

export interface FibOptions {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly nextHops: NextHopTable;
  readonly settings: FibSettings;
}

export declare class Fib {
  constructor(options: FibOptions);
  /** Takes new settings; answers the names of those that need a restart (FIXED_SETTINGS). */
  configure(settings: FibSettings): string[];
  fact(fact: KernelFact, now: number): void;
  dumpBegin(what: DumpKind): void;
  dumpEnd(what: DumpKind, now: number): void;
  ownRoutes(packed: Uint32Array, count: number): void;
  trackNextHop(id: number): void;
  untrackNextHop(id: number): void;
  setRoute(family: Family, prefixId: number, best: readonly number[], backup: number): void;
  startSweep(now: number): void;
  expire(now: number): void;
  nextDeadline(): number;
  takeBatch(limit: number, now: number): FibBatch | undefined;
  result(batch: BatchResult, now: number): void;
  takeEvents(now: number): FibEvent[];
  removeAll(): void;
  /** Nothing to do and nothing in flight. */
  readonly idle: boolean;
  interfaces(): Iterable<InterfaceView>;
  pods(): Iterable<PodView>;
  nextHop(id: number): NextHopView | undefined;
  pathLists(): Iterable<PathListView>;
  sysctls(): Iterable<SysctlView>;
  route(family: Family, prefixId: number): RouteView;
  summary(): FibSummary;
}
