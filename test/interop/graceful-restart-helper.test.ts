import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import { Monitor, ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

// Neighbours restart, and this node keeps their routes meanwhile; and this node does not come back.

const STAYS = "10.1.0.0/24";
const GOES = "10.2.0.0/24";
const BLOCK = "172.16.1.0/24";

interface Router {
  end(signal: NodeJS.Signals): Promise<unknown>;
}

/** A router with graceful restart; `again`: it restarts, and says that it has forwarded all the time. */
type Start = (host: Host, networks: readonly string[], again: boolean) => Promise<Router>;

const startFrr: Start = (host, networks) =>
  Frr.start(
    host,
    `
router bgp 64600
 bgp router-id 10.0.0.2
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
${networks.map((network) => `  network ${network}`).join("\n")}
 exit-address-family
`,
  );

const startBird: Start = (host, networks, again) =>
  Bird.start(
    host,
    `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static { ipv4; ${networks.map((network) => `route ${network} blackhole;`).join(" ")} }
protocol bgp node {
  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512;
  graceful restart yes;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`,
    ...(again ? ["-R"] : []),
  );

const startGoBgp: Start = async (host, networks, again) => {
  const gobgp = await GoBgp.start(
    host,
    `
[global.config]
  as = 64600
  router-id = "10.0.0.2"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.0.1"
    peer-as = 64512
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 60
    deferral-time = 5
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
`,
    ...(again ? ["-r"] : []),
  );
  for (const network of networks) {
    await gobgp.ask("global", "rib", "add", "-a", "ipv4", network, "nexthop", "10.0.0.2");
  }
  return gobgp;
};

const CONFIG = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [172.16.0.0/12], blocks: [${BLOCK}], uplink: eth0 }
restart: { time: 12 }
peers:
  - { name: router, address: 10.0.0.2, asn: 64600, connectRetry: 1, families: [ipv4] }
`;

async function pair(net: Net): Promise<{ node: Host; router: Host }> {
  const [node, router] = [await net.host("node"), await net.host("router")];
  await net.wire([node, "eth0", "10.0.0.1/24"], [router, "eth0", "10.0.0.2/24"]);
  return { node, router };
}

describe("neighbours that restart", () => {
  for (const [name, start, needs] of [
    ["FRR", startFrr, "frr"],
    ["BIRD", startBird, "bird2"],
    ["GoBGP", startGoBgp, "gobgpd"],
  ] as const) {
    it(
      `${name}: its routes stay, are shown as stale, and go if they do not come again`,
      {
        skip: lacking(needs),
      },
      async () => {
        const net = new Net();
        try {
          const { node, router } = await pair(net);
          const first = await start(router, [STAYS, GOES], false);
          const underlay = await Underlay.start(node, CONFIG);
          const has = async (prefix: string): Promise<boolean> =>
            (await ourRoute(node, prefix)) !== undefined;
          const detail = (): string => underlay.program.output.slice(-4000);
          const both = async (): Promise<boolean> => (await has(STAYS)) && (await has(GOES));
          await until("both routes are in the kernel", both, { detail });
          const monitor = await Monitor.start(node);
          await first.end("SIGKILL");
          await until("the routes are stale", async () => {
            return /^10\.1\.0\.0\/24 .*\(100s\)/m.test(await underlay.show("route", STAYS));
          });
          const shown = await underlay.show("protocols", "all", "router");
          assert.match(shown, /Neighbor graceful restart active/);
          // FRR announces our block back, too.
          assert.match(shown, /Stale routes: +[23]$/m);
          assert.ok(await both());
          const second = await start(router, [STAYS], true);
          await underlay.logged("end-of-rib-received", () => {
            const ends = underlay.log().filter(({ event }) => event === "end-of-rib-received");
            return ends.length >= 2;
          });
          await until("what did not come again is gone", async () => !(await has(GOES)), {
            detail,
          });
          await until("what came again is fresh", async () => {
            return /^10\.1\.0\.0\/24 .*\(100\)/m.test(await underlay.show("route", STAYS));
          });
          const changes = (await monitor.changes()).map(({ text }) => text);
          // GoBGP forgets its routes, and is given them again only after it has sent End-of-RIB.
          const touched = changes.filter((text) => text.includes("10.1.0.0/24"));
          if (name !== "GoBGP") assert.deepEqual(touched, []);
          await monitor.end();
          await second.end("SIGKILL");
        } finally {
          await net.close();
        }
      },
    );
  }
});

describe("this node does not come back", { skip: lacking("frr", "bird2") }, () => {
  it("FRR keeps its block for the restart time, and no longer", async () => {
    const net = new Net();
    try {
      const { node, router } = await pair(net);
      const frr = (await startFrr(router, [], false)) as Frr;
      const underlay = await Underlay.start(node, CONFIG);
      const holds = async (): Promise<boolean> =>
        (await frr.bgp(`show bgp ipv4 unicast ${BLOCK}`)).includes("10.0.0.1");
      await until("FRR has the block", holds);
      assert.equal(await underlay.end("SIGTERM"), 0);
      assert.match(await frr.bgp(`show bgp ipv4 unicast ${BLOCK}`), /stale/i);
      await until("FRR has dropped it", async () => !(await holds()));
    } finally {
      await net.close();
    }
  });

  it("so does BIRD", async () => {
    const net = new Net();
    try {
      const { node, router } = await pair(net);
      const bird = (await startBird(router, [], false)) as Bird;
      const underlay = await Underlay.start(node, CONFIG);
      const holds = async (): Promise<boolean> =>
        (await bird.ask(`show route ${BLOCK}`).catch(() => "")).includes("10.0.0.1");
      await until("BIRD has the block", holds);
      assert.equal(await underlay.end("SIGTERM"), 0);
      assert.ok(await holds(), "it is kept");
      await until("BIRD has dropped it", async () => !(await holds()));
    } finally {
      await net.close();
    }
  });
});
