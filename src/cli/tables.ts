import { clean } from "./clean.ts";
import { type Cell, type Column, columnWidths, formatRow } from "./columns.ts";
import { ClientError } from "./client.ts";
import { type Paint, painter } from "./colours.ts";
import type { Sink } from "./output.ts";
import { FIRST_ERROR, ROW, type ReplyRow } from "./reply-reader.ts";

// Tables for the terminal, made from the daemon's JSON values. Nothing here is meant to be read by
// a program: that is what the plain text and --json are for.

/** A table: its columns, and the cells of one value. */
export interface Table {
  readonly columns: readonly Column[];
  readonly row: (value: Value, before: Value | undefined, paint: Paint) => readonly Cell[];
}

/** A JSON object from the daemon: what is not there, or not what was thought, shows as nothing. */
export class Value {
  readonly #value: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#value = typeof value === "object" && value !== null ? { ...value } : {};
  }

  text(key: string): string {
    const value = this.#value[key];
    return typeof value === "string" || typeof value === "number" ? inCell(value.toString()) : "";
  }

  number(key: string): number {
    const value = this.#value[key];
    return typeof value === "number" ? value : 0;
  }

  numbers(key: string): number[] {
    const value = this.#value[key];
    return Array.isArray(value) ? value.filter((one) => typeof one === "number") : [];
  }

  is(key: string): boolean {
    return this.#value[key] === true;
  }

  inner(key: string): Value {
    return new Value(this.#value[key]);
  }

  list(key: string): Value[] {
    const value = this.#value[key];
    return Array.isArray(value) ? value.map((one) => new Value(one)) : [];
  }

  texts(key: string): string[] {
    const value = this.#value[key];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string").map(inCell) : [];
  }
}

/** A neighbour's words (why it closed the session, say) must not steer the terminal, nor move columns. */
function inCell(text: string): string {
  return clean(text).replaceAll("\t", "?");
}

const PROTOCOLS: Table = {
  columns: [
    { title: "NAME", cut: false },
    { title: "STATE", cut: false },
    { title: "NEIGHBOUR", cut: false },
    { title: "AS", cut: false, right: true, spare: 1 },
    { title: "FOR", cut: false, right: true, spare: 4 },
    { title: "IN", cut: false, right: true, spare: 3 },
    { title: "OUT", cut: false, right: true, spare: 2 },
    { title: "NOTE", cut: true, spare: 5 },
  ],
  row: (value, _before, paint) => {
    const bgp = value.inner("bgp");
    const state = value.text("state");
    const shown = state === "down" ? "down" : bgp.text("state") || state;
    const good = shown === "Established" || shown === "up";
    const bad = state === "down" || bgp.text("lastError") !== "";
    const channels = value.list("channels").filter((one) => one.text("state") === "UP");
    const sum = (key: string): string =>
      channels.length === 0
        ? ""
        : channels.reduce((total, one) => total + one.number(key), 0).toString();
    const zone = bgp.text("interface");
    const address = bgp.text("neighbourAddress") || bgp.text("neighbourRange");
    const said = bgp.text("lastError") || value.text("message");
    const note = said || value.text("description") || value.text("info");
    return [
      { text: value.text("name") },
      { text: shown, paint: good ? paint.green : bad ? paint.red : paint.yellow },
      { text: zone === "" ? address : `${address}%${zone}` },
      { text: bgp.text("neighbourAsn") },
      { text: age(value.text("since")) },
      { text: sum("imported") },
      { text: sum("exported") },
      { text: note, paint: paint.dim },
    ];
  },
};

const ROUTES: Table = {
  columns: [
    { title: "NETWORK", cut: false },
    { title: "", cut: false },
    { title: "VIA", cut: false },
    { title: "ON", cut: false, spare: 2 },
    { title: "FROM", cut: false, spare: 4 },
    { title: "KERNEL", cut: false, spare: 3 },
    { title: "AS PATH", cut: true, spare: 1 },
  ],
  row: (value, before, paint) => {
    const network = value.text("network");
    const kernel = value.text("kernel");
    const failed = kernel === "failed" || kernel === "unresolved";
    const hops = value.list("nextHops");
    const first = hops.at(0) ?? new Value(undefined);
    const more = hops.length > 1 ? ` +${hops.length - 1}` : "";
    const type = value.text("type");
    const gateway = first.text("gateway") || (type === "unicast" ? "direct" : type);
    const reason = value.text("kernelReason");
    const path = reason === "" ? value.text("asPath") : reason;
    return [
      { text: before?.text("network") === network ? "" : network },
      {
        text: value.is("best") ? (failed ? "!" : "*") : " ",
        paint: failed ? paint.red : paint.green,
      },
      { text: gateway + more },
      { text: first.text("interface") },
      { text: value.text("protocol") },
      { text: kernel, paint: failed ? paint.red : kernel === "pending" ? paint.yellow : paint.dim },
      { text: path, paint: reason === "" ? paint.plain : paint.red },
    ];
  },
};

