// How clients of BIRD's socket read it, rebuilt from what they are known to compare and match.
import assert from "node:assert/strict";

export interface CalicoPeer {
  readonly address: string;
  readonly type: string;
  readonly state: string;
  readonly since: string;
  readonly info: string;
}

const CALICO_TYPES: Readonly<Record<string, string>> = {
  Global: "global",
  Mesh: "node-to-node mesh",
  Node: "node specific",
};

/** `calicoctl node status`: the peers of what a socket says to `show protocols`; fails where it gives up. */
export function calicoPeers(text: string, family: 4 | 6): CalicoPeer[] {
  const peers: CalicoPeer[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("0000")) break;
    assert.match(line, /^(0001|2002|1002| )/, `unexpected output line: ${line}`);
    if (line.startsWith("2002")) {
      assert.deepEqual(line.slice(5).trim().split(/\s+/), [
        ...["name", "proto", "table", "state", "since", "info"],
      ]);
    }
    const fields = line.replace(/^(1002-| )/, "").match(/\S+/g) ?? [];
    if (fields.length < 6 || fields[1] !== "BGP") continue;
    const [, type = "", name] = /^(Global|Node|Mesh)_(.+)$/.exec(fields.at(0) ?? "") ?? [];
    if (name === undefined) continue;
    peers.push({
      address: name.replaceAll("_", family === 4 ? "." : ":"),
      type: CALICO_TYPES[type],
      state: fields[3],
      since: fields[4],
      info: fields.slice(5).join(" "),
    });
  }
  return peers;
}

/** Calico's readiness probe knows these lines of `show status` only; a 0024 is "not ready". */
export function isReadyForCalico(text: string): boolean {
  for (const line of text.split("\n").slice(0, -1)) {
    assert.match(line, /^(0001|1000|1011|0013|0024| )/);
  }
  return !/^0024/m.test(text);
}

export interface ExporterProtocol {
  readonly name: string;
  readonly proto: string;
  readonly up: boolean;
  /** Seconds. */
  readonly uptime: number;
  description: string;
  readonly channels: {
    readonly family: string;
    routes: readonly number[];
    readonly changes: Record<string, readonly number[]>;
  }[];
}

const EXPORTER = {
  protocol:
    /^(?:1002-)?([^\s]+)\s+(BGP|OSPF|Direct|Device|Kernel|Static|BFD)\s+([^\s]+)\s+([^\s]+)\s+(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}|[^\s]+)(?:\s+(.*?))?$/,
  description: /^(?:1006-)?\s*Description:\s+(.*)/,
  channel: /^(?:1006-)?\s*Channel ipv(4|6)/,
  routes: /^\s+Routes:\s+(\d+) imported, (?:(\d+) filtered, )?(\d+) exported(?:, (\d+) preferred)?/,
  changes:
    /(Import|Export) (updates|withdraws):\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s+(\d+|---)\s*$/,
} as const;

/**
 * bird_exporter: `show protocols all`. The first row of a protocol keeps its code, what follows has a
 * blank in its place, and a line with nothing else ends it.
 */
export function exporterProtocols(text: string, now: number): ExporterProtocol[] {
  const found: ExporterProtocol[] = [];
  let current: ExporterProtocol | undefined;
  for (const line of text.split("\n")) {
    if (line === " ") {
      current = undefined;
      continue;
    }
    const protocol = EXPORTER.protocol.exec(line);
    if (protocol !== null && line.startsWith("1002-")) {
      const [, name, proto, , state, since] = protocol;
      current = {
        ...{ name, proto, up: state === "up", description: "", channels: [] },
        uptime: exporterUptime(since, now),
      };
      found.push(current);
      continue;
    }
    if (current !== undefined) readDetail(current, line);
  }
  return found;
}

function readDetail(current: ExporterProtocol, line: string): void {
  const [, description] = EXPORTER.description.exec(line) ?? [];
  if (description !== undefined) current.description = description;
  const [, family] = EXPORTER.channel.exec(line) ?? [];
  if (family !== undefined) current.channels.push({ family, routes: [], changes: {} });
  const channel = current.channels.at(-1);
  const numbers = (texts: readonly (string | undefined)[]): number[] =>
    texts.map((each = "0") => (each === "---" ? 0 : Number(each)));
  const routes = EXPORTER.routes.exec(line);
  if (channel !== undefined && routes !== null) channel.routes = numbers(routes.slice(1, 5));
  const changes = EXPORTER.changes.exec(line);
  if (channel !== undefined && changes !== null) {
    channel.changes[`${changes[1]} ${changes[2]}`] = numbers(changes.slice(3, 8));
  }
}

