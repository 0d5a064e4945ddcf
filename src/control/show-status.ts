import { formatPrefix, formatQuad } from "../route/index.ts";
import type { Answer, CommandContext, JsonAnswer } from "./answer.ts";
import { configurationValue, unconfirmed } from "./configure.ts";
import { drainSentence } from "./drain-text.ts";
import type { DrainView } from "./drain-views.ts";
import type { Arguments } from "./lexer.ts";
import { type Reply, last, more, wrapped } from "./reply.ts";
import { formatSeconds, formatTime } from "./time.ts";
import type { ControlViews, StatusView } from "./views.ts";

/** The dialect that is spoken here. Clients choose theirs by the first digit, some to the letter. */
const DIALECT = "BIRD 2.0.12";

/** `show status`. */
export function showStatus(_args: Arguments, { views }: CommandContext): Answer {
  return {
    text: () => statusLines(views),
    json: () => ({ kind: "steps", steps: statusAnswer(views) }),
  };
}

function* statusAnswer(views: ControlViews): Generator<undefined, JsonAnswer, undefined> {
  return { kind: "one", value: statusValue(yield* views.status(), views) };
}

function* statusLines(views: ControlViews): Reply {
  const status = yield* views.status();
  const time = (at: number): string => formatTime(at, status.now, views.timeFormats.base);
  yield more(1000, DIALECT);
  yield more(1011, `Router ID is ${formatQuad(status.routerId)}`);
  yield more(1011, `Hostname is ${status.hostname}`);
  yield more(1011, `Current server time is ${time(status.now)}`);
  yield more(1011, `Last reboot on ${time(status.startedAt)}`);
  yield more(1011, `Last reconfiguration on ${time(status.configuredAt)}`);
  // What BIRD does not have comes here: readers of the lines above skip lines that they do not
  // know, as long as the code stays.
  for (const line of ownLines(status, views)) yield more(1011, line);
  const { recovery } = status;
  if (recovery !== undefined) {
    const [left, total] = [formatSeconds(recovery.remaining), Math.round(recovery.total / 1000)];
    yield more(24, "Graceful restart recovery in progress");
    yield more(24, `  Waiting for ${recovery.waitingFor} channels to recover`);
    yield more(24, `  Wait timer is ${left}/${total}`);
  }
  yield last(13, "Daemon is up and running");
}

function* ownLines(status: StatusView, views: ControlViews): Generator<string> {
  const { fib, pods, adopted, sysctls } = status;
  yield `underlay ${status.version}, AS ${status.asn}, mode ${status.mode}`;
  const { file, nextFile, undoIn } = views.configuration();
  if (undoIn !== undefined) yield unconfirmed(undoIn);
  if (nextFile !== undefined) {
    yield* wrapped(`Configuration is that of ${file}; SIGHUP and the next start read ${nextFile}`);
  }
  const counts = `${fib.installed} installed, ${fib.pending} pending`;
  yield `Kernel routes: ${counts}, ${fib.unresolved} unresolved, ${fib.failed} failed`;
  if (adopted.routes > 0) {
    yield `Adopted routes: ${adopted.routes}, ${adopted.stale} not claimed yet`;
  }
  const blocks = pods.blocks.map(formatPrefix).join(" ");
  yield `Local pods: ${pods.found}${blocks === "" ? "" : `, blocks ${blocks}`}`;
  if (sysctls.length > 0) {
    const count = (state: string): number => sysctls.filter((one) => one.state === state).length;
    yield `Kernel settings: ${count("right")} right, ${count("set")} set, ${count("wrong")} wrong`;
  }
  for (const { path, found, wanted, state } of sysctls) {
    if (state === "wrong") yield `  ${path} is ${found ?? "not there"}, must be ${wanted}`;
  }
  for (const view of status.drains) {
    if (view.phase !== "in service") yield* wrapped(`Drain: ${drainSentence(view)}`);
  }
  for (const warning of status.warnings) yield* wrapped(`Warning: ${warning}`);
}

function statusValue(status: StatusView, views: ControlViews): unknown {
  return {
    version: status.version,
    hostname: status.hostname,
    routerId: formatQuad(status.routerId),
    asn: status.asn,
    mode: status.mode,
    now: iso(status.now),
    startedAt: iso(status.startedAt),
    configuredAt: iso(status.configuredAt),
    configuration: configurationValue(views),
    recovery: status.recovery ?? null,
    kernel: { routes: status.fib, adopted: status.adopted, settings: status.sysctls },
    pods: { found: status.pods.found, blocks: status.pods.blocks.map(formatPrefix) },
    drains: status.drains.map(drainValue),
    warnings: status.warnings,
  };
}

export function drainValue({ name, since, ...view }: DrainView): unknown {
  return { name: name ?? null, ...view, since: iso(since) };
}

/** Times in JSON are UTC, whatever the time format of the tables. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
