import type { Paint } from "./colours.ts";
import { type Cell, type Column, columnWidths, formatRow } from "./columns.ts";
import { age } from "./tables.ts";
import { type DaemonRates, ORDERS, type Order, type SessionRates } from "./top-rates.ts";

// What `top` shows, as lines: a head of four about the daemon, then a row a session.

const COLUMNS: readonly Column[] = [
  { title: "NAME", cut: false },
  { title: "STATE", cut: false },
  { title: "FOR", cut: false, right: true, spare: 5 },
  { title: "UPD/S IN", cut: false, right: true },
  { title: "OUT", cut: false, right: true },
  { title: "B/S IN", cut: false, right: true, spare: 7 },
  { title: "OUT", cut: false, right: true, spare: 6 },
  { title: "ACCEPTED", cut: false, right: true, spare: 8 },
  { title: "ANNOUNCED", cut: false, right: true, spare: 4 },
  { title: "UNSENT", cut: false, right: true },
  { title: "QUEUED", cut: false, right: true, spare: 9 },
  { title: "ADDRESS", cut: false, spare: 3 },
  { title: "AS", cut: false, right: true, spare: 2 },
  { title: "NOTE", cut: true, spare: 1 },
];

/** The head, of four lines. */
export function headLines(
  daemon: DaemonRates,
  sessions: readonly SessionRates[],
  paint: Paint,
): string[] {
  const up = sessions.filter(({ state }) => state === "Established").length;
  const { kernel, delay, warnings } = daemon;
  const uptime = age(daemon.startedAt, Date.parse(daemon.at));
  const sum = (key: "octetsIn" | "octetsOut" | "queued" | "unsent" | "updatesIn" | "updatesOut") =>
    sessions.reduce((total, session) => total + (session[key] ?? 0), 0);
  return [
    joined([
      paint.bold(daemon.hostname),
      `underlayd ${daemon.version}, up ${uptime}`,
      (up < sessions.length ? paint.yellow : paint.green)(
        `${up} of ${sessions.length} sessions up`,
      ),
      `${daemon.pods} pods`,
      warnings === 0 ? "" : paint.yellow(`${warnings} warnings: show status`),
    ]),
    joined([
      `CPU ${share(daemon.cpu)}`,
      `memory ${short(daemon.resident)}B`,
      `loop busy ${share(daemon.busy)}`,
      delay === undefined
        ? "late ..."
        : `late p50 ${short(delay.p50)} p99 ${short(delay.p99)} ${tone(delay.max, paint)(`max ${short(delay.max)}`)} ms`,
    ]),
    joined([
      `Kernel ${short(kernel.installed)} routes`,
      `${short(kernel.operations)}/s changes`,
      waiting(kernel.queued, "queued", paint),
      waiting(kernel.inFlight, "in flight", paint),
      `${kernel.unresolved} unresolved`,
      (kernel.failed > 0 ? paint.red : paint.plain)(`${kernel.failed} failed`),
    ]),
    joined([
      `In ${short(sum("updatesIn"))} updates/s, ${short(sum("octetsIn"))}B/s`,
      `out ${short(sum("updatesOut"))} updates/s, ${short(sum("octetsOut"))}B/s`,
      waiting(sum("unsent"), "B unsent", paint),
      waiting(sum("queued"), "prefixes queued", paint),
    ]),
  ];
}

const joined = (parts: readonly string[]): string =>
  parts.filter((part) => part !== "").join("   ");

const waiting = (count: number, words: string, { plain, yellow }: Paint): string =>
  (count > 0 ? yellow : plain)(`${short(count)} ${words}`);

/** A loop that is held for more than 10 ms is held for too long (milliseconds). */
const tone = (max: number, { plain, red, yellow }: Paint) =>
  max > 100 ? red : max > 10 ? yellow : plain;

const share = (percent: number | undefined): string =>
  percent === undefined ? "..." : `${percent}%`;

/** The heading and a row each. */
export function sessionLines(
  sessions: readonly SessionRates[],
  at: string,
  terminal: number,
  paint: Paint,
): string[] {
  const rows = sessions.map((session) => cellsOf(session, Date.parse(at), paint));
  const titles = COLUMNS.map(({ title }) => ({ text: title, paint: paint.bold }));
  const widths = columnWidths(COLUMNS, rows.length === 0 ? [titles] : rows, terminal);
  return [titles, ...rows].map((cells) => formatRow(COLUMNS, cells, widths).trimEnd());
}

function cellsOf(session: SessionRates, now: number, paint: Paint): Cell[] {
  const { state, lastError } = session;
  const colour =
    state === "Established"
      ? paint.green
      : state === "down" || lastError !== ""
        ? paint.red
        : paint.yellow;
  const rate = (value: number | undefined): Cell => ({
    text: value === undefined ? "-" : short(value),
    paint: (value ?? 0) > 0 ? paint.plain : paint.dim,
  });
  const queue = (value: number): Cell => ({
    text: short(value),
    paint: value > 0 ? paint.yellow : paint.dim,
  });
  return [
    { text: session.name },
    { text: state, paint: colour },
    { text: age(session.since, now) },
    rate(session.updatesIn),
    rate(session.updatesOut),
    rate(session.octetsIn),
    rate(session.octetsOut),
    { text: short(session.accepted) },
    { text: short(session.announced) },
    queue(session.unsent),
    queue(session.queued),
    { text: session.address },
    { text: session.asn === 0 ? "" : String(session.asn) },
    {
      text: state === "Established" ? session.description : lastError || session.description,
      paint: paint.dim,
    },
  ];
}

/** The last line: what the keys do. */
export function keyLine(order: Order, isPaused: boolean, { bold, dim, yellow }: Paint): string {
  const orders = Object.entries(ORDERS).map(([key, [word]]) => {
    return (key === order ? bold : dim)(`${key} ${word}`);
  });
  const pause = (isPaused ? yellow : dim)("p pause");
  return `${dim("q quit")}  ${pause}  ${dim("/ filter")}   ${dim("by:")} ${orders.join(" ")}`;
}

const UNITS = ["", "k", "M", "G", "T"];

/** Three digits or so: 0, 7.5, 120, 1.2k, 34k, 1.2M. */
export function short(value: number | undefined): string {
  if (value === undefined) return "...";
  let [rest, unit] = [value, 0];
  while (rest >= 999.5 && unit < UNITS.length - 1) [rest, unit] = [rest / 1000, unit + 1];
  const text = rest < 9.95 ? rest.toFixed(1).replace(/\.0$/, "") : rest.toFixed(0);
  return text + UNITS[unit];
}