const INTERFACES: Table = {
  columns: [
    { title: "NAME", cut: false },
    { title: "STATE", cut: false },
    { title: "MTU", cut: false, right: true, spare: 1 },
    { title: "USE", cut: false, spare: 2 },
    { title: "ADDRESSES", cut: true },
  ],
  row: (value, _before, paint) => {
    const up = value.is("up") && value.is("running");
    const use = value.is("uplink") ? "uplink" : value.is("pods") ? "pods" : "";
    return [
      { text: value.text("name") },
      { text: up ? "up" : "down", paint: up ? paint.green : paint.red },
      { text: value.text("mtu") },
      { text: use },
      { text: value.texts("addresses").join(" ") },
    ];
  },
};

const BFD_SESSIONS: Table = {
  columns: [
    { title: "NEIGHBOUR", cut: false },
    { title: "ADDRESS", cut: false },
    { title: "INTERFACE", cut: false, spare: 3 },
    { title: "STATE", cut: false },
    { title: "FOR", cut: false, right: true, spare: 4 },
    { title: "TIMEOUT", cut: false, right: true, spare: 2 },
    { title: "FAILED", cut: false, right: true, spare: 1 },
    { title: "NOTE", cut: true },
  ],
  row: (value, _before, paint) => {
    const state = value.text("state");
    return [
      { text: value.text("neighbour") },
      { text: value.text("address") },
      { text: value.is("multihop") ? "multihop" : value.text("interface") },
      { text: state, paint: state === "Up" ? paint.green : paint.red },
      { text: age(value.text("since")) },
      { text: `${value.number("timeout")} ms` },
      { text: value.text("failures") },
      { text: state === "Up" ? "" : value.text("diagnostic") },
    ];
  },
};

/** The table for a command's answer; undefined: it is shown as text. */
export function tableFor(line: string): Table | undefined {
  const words = line.split(" ");
  if (words[0] !== "show" || ["all", "count", "summary"].some((word) => words.includes(word))) {
    return undefined;
  }
  if (words[1] === "protocols") return PROTOCOLS;
  if (words[1] === "route") return ROUTES;
  if (words[1] === "bfd") return BFD_SESSIONS;
  return words[1] === "interfaces" ? INTERFACES : undefined;
}

/** How long ago, in two units at most: `3d4h`, `12m`, `7s`. */
export function age(since: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (!Number.isFinite(seconds)) return "";
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}

export function parseRow(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ClientError("what the daemon sent is no JSON: is underlayctl of the same version?");
  }
}

/** Rows that the widths are made from; later ones have to fit. */
const MEASURED = 200;

/** Prints the answer as a table; gives the exit status. */
export async function printTable(
  table: Table,
  rows: AsyncIterable<ReplyRow>,
  output: Sink,
): Promise<number> {
  const paint = painter(output.colours);
  let widths: readonly number[] | undefined;
  let waiting: (readonly Cell[])[] = [];
  let before: Value | undefined;
  const print = async (): Promise<void> => {
    if (widths === undefined) {
      if (waiting.length === 0) return;
      widths = columnWidths(table.columns, waiting, output.columns ?? 80);
      const titles = table.columns.map(({ title }) => ({ text: title, paint: paint.bold }));
      await output.write(formatRow(table.columns, titles, widths));
    }
    for (const cells of waiting) await output.write(formatRow(table.columns, cells, widths));
    waiting = [];
  };
  for await (const { code, text, last } of rows) {
    if (output.broken) return 0;
    if (code === ROW) {
      const value = new Value(parseRow(text));
      waiting.push(table.row(value, before, paint));
      before = value;
      if (waiting.length === MEASURED) await print();
    }
    if (!last) continue;
    await print();
    await output.flush();
    if (code >= FIRST_ERROR) await output.complain(`${text}\n`);
    return code >= FIRST_ERROR ? 1 : 0;
  }
  return 1;
}
