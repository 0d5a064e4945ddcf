import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Net } from "../support/net.ts";
import { runNow } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { BUILT_DAEMON } from "./build.ts";
import { Dialogue } from "./dialogue.ts";
import { OURS, packetsOf, type Sighting } from "./sightings.ts";
import { threadTime } from "./usage.ts";

/**
 * `npm run bench -- bfd`: one underlayd with BFD towards many neighbours (a BIRD with as many
 * addresses) while another neighbour announces and withdraws a full table. What counts is what a
 * capture on the neighbours' side has seen: who said Down, and how long anybody was silent.
 */
export interface BfdRun {
  readonly sessions: number;
  readonly routes: number;
  /** Sessions that this node, or BIRD, has called Down though nothing was wrong. */
  readonly alarms: { readonly ours: number; readonly birds: number };
  /** Longest silence of a session, milliseconds: idle for as long as it takes, loading, withdrawing. */
  readonly gaps: Readonly<Record<"idle" | "load" | "withdraw", Gap>>;
  /** Seconds, first UPDATE byte to the last route in the kernel, and back. */
  readonly load: number;
  readonly withdraw: number;
  /**
   * Milliseconds that a program of the same priority, which only sleeps, was woken too late: what
   * the machine, its kernel and its other users did to everybody.
   */
  readonly late: number;
  /** Seconds of the BFD thread's CPU, and of how many seconds in all. */
  readonly cpu: number;
  readonly elapsed: number;
}

/** Milliseconds between two packets of one session: of this node, and of BIRD. */
export interface Gap {
  readonly ours: number;
  readonly birds: number;
}

export interface BfdBench {
  readonly sessions: number;
  readonly routes: number;
  /** Milliseconds. */
  readonly interval: number;
}

const NEXT_HOPS = 1000;
const LIMIT = 280;
/** Sleeps for 5 ms again and again, and says how much longer it was at most when it is asked. */
const WITNESS = `
let [late, last] = [0, performance.now()];
setInterval(() => {
  const now = performance.now();
  late = Math.max(late, now - last - 5);
  last = now;
}, 5);
process.stdin.once("data", () => console.log(JSON.stringify({ late })));
`;
const IDLE = 5000;

interface Event {
  readonly event: string;
  readonly at: number;
}
interface Count {
  readonly count: number;
  readonly at: number;
  readonly reached: boolean;
}

/** The two ends of a session: BIRD tells its sessions apart by the neighbour's address alone. */
const ends = (i: number): Ends => {
  const [high, low] = [(i + 1) >> 8, (i + 1) & 255];
  return { ours: `10.1.${high + OURS}.${low}`, birds: `10.1.${high}.${low}` };
};

interface Ends {
  readonly ours: string;
  readonly birds: string;
}

export async function bfdRun({ sessions, routes, interval }: BfdBench): Promise<BfdRun> {
  const net = new Net();
  try {
    const dut = await net.host("dut");
    const loader = await net.host("loader");
    const crowd = await net.host("crowd");
    await net.wire([dut, "eth0", "10.0.0.1/16"], [loader, "eth0", "10.0.0.2/16"]);
    const pairs = Array.from({ length: sessions }, (_, i) => ends(i));
    await net.wire(
      [dut, "eth1", ...pairs.map(({ ours }) => `${ours}/16`)],
      [crowd, "eth0", ...pairs.map(({ birds }) => `${birds}/16`)],
    );
    const script = (name: string): string => join(import.meta.dirname, name);
    const blaster = new Dialogue<Event>(
      loader.start(
        [process.execPath, script("blaster.ts"), "10.0.0.2", "65001", `${routes}`, `${NEXT_HOPS}`],
        { stdin: "pipe" },
      ),
    );
    await blaster.next(({ event }) => event === "listening", 30);
    const file = join(net.folder, "bfd.pcap");
    const capture = crowd.start([
      ...["tcpdump", "-n", "-U", "-i", "eth0", "-s", "96", "-B", "65536", "-w", file],
      "udp port 3784",
    ]);
    await until("tcpdump listens", () => capture.output.includes("listening on"));
    const bird = await Bird.start(crowd, birdConfig(pairs, interval));
    const daemon = await Underlay.start(dut, ourConfig(pairs, interval, net.folder), BUILT_DAEMON);
    const watcher = new Dialogue<Count>(
      dut.start([process.execPath, script("watcher.ts"), `${routes}`], { stdin: "pipe" }),
    );
    await watcher.next(() => true, 30);
    await blaster.next(({ event }) => event === "established", 60);
    await until(
      "all BFD sessions are Up",
      async () =>
        (await daemon.ask("show bfd sessions")).split("\n").filter((l) => / Up /.test(l)).length ===
        sessions,
      {
        detail: async () =>
          [
            await daemon.ask("show bfd sessions"),
            await daemon.ask("show protocols"),
            await bird.ask("show bfd sessions"),
          ].join("\n"),
      },
    );

    // Real neighbours have machines of their own, which a full table on this one does not slow.
    prefer(bird.program.pid);
    const witness = new Dialogue<{ readonly late: number }>(
      dut.start(["chrt", "--rr", "1", process.execPath, "-e", WITNESS], { stdin: "pipe" }),
    );
    const thread = bfdThread(daemon.program.pid);
    // Sessions have just come up, and slow packets go before fast ones.
    await pause(1000);
    const [begin, used] = [wallClock(), threadTime(daemon.program.pid, thread)];
    await pause(IDLE);

    blaster.say("announce");
    const announcing = await blaster.next(({ event }) => event === "announcing", 30);
    watcher.say("present");
    const loaded = await watcher.next(() => true, LIMIT);
    blaster.say("withdraw");
    const withdrawing = await blaster.next(({ event }) => event === "withdrawing", 30);
    watcher.say("absent");
    const empty = await watcher.next(() => true, LIMIT);
    if (!loaded.reached || !empty.reached) throw new Error(daemon.program.output.slice(-3000));

    witness.say("");
    const { late } = await witness.next(() => true, 30);
    const [end, usedThen] = [wallClock(), threadTime(daemon.program.pid, thread)];
    // The kernel hands tcpdump blocks of packets, and each may take a second to be full.
    await pause(1500);
    await capture.end("SIGINT");
    const seen = packetsOf(readFileSync(file)).filter(({ at }) => at >= begin && at <= end);
    const between = (from: number, to: number): Gap => gapsOf(seen, from, to);
    return {
      sessions,
      routes,
      alarms: { ours: alarms(seen, true), birds: alarms(seen, false) },
      gaps: {
        idle: between(begin, announcing.at),
        load: between(announcing.at, withdrawing.at),
        withdraw: between(withdrawing.at, end),
      },
      load: (loaded.at - announcing.at) / 1000,
      withdraw: (empty.at - withdrawing.at) / 1000,
      late,
      cpu: usedThen - used,
      elapsed: (end - begin) / 1000,
    };
  } finally {
    await net.close();
  }
}

