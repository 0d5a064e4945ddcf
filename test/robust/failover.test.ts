import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Monitor, ourRoutes } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

// Two upstreams announce the same routes, and one of them is killed. All routes have to move at
// once, by one change of a kernel object each set of next hops, before any route is looked at.

const ROUTES = 3000;

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

for (const [title, longer, before1] of [
  ["equal paths", false, "192.168.1.1 192.168.2.1"],
  ["a best path and a backup", true, "192.168.1.1"],
] as const) {
  describe(`an upstream dies: ${title}`, { skip: lacking("bird2") }, () => {
    const net = new Net();
    let node: Host;
    let first: Bird;
    let underlay: Underlay;

    before(async () => {
      node = await net.host("node");
      const tors = [await net.host("tor1"), await net.host("tor2")];
      for (const [i, tor] of tors.entries()) {
        await net.wire(
          [node, `eth${i}`, `192.168.${i + 1}.101/24`],
          [tor, "eth0", `192.168.${i + 1}.1/24`],
        );
      }
      first = await Bird.start(tors[0], upstream(1, false));
      await Bird.start(tors[1], upstream(2, longer));
      underlay = await Underlay.start(
        node,
        `node: { name: node, asn: 64512, routerId: 192.168.1.101 }
peers:
  - { name: one, address: 192.168.1.1, asn: 64601, connectRetry: 1 }
  - { name: two, address: 192.168.2.1, asn: 64602, connectRetry: 1 }
`,
      );
      await until(
        "all routes are in the kernel by both",
        async () => {
          const counted = await underlay.ask("show route count");
          const routes = await ourRoutes(node);
          const right = [...routes.values()].filter((gateways) => gateways === before1);
          return (
            counted.includes(`${2 * ROUTES} of ${2 * ROUTES} routes`) && right.length === ROUTES
          );
        },
        { detail: () => underlay.ask("show status") },
      );
    });
    after(() => net.close());

    it("its next hop leaves the group first, and no route is away for a moment", async () => {
      const monitor = await Monitor.start(node);
      process.kill(first.program.pid, "SIGKILL");
      await until("all routes go the other way", async () => {
        const routes = await ourRoutes(node);
        const moved = [...routes.values()].filter((gateways) => gateways === "192.168.2.1");
        return moved.length === ROUTES;
      });
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
