import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import type { Bench, DaemonName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";
import { endsIn, type Ends } from "./ends.ts";
import { isDaemon } from "./reflector.ts";
import { usage } from "./usage.ts";

/** Milliseconds; the multiplier is 3. */
const INTERVAL = 300;
/** Milliseconds. */
const SETTLING = 5000;
const WATCHED = 30_000;

export const idle: Bench<"cpu" | "memory"> = {
  name: "idle",
  what: "N sessions of 3 s / 9 s, half of them with BFD of 300 ms, and nothing to do: CPU in 30 s",
  needs: ["iproute2", "procps", "bird2", "frr"],
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [10, 100],
  unit: "sessions",
  figures: {
    cpu: { title: "CPU of a core", unit: "%", reach: [{ most: 1 }] },
    memory: { title: "peak memory", unit: "MiB" },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const net = new Net();
    try {
      const dut = await net.host("dut");
      const crowd = await net.host("crowd");
      const pairs = endsIn("10.2", size);
      await net.wire(
        [dut, "eth0", ...pairs.map(({ ours }) => `${ours}/16`)],
        [crowd, "eth0", ...pairs.map(({ theirs }) => `${theirs}/16`)],
      );
      const peer = await Bird.start(crowd, birdConfig("10.2.0.1", pairs.map(swapped), true));
      const pids = await STARTERS[subject](dut, pairs);
      await until(
        "all sessions and all of BFD are up",
        async () => {
          const [sessions, bfd] = [
            await peer.ask("show protocols"),
            await peer.ask("show bfd sessions"),
          ];
          const up = sessions.match(/Established/g)?.length ?? 0;
          return up === size && (bfd.match(/ Up /g)?.length ?? 0) === pairs.filter(hasBfd).length;
        },
        { timeout: 120_000, interval: 1000, detail: () => peer.ask("show protocols") },
      );
      await pause(SETTLING);
      const [before, begun] = [usage(pids), performance.now()];
      await pause(WATCHED);
      const { cpu, memory } = usage(pids);
      return { cpu: (100 * 1000 * (cpu - before.cpu)) / (performance.now() - begun), memory };
    } finally {
      await net.close();
    }
  },
};

const swapped = ({ number, ours, theirs }: Ends): Ends => ({ number, ours: theirs, theirs: ours });
const hasBfd = ({ number }: Ends): boolean => number % 2 === 0;

type Starter = (host: Host, pairs: readonly Ends[]) => Promise<readonly number[]>;

const STARTERS: Readonly<Record<DaemonName, Starter>> = {
  async underlay(host, pairs) {
    const peers = pairs.map(
      (pair) =>
        `  - { name: n${pair.number}, address: ${pair.theirs}, source: ${pair.ours}, asn: 64512, ` +
        `holdTime: 9, keepalive: 3, passive: true, families: [ipv4]` +
        `${hasBfd(pair) ? `, bfd: { interval: ${INTERVAL}ms }` : ""} }`,
    );
    const daemon = await Underlay.start(
      host,
      `
node: { name: dut, asn: 64512, routerId: 10.2.128.1 }
peers:
${peers.join("\n")}
log: { file: ${join(host.net.folder, "underlay.log")} }`,
      BUILT_DAEMON,
    );
    return [daemon.program.pid];
  },
  async bird(host, pairs) {
    return [(await Bird.start(host, birdConfig("10.2.128.1", pairs, false))).program.pid];
  },
  async frr(host, pairs) {
    const neighbours = pairs.flatMap((pair) => [
      ` neighbor ${pair.theirs} remote-as 64512`,
      ` neighbor ${pair.theirs} update-source ${pair.ours}`,
      ` neighbor ${pair.theirs} passive`,
      ` neighbor ${pair.theirs} timers 3 9`,
      ...(hasBfd(pair) ? [` neighbor ${pair.theirs} bfd profile node`] : []),
    ]);
    const config = `
frr defaults datacenter
hostname dut
router bgp 64512
 bgp router-id 10.2.128.1
${neighbours.join("\n")}
`;
    const bfd = `
bfd
 profile node
  detect-multiplier 3
  receive-interval ${INTERVAL}
  transmit-interval ${INTERVAL}
`;
    return (await Frr.start(host, config, bfd)).pids;
  },
};

function birdConfig(routerId: string, pairs: readonly Ends[], connects: boolean): string {
  const neighbours = pairs.map(
    (pair) => `
protocol bgp n${pair.number} {
  local ${pair.ours} as 64512;
  neighbor ${pair.theirs} as 64512;
  strict bind on;
  direct;
  ${connects ? "connect delay time 1; connect retry time 1; error wait time 1, 2;" : "passive on;"}
  hold time 9;
  keepalive time 3;
  bfd ${hasBfd(pair) ? "on" : "off"};
  ipv4 { import all; export none; };
}`,
  );
  return `
router id ${routerId};
protocol device {}
protocol bfd { interface "*" { interval ${INTERVAL} ms; multiplier 3; }; }
${neighbours.join("\n")}
`;
}