const wallClock = (): number => performance.timeOrigin + performance.now();
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Between a packet that says Up and the next of the same sender, or the end of the time. */
function gapsOf(seen: readonly Sighting[], from: number, to: number): Gap {
  const last = new Map<string, number>();
  const longest = { ours: 0, birds: 0 };
  const end = (key: string, at: number): void => {
    const whose = key.startsWith(">") ? "ours" : "birds";
    longest[whose] = Math.max(longest[whose], at - (last.get(key) ?? at));
    last.delete(key);
  };
  for (const { at, isOurs, neighbour, isUp } of seen) {
    if (at < from || at > to) continue;
    const key = `${isOurs ? ">" : "<"}${neighbour}`;
    end(key, at);
    if (isUp) last.set(key, at);
  }
  for (const key of [...last.keys()]) end(key, to);
  return longest;
}

/** How many sessions one side has found silent (RFC 5880 §4.1, diagnostic 1). */
function alarms(seen: readonly Sighting[], ours: boolean): number {
  const down = seen.filter((packet) => packet.isOurs === ours && packet.isAlarm);
  return new Set(down.map(({ neighbour }) => neighbour)).size;
}

/** Gives all threads of a process the priority that underlay's BFD thread asks for. */
function prefer(pid: number): void {
  runNow(["chrt", "--all-tasks", "--rr", "--pid", "1", `${pid}`]);
}

/** The thread that has a real-time priority, or else the lowest nice value: both come first here. */
function bfdThread(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  const priority = (thread: number): number => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[15]);
  };
  return threads.reduce((a, b) => (priority(b) < priority(a) ? b : a));
}

function birdConfig(pairs: readonly Ends[], interval: number): string {
  const neighbours = pairs.map(
    ({ ours, birds }, i) => `
protocol bgp n${i} {
  local ${birds} as 65100;
  neighbor ${ours} as 65002;
  strict bind on;
  passive on;
  hold time 240;
  bfd on;
  ipv4 { import all; export none; };
}`,
  );
  return `
router id 10.1.0.1;
protocol device {}
protocol bfd { interface "*" { interval ${interval} ms; multiplier 3; }; }
${neighbours.join("\n")}
`;
}

function ourConfig(pairs: readonly Ends[], interval: number, folder: string): string {
  const neighbours = pairs.map(
    ({ ours, birds }, i) =>
      `  - { name: n${i}, address: ${birds}, source: ${ours}, asn: 65100, connectRetry: 1, ` +
      `families: [ipv4], bfd: { interval: ${interval}ms } }`,
  );
  return `
node: { name: dut, asn: 65002, routerId: 10.0.0.1 }
listen: { addresses: [] }
peers:
  - { name: loader, address: 10.0.0.2, asn: 65001, holdTime: 240, families: [ipv4] }
${neighbours.join("\n")}
log: { file: ${join(folder, "underlay.log")} }`;
}
