// Metrics of the daemon, its tables, the kernel, BFD and the process.

import {
  formatQuad,
  type BfdSessionView,
  type DrainPhase,
  type KernelView,
} from "../control/index.ts";
import {
  FAMILY_NAMES,
  bit,
  sample,
  seconds,
  single,
  type MetricFamily,
  type Sample,
  type Snapshot,
} from "./metric.ts";

/** A sample an address family. */
function byFamily(
  name: string,
  help: string,
  values: (snapshot: Snapshot) => readonly number[],
): MetricFamily {
  return {
    name,
    type: "gauge",
    help,
    labels: ["family"],
    samples: (snapshot) =>
      values(snapshot).map((value, family) => sample(value, FAMILY_NAMES[family])),
  };
}

const ofKernel = (
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (kernel: KernelView) => number,
): MetricFamily =>
  single(type, `underlay_kernel_${name}`, help, ({ daemon }) => value(daemon.kernel));

/** Buckets are cumulative (OpenMetrics §5.2.5); seconds. */
function* turnSamples({ daemon }: Snapshot): Iterable<Sample> {
  const { bounds, counts, total } = daemon.turns;
  let sum = 0;
  for (const [at, count] of counts.entries()) {
    sum += count;
    const end = at < bounds.length ? String(seconds(bounds[at])) : "+Inf";
    yield { ...sample(sum, end), suffix: "_bucket" };
  }
  yield { ...sample(seconds(total)), suffix: "_sum" };
  yield { ...sample(sum), suffix: "_count" };
}

const PHASES: readonly DrainPhase[] = [
  "in service",
  "announcing",
  "withdrawing",
  "emptying",
  "drained",
];

export const DAEMON_METRICS: readonly MetricFamily[] = [
  {
    name: "underlay_build_info",
    type: "gauge",
    help: "1; the versions of underlay and of Node.js stand in the labels.",
    labels: ["version", "node_version"],
    samples: ({ daemon }) => [sample(1, daemon.version, process.version)],
  },
  {
    name: "underlay_node_info",
    type: "gauge",
    help: "1; what this node is stands in the labels.",
    labels: ["asn", "router_id", "mode"],
    samples: ({ daemon }) => [
      sample(1, String(daemon.asn), formatQuad(daemon.routerId), daemon.mode),
    ],
  },
  single("gauge", "underlay_ready", "1: it is ready, as /readyz says.", ({ isReady }) =>
    bit(isReady),
  ),
  {
    name: "underlay_drain_phase",
    type: "gauge",
    help: "1 for the phase that the node is in on its way out of service, 0 for the others.",
    labels: ["phase"],
    samples: ({ daemon }) => PHASES.map((phase) => sample(bit(daemon.drain === phase), phase)),
  },
  single(
    "gauge",
    "underlay_drain_peers",
    "Neighbours and ranges that are drained, or being so, each for itself.",
    ({ daemon }) => daemon.drainedPeers,
  ),
  single(
    "gauge",
    "underlay_warnings",
    "Things that an operator should look at, as `show status` lists them.",
    ({ daemon }) => daemon.warnings,
  ),
  single(
    "gauge",
    "underlay_config_generation",
    "Rises with every configuration that is applied.",
    ({ daemon }) => daemon.config.generation,
  ),
  single(
    "gauge",
    "underlay_config_last_reload_successful",
    "0: the last reload was refused, and the configuration before it runs on.",
    ({ daemon }) => bit(daemon.config.isLastGood),
  ),
  single(
    "gauge",
    "underlay_config_applied_timestamp_seconds",
    "When the configuration that runs was applied, in seconds since 1970.",
    ({ daemon }) => seconds(daemon.config.appliedAt),
  ),
  single(
    "gauge",
    "underlay_config_unconfirmed",
    "1: the configuration that runs is undone unless it is confirmed.",
    ({ daemon }) => bit(daemon.config.undoIn !== undefined),
  ),
  single(
    "gauge",
    "underlay_config_undo_seconds",
    "Seconds until that happens; 0: it does not.",
    ({ daemon }) => seconds(daemon.config.undoIn ?? 0),
  ),
  {
    name: "underlay_config_reloads_total",
    type: "counter",
    help: "Reloads, by what became of them.",
    labels: ["result"],
    samples: ({ daemon: { config } }) => [
      sample(config.applied, "applied"),
      sample(config.refused, "refused"),
      sample(config.undone, "undone"),
    ],
  },
  byFamily("underlay_rib_paths", "Paths that are held, own ones included.", ({ tables }) =>
    tables.map(({ routes }) => routes),
  ),
  byFamily("underlay_rib_prefixes", "Prefixes that have any path.", ({ tables }) =>
    tables.map(({ networks }) => networks),
  ),
  single(
    "gauge",
    "underlay_pods",
    "Pods of this node that were found.",
    ({ daemon }) => daemon.pods,
  ),
];

