import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Monitor, ourRoutes } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

// Two upstreams announce the same routes, and one of them is lost. Where it is killed, all routes have
// to move at once, by one change of a kernel object each set of next hops, before any route is looked
// at. Where its link goes, the kernel has to move them by itself.

const ROUTES = 3000;
/** Where packets go by a best path; the backup's router stands by. */
const BEST = "192.168.1.1";
const BACKUP = "192.168.2.1";
/** Packets to as many addresses: one of each is sent. */
const PACKETS = 1000;

const prefix = (n: number): string => `100.64.${n >> 8}.${n & 255}/32`;

function upstream(n: 1 | 2, longer: boolean): string {
  const routes = Array.from({ length: ROUTES }, (_, i) => `route ${prefix(i)} blackhole;`);
  return `
router id 192.168.${n}.1;
protocol device {}
protocol static { ipv4; ${routes.join("\n")} }
protocol bgp node {
  local 192.168.${n}.1 as 6460${n};
  neighbor 192.168.${n}.101 as 64512;
  ipv4 { import none; export filter { ${longer ? `bgp_path.prepend(6460${n});` : ""} accept; }; };
}
`;
}

/** Brings all up until `ROUTES` routes are in the kernel, by these gateways. */
async function bringUp(net: Net, longer: boolean, gateways: string) {
  const node = await net.host("node");
  const tors = [await net.host("tor1"), await net.host("tor2")];
  for (const [i, tor] of tors.entries()) {
    await net.wire(
      [node, `eth${i}`, `192.168.${i + 1}.101/24`],
      [tor, "eth0", `192.168.${i + 1}.1/24`],
    );
  }
  const first = await Bird.start(tors[0], upstream(1, false));
  await Bird.start(tors[1], upstream(2, longer));
  const underlay = await Underlay.start(
    node,
    `node: { name: node, asn: 64512, routerId: 192.168.1.101 }
peers:
  - { name: one, address: 192.168.1.1, asn: 64601, connectRetry: 1 }
  - { name: two, address: 192.168.2.1, asn: 64602, connectRetry: 1 }
`,
  );
  await until(
    "all routes are in the kernel, and known from both",
    async () => {
      const counted = await underlay.ask("show route count");
      if (!counted.includes(`${2 * ROUTES} of ${2 * ROUTES} routes`)) return false;
      return (await routesBy(node, gateways)) === ROUTES;
    },
    { detail: () => underlay.ask("show status") },
  );
  return { node, tors, first, underlay };
}

/** How many routes of ours lead by these gateways. */
async function routesBy(node: Host, gateways: string): Promise<number> {
  const routes = await ourRoutes(node);
  return [...routes.values()].filter((each) => each === gateways).length;
}

for (const [title, longer, before1] of [
  ["equal paths", false, "192.168.1.1 192.168.2.1"],
  ["a best path and a backup", true, BEST],
] as const) {
  describe(`an upstream dies: ${title}`, { skip: lacking("bird2") }, () => {
    const net = new Net();
    let node: Host;
    let first: Bird;

    before(async () => {
      ({ node, first } = await bringUp(net, longer, before1));
    });
    after(() => net.close());

    it("its next hop leaves the group first, and no route is away for a moment", async () => {
      const monitor = await Monitor.start(node);
      process.kill(first.program.pid, "SIGKILL");
      await until(
        "all routes go the other way",
        async () => (await routesBy(node, BACKUP)) === ROUTES,
      );
      await until(
        "the old next hop is gone from the kernel",
        async () => !(await node.ip("nexthop", "show")).includes("192.168.1.1"),
      );
      const lines = (await monitor.changes()).map(({ text }) => text);
      await monitor.end();
      const ours = lines.filter((line) => /^(Deleted )?(id \d+|100\.64)/.test(line));
      assert.match(ours[0], /^id \d+ group \d+ .*proto bgp/, "a group of one member comes first");
      assert.ok(!ours.some((line) => line.startsWith("Deleted 100.64")), "no route was deleted");
    });
  });
}

/** UDP packets to a port where nobody listens, so far. */
async function received(host: Host): Promise<number> {
  const [names, values] = (await host.must("cat", "/proc/net/snmp"))
    .split("\n")
    .filter((line) => line.startsWith("Udp: "))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("NoPorts")]);
}

describe("the link of the best path goes", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let node: Host;
  let tors: Host[];
  let source: Host;
  let underlay: Underlay;

  before(async () => {
    ({ node, tors, underlay } = await bringUp(net, true, BEST));
    source = await net.host("source");
    await net.wire([node, "eth2", "192.168.9.101/24"], [source, "eth0", "192.168.9.1/24"]);
    await source.ip("route", "add", "default", "via", "192.168.9.101");
    await node.sysctl("net.ipv4.ip_forward", 1);
    for (const [i, tor] of tors.entries()) {
      await tor.ip("route", "add", "local", "100.64.0.0/10", "dev", "lo");
      await tor.ip("route", "add", "192.168.9.0/24", "via", `192.168.${i + 1}.101`);
      await node.run("ping", "-c1", "-W5", `192.168.${i + 1}.1`); // so that no packet waits for ARP
    }
  });
  after(() => net.close());

  /** Sends a packet to each of PACKETS routes: how many have come to either upstream. */
  async function send(): Promise<number[]> {
    const before = await Promise.all(tors.map(received));
    const each = `for ((i = 0; i < ${PACKETS}; i++)); do echo > /dev/udp/100.64.$((i >> 8)).$((i & 255))/9; done`;
    await source.run("bash", "-c", each);
    const counts = async (): Promise<number[]> => {
      const now = await Promise.all(tors.map(received));
      return now.map((count, i) => count - before[i]);
    };
    await until("all packets have come", async () => {
      const [one, two] = await counts();
      return one + two >= PACKETS;
    });
    return counts();
  }

  it("a backup that stands by gets no packet", async () => {
    assert.deepEqual(await send(), [PACKETS, 0]);
  });

  it("the kernel moves all routes to it, though the daemon sleeps, and back when it wakes", async () => {
    process.kill(underlay.program.pid, "SIGSTOP");
    try {
      await tors[0].ip("link", "set", "eth0", "down");
      await until(
        "the best next hop is gone",
        async () => (await routesBy(node, BACKUP)) === ROUTES,
      );
      assert.deepEqual(await send(), [0, PACKETS]);
    } finally {
      process.kill(underlay.program.pid, "SIGCONT");
    }
    await until("the daemon knows", async () =>
      /^\S*eth0 +down/m.test(await underlay.ask("show interfaces summary")),
    );
    assert.deepEqual(await send(), [0, PACKETS]);
    await tors[0].ip("link", "set", "eth0", "up");
    // BIRD has ended the session with its link. What it said of that comes now that the link is up, when the
    // best path is back already: it goes once more.
    await until("the session has ended, and has come up again", () => {
      const ends = underlay.log().filter(({ event }) => event === "end-of-rib-received");
      return ends.filter(({ peer }) => peer === "one").length === 2;
    });
    await until("the best path is back", async () => (await routesBy(node, BEST)) === ROUTES);
    assert.deepEqual(await send(), [PACKETS, 0]);
  });
});
