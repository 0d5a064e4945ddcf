import { formatAddress } from "../route/index.ts";
import type { Answer, CommandContext } from "./answer.ts";
import type { Arguments } from "./lexer.ts";
import { LOAD_ROW, type Reply, last, more } from "./reply.ts";
import { iso } from "./show-status.ts";
import type { LoadView } from "./load-views.ts";
import type { BgpView, ChannelView, ProtocolView } from "./protocol-views.ts";
import type { ControlViews } from "./views.ts";

// `show load`: what the daemon is busy with, in one look. `underlayctl top` asks for it again and again,
// and makes rates of the counters.

/** Neighbours after which other work gets its turn. */
const SLICE = 64;

/** `show load`. */
export function showLoad(_args: Arguments, { views }: CommandContext): Answer {
  return {
    text: () => loadLines(views),
    json: () => ({ kind: "list", values: loadValues(views) }),
  };
}

/** The daemon first, then its neighbours; a range has no session of its own. */
function* loadValues(views: ControlViews): Iterable<unknown> {
  const steps = views.load();
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) yield undefined;
  const { now, startedAt, ...load } = step.value;
  yield { now: iso(now), startedAt: iso(startedAt), ...load };
  for (const session of sessions(views)) yield session && sessionValue(session);
}

type Session = ProtocolView & { readonly bgp: BgpView };

function* sessions(views: ControlViews): Iterable<Session | undefined> {
  let count = 0;
  for (const protocol of views.protocols()) {
    const { bgp } = protocol;
    if (bgp === undefined || bgp.neighbourRange !== undefined) continue;
    yield { ...protocol, bgp };
    if (++count % SLICE === 0) yield undefined;
  }
}

function sessionValue({ name, state, since, description, bgp, channels }: Session) {
  const { neighbourAddress, traffic, output } = bgp;
  return {
    name,
    state: state === "down" ? "down" : bgp.state,
    since: iso(since),
    description,
    address: neighbourAddress && formatAddress(neighbourAddress),
    interface: bgp.interface,
    asn: bgp.neighbourAsn,
    lastError: bgp.lastError,
    /** UPDATEs over all sessions; octets sent and what waits, of this one. */
    received: { updates: traffic.received.update, octets: traffic.octetsReceived },
    sent: { updates: traffic.sent.update, octets: output?.octets ?? 0 },
    queued: { octets: output?.unsent ?? 0, prefixes: output?.prefixes ?? 0 },
    accepted: sum(channels, "imported"),
    announced: sum(channels, "exported"),
  };
}

function sum(channels: readonly ChannelView[], key: "exported" | "imported"): number {
  return channels.reduce((total, { routes }) => total + (routes?.[key] ?? 0), 0);
}

function* loadLines(views: ControlViews): Reply {
  const load = yield* views.load();
  for (const line of daemonLines(load)) yield more(LOAD_ROW, line);
  let isFirst = true;
  for (const session of sessions(views)) {
    if (isFirst) yield more(LOAD_ROW, row(HEADING));
    isFirst = false;
    yield session && more(LOAD_ROW, sessionLine(session));
  }
  yield last(0);
}

function* daemonLines({ kernel, turns, delay, process, pods }: LoadView): Iterable<string> {
  const held = kernel.installed[0] + kernel.installed[1];
  yield `Kernel routes: ${held} held, ${kernel.queued} queued, ${kernel.inFlight} in flight, ${kernel.failed} failed, ${kernel.unresolved} unresolved`;
  yield `Kernel operations: ${kernel.routeOperations} on routes, ${kernel.otherOperations} others, ${kernel.failures} errors, ${kernel.overruns} overruns`;
  const { bounds, counts } = turns;
  const classes = counts.flatMap((count, at) =>
    count === 0 ? [] : [at < bounds.length ? `${count} <= ${bounds[at]} ms` : `${count} longer`],
  );
  yield `Turns of the event loop: ${classes.join(", ")}`;
  if (delay !== undefined) {
    yield `Its delay in the last ${delay.over} ms: median ${delay.p50} ms, 99% ${delay.p99} ms, longest ${delay.max} ms`;
  }
  yield `Process: ${process.cpu.toFixed(2)} s of CPU time, ${Math.round(process.resident / 1024 / 1024)} MiB resident`;
  yield `Local pods: ${pods}`;
}

const HEADING = [
  ...["name", "state", "updates in", "out", "octets in", "out"],
  ...["accepted", "announced", "unsent", "queued"],
];

function sessionLine(session: Session): string {
  const value = sessionValue(session);
  const { received, sent, queued } = value;
  const counters = [received.updates, sent.updates, received.octets, sent.octets];
  const numbers = [...counters, value.accepted, value.announced, queued.octets, queued.prefixes];
  return row([value.name, value.state, ...numbers.map(String)]);
}

function row([name, state, ...numbers]: readonly string[]): string {
  return [name.padEnd(16), state.padEnd(11), ...numbers.map((text) => text.padStart(10))].join(" ");
}
