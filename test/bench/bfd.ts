import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Bird } from "../support/bird.ts";
import { Net } from "../support/net.ts";
import { runNow } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { tenth, type Bench, type Values } from "./bench.ts";
import type { BlasterSpec } from "./blaster.ts";
import { BUILT_DAEMON } from "./build.ts";
import { Dialogue } from "./dialogue.ts";
import { endsIn, type Ends } from "./ends.ts";
import { NODES } from "./routes.ts";
import { packetsOf, type Sighting } from "./sightings.ts";
import { threadTime } from "./usage.ts";
import { wallClock } from "./telling.ts";
import type { Seen } from "./watcher.ts";

type Key = "alarms" | "idle" | "load" | "withdraw" | "birds" | "late" | "cpu";

/**
 * underlayd with BFD towards 50 neighbours (a BIRD with as many addresses) while another neighbour
 * announces and withdraws a table. What counts is what a capture on the neighbours' side has seen:
 * who said Down, and how long anybody was silent.
 */
export const bfd: Bench<Key> = {
  name: "bfd",
  what: "50 BFD sessions of 50 ms x 3 while N routes are loaded and withdrawn: silences, alarms",
  needs: ["iproute2", "procps", "bird2", "tcpdump"],
  subjects: ["underlay"],
  variants: [""],
  sizes: tenth(1_000_000),
  unit: "routes",
  figures: {
    // Sessions that either end has called Down though nothing was wrong.
    alarms: { title: "false alarms", unit: "", worst: true, reach: [{ most: 0 }] },
    idle: { title: "longest silence, idle", unit: "ms" },
    load: { title: "longest silence, loading", unit: "ms" },
    withdraw: { title: "longest silence, withdrawing", unit: "ms" },
    birds: { title: "longest silence of the BIRD there", unit: "ms" },
    // What the machine, its kernel and its other users did to everybody.
    late: { title: "a sleeper of the same priority woken late", unit: "ms", tool: true },
    cpu: { title: "BFD thread of a core", unit: "%" },
  },
  run: ({ size }) => bfdRun(size),
};

const SESSIONS = 50;
/** Milliseconds. */
const INTERVAL = 50;
/** Sleeps for 5 ms again and again, and says how much longer it was at most when it is asked. */
const WITNESS = `
let [late, last] = [0, performance.now()];
setInterval(() => {
  const now = performance.now();
  late = Math.max(late, now - last - 5);
  last = now;
}, 5);
process.stdin.once("data", () => console.log(JSON.stringify({ event: "late", late })));
`;
const IDLE = 5000;

