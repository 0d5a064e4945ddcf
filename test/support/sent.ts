import { join } from "node:path";
import { missing } from "./packages.ts";
import type { Host, Net } from "./net.ts";
import { run, Running } from "./process.ts";
import { until } from "./wait.ts";

/**
 * All BGP and BFD that a node of a test sends is recorded, and dissected when the test's net is closed:
 * closing fails where tshark finds what it cannot decode, or what its experts warn of.
 *
 * One tcpdump per host listens on all its interfaces, from before the first daemon until the end, to
 * what goes out: what routers and fuzzers say to the node is theirs. It records segments with data
 * only, and those that begin a connection; a million routes that arrive cost nothing.
 */

/** Octets of data behind the TCP header, for IPv4 and for IPv6 (of which tcp[] knows nothing). */
const DATA_4 = "ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) != 0";
const DATA_6 = "ip6[4:2] - ((ip6[52] & 0xf0) >> 2) != 0";
const FILTER = `outbound and (
  (ip and tcp port 179 and (tcp[13] & 2 != 0 or ${DATA_4})) or
  (ip6 and tcp port 179 and (ip6[53] & 2 != 0 or ${DATA_6})) or
  udp dst port 3784 or udp dst port 4784)`;

/** Of each host at most so much: what BFD sends in a minute, or some million routes. */
const MOST_PACKETS = 20_000;

/** Of a segment's octets so much is told, in hexadecimal: one of the common length. */
const MOST_DIGITS = 3000;

/** tshark's severity "warning" (0x600000), and its group "sequence" (0x2000000), TCP's own worries. */
const WARNING = 0x60_0000;
const SEQUENCE = 0x200_0000;

/** What tshark 4.0 gets wrong. */
const MISTAKEN = [
  // It has not heard of RFC 8654: messages of more than 4096 octets.
  /^Length is invalid \d{4,5}$/,
];

/** What was recorded, message by message, and what of it does not decode. */
export interface Verdict {
  /** BGP's messages by their type, 1 to 5. */
  readonly bgp: readonly number[];
  /** How many BFD packets. */
  readonly bfd: number;
  /** One for a packet: what tshark says of it, and its octets in hexadecimal. */
  readonly complaints: readonly string[];
}

class Sent {
  readonly file: string;
  readonly #program: Running;

  private constructor(file: string, program: Running) {
    this.file = file;
    this.#program = program;
  }

  static async start(host: Host): Promise<Sent> {
    const file = join(host.net.folder, `${host.name}-sent.pcap`);
    const options = ["-i", "any", "-n", "-s", "0", "-U", "--immediate-mode", "-w", file];
    const most = ["-c", String(MOST_PACKETS)];
    // Not one of the net's programs: those are killed, and this is to write down what it has.
    const words = host.on("tcpdump", ...options, ...most, FILTER.replaceAll(/\s+/g, " "));
    const program = new Running(words);
    await until("tcpdump listens", () => program.output.includes("listening on"), {
      detail: () => program.output,
    });
    return new Sent(file, program);
  }

  end(): Promise<number> {
    return this.#program.end("SIGINT");
  }
}

const FIELDS = [
  "bgp.type",
  "bfd.version",
  "_ws.malformed",
  "_ws.expert.severity",
  "_ws.expert.group",
  "_ws.expert.message",
  "tcp.payload",
  "udp.payload",
];

/** Reads a recording, whatever its link type. */
async function dissect(file: string): Promise<Verdict> {
  const wanted = FIELDS.flatMap((name) => ["-e", name]);
  const format = ["-T", "fields", "-E", "separator=|", "-E", "aggregator=;", ...wanted];
  const order = ["-o", "tcp.reassemble_out_of_order:TRUE"];
  const filter = ["-Y", "bgp || bfd || _ws.malformed"];
  const answer = await run(["tshark", "-n", "-r", file, ...order, ...filter, ...format]);
  // tcpdump may be in the middle of a packet, or have been ended there.
  if (answer.code !== 0 && !/cut short/.test(answer.stderr)) throw new Error(answer.stderr);
  const bgp: number[] = [];
  let bfd = 0;
  const complaints: string[] = [];
  for (const line of answer.stdout.split("\n").filter((each) => each !== "")) {
    const [types, versions, ...rest] = line.split("|");
    bgp.push(...list(types).map(Number));
    bfd += list(versions).length;
    const words = complaintsOf(rest);
    const octets = rest.slice(-2).join("").slice(0, MOST_DIGITS);
    if (words.length > 0) complaints.push(`${words.join("; ")}: ${octets}`);
  }
  return { bgp, bfd, complaints };
}

const list = (cell: string): string[] => cell.split(";").filter((each) => each !== "");

function complaintsOf([malformed, severities, groups, messages]: readonly string[]): string[] {
  const group = list(groups).map(Number);
  const message = list(messages);
  const experts = list(severities)
    .map((severity, i) => ({ severity: Number(severity), group: group[i], text: message[i] ?? "" }))
    .filter((each) => each.severity >= WARNING && each.group !== SEQUENCE);
  if (experts.length === 0) return malformed === "" ? [] : ["malformed"];
  return experts
    .map((each) => each.text)
    .filter((words) => !MISTAKEN.some((pattern) => pattern.test(words)));
}

/** Only where a test file is what runs (not in the lab or the bench), and what it takes is there. */
const ON = /\.test\.ts$/.test(process.argv[1] ?? "") && missing(["tcpdump", "tshark"]).length === 0;

const books = new WeakMap<Net, Map<Host, Promise<Sent>>>();

/** Records what a host sends, from now to the end of its net; once is enough. */
export async function recordSent(host: Host): Promise<void> {
  if (!ON) return;
  let book = books.get(host.net);
  if (book === undefined) {
    book = new Map<Host, Promise<Sent>>();
    books.set(host.net, book);
    host.net.atEnd(() => judge(host.net));
  }
  let sent = book.get(host);
  if (sent === undefined) book.set(host, (sent = Sent.start(host)));
  await sent;
}

/** What a host that is recorded has sent until now. */
export async function sentBy(host: Host): Promise<Verdict> {
  const sent = await books.get(host.net)?.get(host);
  if (sent === undefined) throw new Error(`${host.name} is not recorded`);
  return dissect(sent.file);
}

async function judge(net: Net): Promise<void> {
  const found: string[] = [];
  for (const [host, started] of books.get(net) ?? []) {
    const sent = await started;
    await sent.end();
    const { complaints } = await dissect(sent.file);
    found.push(...complaints.map((words) => `${host.name}: ${words}`));
  }
  if (found.length === 0) return;
  throw new Error(`tshark cannot decode what was sent:\n${found.slice(0, 20).join("\n")}`);
}
