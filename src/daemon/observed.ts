import type {
  BfdSessionView,
  ControlViews,
  KernelView,
  LoadView,
  ProtocolView,
  RouteQuery,
  RouteView,
} from "../control/index.ts";
import type { Fib, FibSummary } from "../fib/index.ts";
import { processFigures, type DaemonView, type ObservedViews } from "../observe/index.ts";
import type { Family } from "../route/index.ts";
import type { Survey } from "../speaker/index.ts";
import { TURN_BOUNDS, type Transport } from "../transport/index.ts";
import { wallTime } from "./clock.ts";
import type { Flow } from "./flow.ts";
import type { KernelEvents } from "./kernel-events.ts";
import { LoopWatch } from "./loop-watch.ts";
import type { Readiness } from "./readiness.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import type { Rooms } from "./rooms.ts";
import { unresolvedPrefixes } from "./views-status.ts";

export interface ObservedRooms {
  /** What is the same as for the control room. */
  readonly views: Pick<
    ControlViews,
    "bfdSessions" | "drains" | "protocols" | "routes" | "tableSize"
  >;
  readonly fib: Pick<Fib, "counting" | "interfaces">;
  readonly survey: Pick<Survey, "unresolved">;
  readonly flow: Pick<Flow, "asked">;
  readonly kernelEvents: Pick<KernelEvents, "failures" | "overruns">;
  readonly transport: Pick<Transport, "turns">;
  readonly readiness: Pick<Readiness, "missing">;
  readonly config: Rooms["config"];
  readonly clock: Rooms["clock"];
  readonly state: () => ObservedState;
}

/** What the daemon itself knows; moments on the monotonic clock. */
export interface ObservedState {
  readonly version: string;
  readonly routerId: number;
  readonly startedAt: number;
  readonly reconfiguration: Pick<Reconfiguration, "facts" | "view">;
  readonly warnings: readonly string[];
}

/** The observe room's window on the daemon. */
export class Observed implements ObservedViews {
  readonly #rooms: ObservedRooms;
  readonly #loop = new LoopWatch();

  constructor(rooms: ObservedRooms) {
    this.#rooms = rooms;
  }

  *daemon(): Generator<undefined, DaemonView, undefined> {
    const { fib, survey } = this.#rooms;
    const summary = yield* fib.counting();
    const unresolved = summary.unresolved + (yield* unresolvedPrefixes(survey));
    const { transport } = this.#rooms;
    const [drain, ...peers] = this.#rooms.views.drains();
    const { node, mode } = this.#rooms.config();
    const { version, routerId, startedAt, reconfiguration, warnings } = this.#rooms.state();
    const { configuredAt, ...reloads } = reconfiguration.facts;
    return {
      version,
      asn: node.asn,
      routerId,
      mode,
      startedAt: wallTime(startedAt),
      config: {
        ...reloads,
        appliedAt: wallTime(configuredAt),
        undoIn: reconfiguration.view().undoIn,
      },
      kernel: this.#kernel({ ...summary, unresolved }),
      turns: { bounds: TURN_BOUNDS, ...transport.turns() },
      pods: summary.pods,
      warnings: warnings.length,
      drain: drain.phase,
      drainedPeers: peers.length,
    };
  }

  *load(): Generator<undefined, LoadView, undefined> {
    const delay = this.#loop.look();
    const { version, startedAt, kernel, turns, pods, warnings } = yield* this.daemon();
    return {
      now: Date.now(),
      startedAt,
      version,
      hostname: this.#rooms.config().node.name,
      pods,
      warnings,
      kernel,
      turns,
      delay,
      process: processFigures(),
    };
  }

  unready(): readonly string[] {
    return this.#rooms.readiness.missing(this.#rooms.clock());
  }

  protocols(): Iterable<ProtocolView> {
    return this.#rooms.views.protocols();
  }

  interfaces(): Iterable<{ readonly index: number; readonly name: string }> {
    return this.#rooms.fib.interfaces();
  }

  bfdSessions(): Iterable<BfdSessionView> {
    return this.#rooms.views.bfdSessions();
  }

  routes(query: RouteQuery): Iterable<RouteView | undefined> {
    return this.#rooms.views.routes(query);
  }

  tableSize(family: Family): { routes: number; networks: number } {
    return this.#rooms.views.tableSize(family);
  }

  #kernel(summary: FibSummary): KernelView {
    const { flow, kernelEvents } = this.#rooms;
    const { batches, routes, others } = flow.asked;
    return {
      wanted: summary.wanted,
      installed: summary.inKernel,
      failed: summary.failed,
      unresolved: summary.unresolved,
      stale: summary.stale,
      queued: summary.queued,
      inFlight: summary.inFlight,
      nextHops: summary.nextHops,
      nexthopObjects: summary.nexthopObjects,
      pathLists: summary.pathLists,
      batches,
      routeOperations: routes,
      otherOperations: others,
      failures: kernelEvents.failures,
      overruns: kernelEvents.overruns,
    };
  }
}
