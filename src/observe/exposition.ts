// Metrics as text: Prometheus's text-based exposition format 0.0.4.

import { BFD_METRICS, DAEMON_METRICS, KERNEL_METRICS, PROCESS_METRICS } from "./daemon-metrics.ts";
import type { ProcessView } from "../control/index.ts";
import type { MetricFamily, Peer, Range, Sample, Snapshot } from "./metric.ts";
import { PEER_METRICS, RANGE_METRICS } from "./peer-metrics.ts";
import type { ObservedViews } from "./views.ts";

/** Everything that is told, in the order in which it is. */
export const METRICS: readonly MetricFamily[] = [
  ...DAEMON_METRICS,
  ...PEER_METRICS,
  ...RANGE_METRICS,
  ...BFD_METRICS,
  ...KERNEL_METRICS,
  ...PROCESS_METRICS,
];

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Samples between two pauses: some tenths of a millisecond. */
const PIECE = 256;
/** Neighbours, likewise. */
const PEERS = 32;

/**
 * The text, in pieces; an empty one says "nothing new, but enough work for one go". `figures`: those of
 * the process.
 */
export function* exposition(views: ObservedViews, figures: ProcessView): Generator<string> {
  const snapshot = yield* collect(views, figures);
  for (const family of METRICS) yield* familyText(family, snapshot);
}

/** Answers the snapshot. */
function* collect(
  views: ObservedViews,
  process: ProcessView,
): Generator<string, Snapshot, undefined> {
  const steps = views.daemon();
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) yield "";
  const daemon = step.value;
  yield "";
  const peers: Peer[] = [];
  const ranges = new Map<string, Range & { readonly members: Peer[] }>();
  const dynamic: Peer[] = [];
  let count = 0;
  for (const protocol of views.protocols()) {
    const { bgp } = protocol;
    if (++count % PEERS === 0) yield "";
    if (bgp === undefined) continue;
    const peer = { protocol, bgp };
    if (bgp.neighbourRange !== undefined) ranges.set(protocol.name, { ...peer, members: [] });
    else (bgp.template === undefined ? peers : dynamic).push(peer);
  }
  // A range that is no longer configured has none to show; its neighbours are about to leave.
  for (const peer of dynamic) ranges.get(peer.bgp.template ?? "")?.members.push(peer);
  yield "";
  return {
    daemon,
    isReady: views.unready().length === 0,
    tables: ([0, 1] as const).map((family) => views.tableSize(family)),
    peers,
    ranges: [...ranges.values()],
    bfd: [...views.bfdSessions()],
    process,
  };
}

function* familyText(family: MetricFamily, snapshot: Snapshot): Generator<string> {
  const { name, type, help } = family;
  let text = "";
  let count = 0;
  for (const sample of family.samples(snapshot)) {
    // A family without a sample is left out: there is nothing to be said of BFD where there is none.
    if (count === 0) text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    text += sampleText(family, sample);
    if (++count % PIECE !== 0) continue;
    yield text;
    text = "";
  }
  yield text;
}

function sampleText({ name, labels }: MetricFamily, sample: Sample): string {
  const { suffix = "", value } = sample;
  const names = suffix === "_bucket" ? [...labels, "le"] : labels;
  const pairs = names.map((label, at) => `${label}="${escapeLabel(sample.labels[at])}"`);
  return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