async function bfdRun(routes: number): Promise<Values<Key>> {
  const net = new Net();
  try {
    const dut = await net.host("dut");
    const loader = await net.host("loader");
    const crowd = await net.host("crowd");
    await net.wire([dut, "eth0", "10.0.0.1/16"], [loader, "eth0", "10.0.0.2/16"]);
    const pairs = endsIn("10.1", SESSIONS);
    await net.wire(
      [dut, "eth1", ...pairs.map(({ ours }) => `${ours}/16`)],
      [crowd, "eth0", ...pairs.map(({ theirs }) => `${theirs}/16`)],
    );
    const table: BlasterSpec = {
      ...{ listen: "10.0.0.2", asn: 65001, routerId: 0x0a000002 },
      ...{ kind: "pods", size: routes, nodes: NODES },
    };
    const blaster = Dialogue.start(loader, "blaster.ts", table);
    await blaster.event("listening");
    const file = join(net.folder, "bfd.pcap");
    const capture = crowd.start([
      ...["tcpdump", "-n", "-U", "-i", "eth0", "-s", "96", "-B", "65536", "-w", file],
      "udp port 3784",
    ]);
    await until("tcpdump listens", () => capture.output.includes("listening on"));
    const bird = await Bird.start(crowd, birdConfig(pairs));
    const daemon = await Underlay.start(dut, ourConfig(pairs, net.folder), BUILT_DAEMON);
    const watcher = Dialogue.start<Seen>(dut, "watcher.ts", table);
    await watcher.event("ready");
    await blaster.event("established");
    await until(
      "all BFD sessions are Up",
      async () =>
        (await daemon.ask("show bfd sessions")).split("\n").filter((l) => / Up /.test(l)).length ===
        SESSIONS,
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
    const witness = new Dialogue<{ readonly event: "late"; readonly late: number }>(
      dut.start(["chrt", "--rr", "1", process.execPath, "-e", WITNESS], { stdin: "pipe" }),
    );
    const thread = bfdThread(daemon.program.pid);
    // Sessions have just come up, and slow packets go before fast ones.
    await pause(1000);
    const [begin, used] = [wallClock(), threadTime(daemon.program.pid, thread)];
    await pause(IDLE);

    blaster.say("announce");
    const announcing = await blaster.event("announcing");
    watcher.say("present");
    const loaded = await watcher.event("seen");
    blaster.say("withdraw");
    const withdrawing = await blaster.event("withdrawing");
    watcher.say("absent");
    const empty = await watcher.event("seen");
    if (!loaded.reached || !empty.reached) throw new Error(daemon.program.output.slice(-3000));

    witness.say("");
    const { late } = await witness.event("late");
    const [end, usedThen] = [wallClock(), threadTime(daemon.program.pid, thread)];
    // The kernel hands tcpdump blocks of packets, and each may take a second to be full.
    await pause(1500);
    await capture.end("SIGINT");
    const seen = packetsOf(readFileSync(file)).filter(({ at }) => at >= begin && at <= end);
    const longest = (from: number, to: number, ours = true): number =>
      longestSilence(seen, from, to, ours);
    return {
      alarms: alarms(seen),
      idle: longest(begin, announcing.at),
      load: longest(announcing.at, withdrawing.at),
      withdraw: longest(withdrawing.at, end),
      birds: longest(begin, end, false),
      late,
      cpu: (100 * 1000 * (usedThen - used)) / (end - begin),
    };
  } finally {
    await net.close();
  }
}

/**
 * Milliseconds between a packet of one side that says Up and the next of the same session, or the
 * end of the time.
 */
function longestSilence(
  seen: readonly Sighting[],
  from: number,
  to: number,
  ours: boolean,
): number {
  const last = new Map<string, number>();
  let longest = 0;
  const end = (neighbour: string, at: number): void => {
    longest = Math.max(longest, at - (last.get(neighbour) ?? at));
    last.delete(neighbour);
  };
  for (const { at, isOurs, neighbour, isUp } of seen) {
    if (at < from || at > to || isOurs !== ours) continue;
    end(neighbour, at);
    if (isUp) last.set(neighbour, at);
  }
  for (const neighbour of [...last.keys()]) end(neighbour, to);
  return longest;
}

/** How many sessions either side has found silent (RFC 5880 §4.1, diagnostic 1). */
function alarms(seen: readonly Sighting[]): number {
  const down = seen.filter(({ isAlarm }) => isAlarm);
  return new Set(down.map(({ isOurs, neighbour }) => `${isOurs} ${neighbour}`)).size;
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

function birdConfig(pairs: readonly Ends[]): string {
  const neighbours = pairs.map(
    ({ number, ours, theirs }) => `
protocol bgp n${number} {
  local ${theirs} as 65100;
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
protocol bfd { interface "*" { interval ${INTERVAL} ms; multiplier 3; }; }
${neighbours.join("\n")}
`;
}

function ourConfig(pairs: readonly Ends[], folder: string): string {
  const neighbours = pairs.map(
    ({ number, ours, theirs }) =>
      `  - { name: n${number}, address: ${theirs}, source: ${ours}, asn: 65100, connectRetry: 1, ` +
      `families: [ipv4], bfd: { interval: ${INTERVAL}ms } }`,
  );
  return `
node: { name: dut, asn: 65002, routerId: 10.0.0.1 }
listen: { addresses: [] }
peers:
  - { name: loader, address: 10.0.0.2, asn: 65001, holdTime: 240, families: [ipv4] }
${neighbours.join("\n")}
log: { file: ${join(folder, "underlay.log")} }`;
}