/** Only from seconds since 1970, `HH:MM:SS`, or date and time to the second; else 0. */
function exporterUptime(since: string, now: number): number {
  if (/^\d+$/.test(since)) return Math.floor(now / 1000) - Number(since);
  const long = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(since) ? Date.parse(since) : NaN;
  return Number.isNaN(long) ? 0 : Math.floor((now - long) / 1000);
}

/** One read of a client that stops where this matches (bird_socket). */
export const EXPORTER_END = /^[089]\d{3}/m;

/**
 * bird-lg-go's proxy: a byte a read, lines of at most 1024 bytes, the code cut off; a line with a code of
 * 0, 8 or 9 ends it. What has been read, and how many bytes were left.
 */
export function lookingGlass(bytes: Uint8Array): { lines: string[]; rest: number } {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    let end = at;
    while (end < bytes.length && bytes[end] !== 0x0a && end - at < 1024) end++;
    assert.ok(end < bytes.length && end - at < 1024, "a line without an end");
    const line = Buffer.from(bytes.subarray(at, end)).toString();
    at = end + 1;
    const hasCode = /^\d{4}[ -]/.test(line);
    const text = hasCode ? line.slice(5) : line.slice(1);
    if (hasCode && /^[089]/.test(line)) {
      if (text !== "") lines.push(text);
      return { lines, rest: bytes.length - at };
    }
    lines.push(text);
  }
}

/** The rows of its summary: a table after a first line that begins with "name", whatever its case. */
export function lookingGlassSummary(lines: readonly string[]): Record<string, string>[] {
  const [header, ...rows] = lines;
  assert.equal(header.slice(0, 4).toLowerCase(), "name");
  const titles = ["name", "proto", "table", "state", "since", "info"];
  return rows
    .filter((row) => row.trim() !== "")
    .map((row) => {
      const words = row.match(/\S+/g) ?? [];
      const cells = [...words.slice(0, 5), words.slice(5).join(" ")];
      return Object.fromEntries(titles.map((title, at) => [title, cells[at] ?? ""]));
    });
}

/** Its map of paths out of `show route for X all`: by protocol, the next hop and the AS path. */
export function lookingGlassMap(lines: readonly string[]) {
  const routes: { protocol: string; via: string; path: string[]; isBest: boolean }[] = [];
  for (const line of lines) {
    const head = /(?:unicast|blackhole|unreachable)\s+\[(\S+) /.exec(line);
    if (head !== null) {
      routes.push({ protocol: head[1], via: "", path: [], isBest: line.includes("*") });
    }
    const route = routes.at(-1);
    if (route === undefined) continue;
    const via = /^\tvia (.*)$/.exec(line);
    if (via !== null) route.via = via[1];
    const path = /^\t(?:BGP\.as_path|bgp_path): (.*)$/.exec(line);
    if (path !== null) route.path = path[1].split(" ").filter((asn) => asn !== "");
  }
  return routes;
}

const BIRDWATCHER_ROUTE =
  /^([0-9a-f.:/]+)?\s+(?:unicast|blackhole)\s+\[([\w.:]+)\s+([0-9\-:\s.]+)(?:\s+from\s+([0-9a-f.:/]+))?\]\s+(?:(\*)\s+)?\((\d+)(?:\/\d+)?(?:\/[^)]*)?\).*$/;

/** birdwatcher: the routes out of what `birdc` has printed of `show route ... all`. */
export function birdwatcherRoutes(lines: readonly string[]) {
  let network = "";
  const routes: {
    network: string;
    protocol: string;
    from: string | undefined;
    primary: boolean;
    metric: number;
    gateway: string;
    interface: string;
    bgp: Record<string, string>;
  }[] = [];
  for (const line of lines) {
    const found = BIRDWATCHER_ROUTE.exec(line);
    if (found !== null) {
      // The network of the row before counts where there is none, as with every further path.
      network = found.at(1) ?? network;
      const [, , protocol, , from, star, metric]: readonly (string | undefined)[] = found;
      routes.push({
        ...{ network, protocol: protocol ?? "", from, primary: star === "*" },
        ...{ metric: Number(metric), gateway: "", interface: "", bgp: {} },
      });
    }
    const route = routes.at(-1);
    if (route === undefined) continue;
    const via = /^\s+via\s+([0-9a-f.:]+)\s+on\s+([^/\s]+)\s*$/.exec(line);
    if (via !== null) [, route.gateway, route.interface] = via;
    const attribute = /^\s+BGP\.(\w+):\s+(.+)\s*$/.exec(line);
    if (attribute !== null) route.bgp[attribute[1]] = attribute[2];
  }
  return routes;
}