export const KERNEL_METRICS: readonly MetricFamily[] = [
  byFamily(
    "underlay_kernel_routes_wanted",
    "Routes that the kernel should hold.",
    ({ daemon }) => daemon.kernel.wanted,
  ),
  byFamily(
    "underlay_kernel_routes",
    "Routes of ours that the kernel holds.",
    ({ daemon }) => daemon.kernel.installed,
  ),
  ofKernel(
    "gauge",
    "routes_failed",
    "Routes that the kernel has refused; they are tried again.",
    ({ failed }) => failed,
  ),
  ofKernel(
    "gauge",
    "routes_unresolved",
    "Routes that are not installed because none of their next hops can be reached.",
    ({ unresolved }) => unresolved,
  ),
  ofKernel(
    "gauge",
    "routes_stale",
    "Routes of an earlier run that nobody has announced again yet.",
    ({ stale }) => stale,
  ),
  ofKernel(
    "gauge",
    "queued_routes",
    "Route changes that wait to be sent to the kernel.",
    ({ queued }) => queued,
  ),
  ofKernel(
    "gauge",
    "in_flight_routes",
    "Route changes that the kernel was asked for and has not answered.",
    ({ inFlight }) => inFlight,
  ),
  ofKernel(
    "gauge",
    "next_hops",
    "Next hops that are followed in the kernel's tables.",
    ({ nextHops }) => nextHops,
  ),
  ofKernel(
    "gauge",
    "nexthop_objects",
    "Nexthop objects of ours that the kernel holds.",
    ({ nexthopObjects }) => nexthopObjects,
  ),
  ofKernel(
    "gauge",
    "path_lists",
    "Sets of next hops that routes share.",
    ({ pathLists }) => pathLists,
  ),
  ofKernel(
    "counter",
    "batches_total",
    "Batches of operations that were sent to the kernel.",
    ({ batches }) => batches,
  ),
  {
    name: "underlay_kernel_operations_total",
    type: "counter",
    help: "Operations that the kernel was asked for: on routes, and on nexthop objects, neighbour entries and sysctls.",
    labels: ["on"],
    samples: ({ daemon: { kernel } }) => [
      sample(kernel.routeOperations, "routes"),
      sample(kernel.otherOperations, "others"),
    ],
  },
  ofKernel(
    "counter",
    "operation_errors_total",
    "Operations that the kernel has answered with an error.",
    ({ failures }) => failures,
  ),
  ofKernel(
    "counter",
    "overruns_total",
    "How often the kernel reported more changes than could be read, and its tables were read again.",
    ({ overruns }) => overruns,
  ),
];

/** A sample a neighbour of the configuration that BFD watches. */
function ofBfd(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (session: BfdSessionView) => number,
): MetricFamily {
  return {
    name: `underlay_bfd_session_${name}`,
    type,
    help,
    labels: ["peer"],
    *samples({ bfd, peers }) {
      const names = new Set(peers.map(({ protocol }) => protocol.name));
      for (const session of bfd) {
        if (names.has(session.neighbour)) yield sample(value(session), session.neighbour);
      }
    },
  };
}

const BFD_STATES = ["AdminDown", "Down", "Init", "Up"] as const;

export const BFD_METRICS: readonly MetricFamily[] = [
  {
    name: "underlay_bfd_sessions",
    type: "gauge",
    help: "BFD sessions by state, those towards neighbours out of ranges included.",
    labels: ["state"],
    *samples({ bfd }) {
      for (const state of BFD_STATES) {
        yield sample(bfd.filter((session) => session.state === state).length, state);
      }
    },
  },
  ofBfd("gauge", "up", "1: the way to the neighbour is known to be there.", ({ state }) =>
    bit(state === "Up"),
  ),
  ofBfd(
    "counter",
    "failures_total",
    "How often the way to the neighbour was lost.",
    ({ failures }) => failures,
  ),
  ofBfd("counter", "packets_sent_total", "BFD packets sent.", ({ packetsSent }) => packetsSent),
  ofBfd(
    "counter",
    "packets_received_total",
    "BFD packets received.",
    ({ packetsReceived }) => packetsReceived,
  ),
  ofBfd(
    "counter",
    "packets_refused_total",
    "BFD packets whose authentication was wrong.",
    ({ packetsRefused }) => packetsRefused,
  ),
];

export const PROCESS_METRICS: readonly MetricFamily[] = [
  {
    name: "underlay_turn_duration_seconds",
    type: "histogram",
    help: "How long the turns of the main thread took: whatever else it has to do waits for so long.",
    labels: [],
    samples: turnSamples,
  },
  single(
    "counter",
    "underlay_event_loop_active_seconds_total",
    "Time that the main thread's event loop was at work.",
    ({ process: { loopActive } }) => loopActive,
  ),
  single(
    "counter",
    "underlay_event_loop_idle_seconds_total",
    "Time that it waited for something to do.",
    ({ process: { loopIdle } }) => loopIdle,
  ),
  single(
    "gauge",
    "underlay_heap_used_bytes",
    "JavaScript objects of the main thread.",
    ({ process: { heap } }) => heap,
  ),
  single(
    "gauge",
    "underlay_array_buffers_bytes",
    "Memory of typed arrays: the tables.",
    ({ process: { arrayBuffers } }) => arrayBuffers,
  ),
  single(
    "gauge",
    "process_resident_memory_bytes",
    "Resident memory (RSS).",
    ({ process: { resident } }) => resident,
  ),
  single(
    "counter",
    "process_cpu_seconds_total",
    "User and system CPU time of all threads.",
    ({ process: { cpu } }) => cpu,
  ),
  single(
    "gauge",
    "process_start_time_seconds",
    "When the daemon started, in seconds since 1970.",
    ({ daemon }) => seconds(daemon.startedAt),
  ),
];
