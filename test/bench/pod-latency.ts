import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import type { Bench, DaemonName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";
import { Dialogue } from "./dialogue.ts";
import { isDaemon } from "./reflector.ts";
import { quantile } from "./statistics.ts";

/** Milliseconds between two pods. */
const INTERVAL = 20;
const POOL = "172.16.0.0/12";

interface Said {
  readonly event: string;
  readonly times?: readonly number[];
}

export const podLatency: Bench<"median" | "tail"> = {
  name: "pod-latency",
  what: "N pods, 20 ms apart: the /32 in node A's kernel until it is in node B's kernel",
  needs: ["iproute2", "procps", "bird2", "frr"],
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [30, 300],
  unit: "pods",
  figures: {
    median: { title: "p50", unit: "ms", reach: [{ most: 1, of: "bird" }] },
    tail: { title: "p99", unit: "ms", reach: [{ most: 1, of: "bird" }] },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const net = new Net();
    try {
      const [a, b, pod] = [await net.host("a"), await net.host("b"), await net.host("pod")];
      await net.wire([a, "eth0", "10.0.0.1/24"], [b, "eth0", "10.0.0.2/24"]);
      await net.wire([a, "veth0"], [pod, "eth0"]);
      await STARTERS[subject](a, b);
      const program = join(import.meta.dirname, "pods.ts");
      const run = (host: Host, ...words: string[]): Dialogue<Said> =>
        new Dialogue(host.start([process.execPath, program, ...words], { stdin: "pipe" }));
      const watcher = run(b, "watch", `${size}`);
      const adder = run(a, "add", "veth0", `${size}`, `${INTERVAL}`);
      await Promise.all([watcher, adder].map((one) => one.next(() => true)));
      adder.say("");
      const [added, seen] = await Promise.all(
        [adder, watcher].map(async (one) => (await one.next(() => true)).times ?? []),
      );
      const latencies = seen.map((at, i) => at - added[i]);
      return { median: quantile(latencies, 0.5), tail: quantile(latencies, 0.99) };
    } finally {
      await net.close();
    }
  },
};

/** Two nodes, A and B, that are neighbours; answers when their session is Established. */
type Starter = (a: Host, b: Host) => Promise<void>;

const STARTERS: Readonly<Record<DaemonName, Starter>> = {
  async underlay(a, b) {
    const node = (host: Host, own: string, other: string): Promise<Underlay> =>
      Underlay.start(
        host,
        `
node: { name: ${host.name}, asn: 64512, routerId: ${own} }
pods: { pool: [${POOL}], interfaces: ["veth*"], advertise: hosts }
peers:
  - { name: other, address: ${other}, asn: 64512, connectRetry: 1, families: [ipv4] }
log: { file: ${join(host.net.folder, `${host.name}.log`)} }`,
        BUILT_DAEMON,
      );
    const one = await node(a, "10.0.0.1", "10.0.0.2");
    await node(b, "10.0.0.2", "10.0.0.1");
    await one.established("other");
  },
  // As Calico configures it ("learn" is what takes routes of others out of the kernel), but for its scan
  // each 2 s: the kernel tells of routes anyway, and pods that come during a scan wait for its end
  // (measured: p99 2.4 and 4.5 ms with it, 0.7 and 1.4 without).
  async bird(a, b) {
    const node = (host: Host, own: string, other: string): Promise<Bird> =>
      Bird.start(
        host,
        `
router id ${own};
protocol device {}
protocol direct { ipv4; }
protocol kernel { learn; persist; ipv4 { import all; export where source = RTS_BGP; }; }
protocol bgp node {
  local ${own} as 64512;
  neighbor ${other} as 64512;
  direct;
  connect delay time 1;
  ipv4 { import all; export where net ~ [ ${POOL}+ ]; next hop self; };
}
`,
      );
    const one = await node(a, "10.0.0.1", "10.0.0.2");
    await node(b, "10.0.0.2", "10.0.0.1");
    await one.established("node");
  },
  async frr(a, b) {
    const node = (host: Host, own: string, other: string): Promise<Frr> =>
      Frr.start(
        host,
        `
frr defaults datacenter
hostname ${host.name}
router bgp 64512
 bgp router-id ${own}
 coalesce-time 0
 neighbor ${other} remote-as 64512
 neighbor ${other} timers connect 1
 address-family ipv4 unicast
  redistribute kernel
  neighbor ${other} advertisement-interval 0
`,
      );
    const one = await node(a, "10.0.0.1", "10.0.0.2");
    await node(b, "10.0.0.2", "10.0.0.1");
    await until("FRR's session", () => one.isEstablished("10.0.0.2"));
  },
};
