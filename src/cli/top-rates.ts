import { Value } from "./tables.ts";

// Rates out of the counters of two answers to `show load`.

/** A session. Rates are a second's; undefined: there was nothing to compare with. */
export interface SessionRates {
  readonly name: string;
  readonly state: string;
  readonly since: string;
  readonly address: string;
  readonly asn: number;
  readonly description: string;
  readonly lastError: string;
  readonly updatesIn: number | undefined;
  readonly updatesOut: number | undefined;
  readonly octetsIn: number | undefined;
  readonly octetsOut: number | undefined;
  readonly accepted: number;
  readonly announced: number;
  /** Bytes that the kernel has not taken, and prefixes that were not looked at. */
  readonly unsent: number;
  readonly queued: number;
}

/** The daemon. Percent are of one core; bytes. */
export interface DaemonRates {
  readonly at: string;
  readonly hostname: string;
  readonly version: string;
  readonly startedAt: string;
  readonly pods: number;
  readonly warnings: number;
  readonly cpu: number | undefined;
  /** How much of the time the event loop was at work. */
  readonly busy: number | undefined;
  readonly resident: number;
  /** Milliseconds; undefined: not measured yet. */
  readonly delay:
    | { readonly p50: number; readonly p99: number; readonly max: number; readonly over: number }
    | undefined;
  readonly kernel: {
    readonly installed: number;
    readonly queued: number;
    readonly inFlight: number;
    readonly failed: number;
    readonly unresolved: number;
    readonly operations: number | undefined;
    /** Since the daemon's start. */
    readonly failures: number;
  };
}

export interface Rates {
  readonly daemon: DaemonRates;
  readonly sessions: readonly SessionRates[];
}

/** What `show load` answers: the daemon first, then its sessions. */
export type Sample = readonly Value[];

/** `before`: undefined for the first one. After a restart there is nothing to compare with, either. */
export function ratesOf(before: Sample | undefined, sample: Sample): Rates {
  const daemon = sample.at(0) ?? new Value(undefined);
  const old = before?.at(0);
  const isSame = old !== undefined && old.text("startedAt") === daemon.text("startedAt");
  const seconds = isSame
    ? (Date.parse(daemon.text("now")) - Date.parse(old.text("now"))) / 1000
    : 0;
  const rate: Rate = (is, was) =>
    seconds > 0 ? Math.max(0, is - (was ?? 0)) / seconds : undefined;
  const others = new Map(before?.slice(1).map((session) => [session.text("name"), session]));
  return {
    daemon: daemonRates(daemon, isSame ? old : undefined, rate),
    sessions: sample
      .slice(1)
      .map((session) => sessionRates(session, others.get(session.text("name")), rate)),
  };
}

type Rate = (is: number, was: number | undefined) => number | undefined;

function daemonRates(daemon: Value, old: Value | undefined, rate: Rate): DaemonRates {
  const [process, kernel, delay] = ["process", "kernel", "delay"].map((key) => daemon.inner(key));
  const ofProcess = (key: string): number | undefined =>
    percent(rate(process.number(key), old?.inner("process").number(key)));
  const operations = (value: Value): number =>
    value.number("routeOperations") + value.number("otherOperations");
  return {
    at: daemon.text("now"),
    hostname: daemon.text("hostname"),
    version: daemon.text("version"),
    startedAt: daemon.text("startedAt"),
    pods: daemon.number("pods"),
    warnings: daemon.number("warnings"),
    cpu: ofProcess("cpu"),
    busy: ofProcess("loopActive"),
    resident: process.number("resident"),
    delay:
      delay.number("over") === 0
        ? undefined
        : {
            p50: delay.number("p50"),
            p99: delay.number("p99"),
            max: delay.number("max"),
            over: delay.number("over"),
          },
    kernel: {
      installed: kernel.numbers("installed").reduce((sum, count) => sum + count, 0),
      queued: kernel.number("queued"),
      inFlight: kernel.number("inFlight"),
      failed: kernel.number("failed"),
      unresolved: kernel.number("unresolved"),
      operations: rounded(rate(operations(kernel), old && operations(old.inner("kernel")))),
      failures: kernel.number("failures"),
    },
  };
}

function sessionRates(session: Value, old: Value | undefined, rate: Rate): SessionRates {
  const [received, sent, queued] = ["received", "sent", "queued"].map((key) => session.inner(key));
  // A session that was not there before has no rate yet: what it counts may be older.
  const of = (value: Value, direction: string, key: string): number | undefined =>
    old && rounded(rate(value.number(key), old.inner(direction).number(key)));
  return {
    name: session.text("name"),
    state: session.text("state"),
    since: session.text("since"),
    address: session.text("address") || session.text("interface"),
    asn: session.number("asn"),
    description: session.text("description"),
    lastError: session.text("lastError"),
    updatesIn: of(received, "received", "updates"),
    updatesOut: of(sent, "sent", "updates"),
    octetsIn: of(received, "received", "octets"),
    octetsOut: of(sent, "sent", "octets"),
    accepted: session.number("accepted"),
    announced: session.number("announced"),
    unsent: queued.number("octets"),
    queued: queued.number("prefixes"),
  };
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 10) / 10;

const percent = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 1000) / 10;

/** What sessions are sorted by: the letter, the word, and the comparison (the greatest first). */
export const ORDERS = {
  r: ["rate", (one) => (one.updatesIn ?? 0) + (one.updatesOut ?? 0)],
  b: ["bytes", (one) => (one.octetsIn ?? 0) + (one.octetsOut ?? 0)],
  u: ["queue", (one) => one.unsent + one.queued],
  a: ["routes", (one) => one.accepted],
  s: ["state", (one) => (one.state === "Established" ? 0 : 1)],
  n: ["name", () => 0],
} as const satisfies Record<string, readonly [string, (session: SessionRates) => number]>;

export type Order = keyof typeof ORDERS;

/** Those whose name, description, address or state has the text in it; sorted, and by name where alike. */
export function chosen(
  sessions: readonly SessionRates[],
  order: Order,
  filter: string,
): SessionRates[] {
  const [, weight] = ORDERS[order];
  const wanted = filter.toLowerCase();
  const names = new Intl.Collator("en", { numeric: true });
  return sessions
    .filter(({ name, description, address, state }) =>
      `${name} ${description} ${address} ${state}`.toLowerCase().includes(wanted),
    )
    .sort((a, b) => weight(b) - weight(a) || names.compare(a.name, b.name));
}
