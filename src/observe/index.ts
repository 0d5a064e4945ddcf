/**
 * What others watch the daemon with: views of the other rooms' state, read when somebody asks.
 *
 *     a GET ─ MetricsServer ─> exposition(views) ─> pieces of text ─> one answer
 *
 * - views.ts          what this room needs to see; the daemon provides it
 * - metric.ts         a family of metrics is a row of a table: name, type, help, labels, samples
 * - daemon-metrics.ts, peer-metrics.ts   the table; README.md is made from it
 * - exposition.ts     the table as text
 * - metrics-server.ts HTTP: /metrics, /healthz, /readyz
 *
 * Nothing is counted here: counters are where things happen, plain numbers that are there anyway.
 * Where metrics are not configured, nothing of this runs; where they are, nothing runs until somebody
 * asks. An answer is made in pieces of 2 ms, so that no session waits for it.
 *
 * Standards: Prometheus's text format 0.0.4 and its rules for names (base units, `_total`).
 *
 * Deviations, confessed:
 * - How long the event loop is held is told by the length of its turns, which is counted anyway, not by
 *   perf_hooks.monitorEventLoopDelay: that is a timer of 10 ms, which would wake an idle node a hundred
 *   times a second.
 * - A counter of prefixes (`..._prefixes_updated_total`) begins at 0 with each session, as counters may.
 * - Plain HTTP, nobody is asked who he is: it is meant for a loopback address, or a network of its own.
 */
export type { ConfigView, DaemonView, KernelView, ObservedViews, TurnsView } from "./views.ts";
export { METRICS } from "./exposition.ts";
export { MetricsServer, type MetricsServerOptions } from "./metrics-server.ts";
