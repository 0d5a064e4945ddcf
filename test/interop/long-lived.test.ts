import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Long-lived graceful restart (RFC 9494) with FRR and BIRD: they do not come back in time, or this node
 * does not; and what others are told meanwhile.
 *
 *     node AS 64512  10.0.0.1  ───  10.0.0.2  router  AS 64600  FRR or BIRD
 *                    10.0.1.1  ───  10.0.1.2  aware   AS 64512  BIRD, knows long-lived stale routes
 *                    10.0.2.1  ───  10.0.2.2  plain   AS 64512  FRR, without any graceful restart
 */
const PREFIX = "10.1.0.0/24";
const BLOCK = "172.16.1.0/24";
/** LLGR_STALE, as BIRD and this node write it. */
const LLGR_STALE = /\(65535, ?6\)/;

interface Router {
  /** All that it says of a prefix. */
  held(prefix: string): Promise<string>;
  end(signal: NodeJS.Signals): Promise<unknown>;
}

const startFrr = async (host: Host): Promise<Router> => {
  const frr = await Frr.start(
    host,
    `
router bgp 64600
 bgp router-id 10.0.0.2
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 bgp graceful-restart restart-time 1
 bgp long-lived-graceful-restart stale-time 3600
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
  network ${PREFIX}
 exit-address-family
`,
  );
  return {
    held: (prefix) => frr.bgp(`show bgp ipv4 unicast ${prefix}`),
    end: (signal) => frr.end(signal),
  };
};

const startBird = async (host: Host): Promise<Router> => {
  const bird = await Bird.start(
    host,
    `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static { ipv4; route ${PREFIX} blackhole; }
protocol bgp node {
  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512;
  graceful restart yes; graceful restart time 1;
  long lived graceful restart yes; long lived stale time 3600;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`,
  );
  return {
    // birdc ends with an error where there is no such network.
    held: (prefix) => bird.ask(`show route ${prefix} all`).catch(() => ""),
    end: (signal) => bird.end(signal),
  };
};

const AWARE = `
router id 10.0.1.2;
log stderr all;
protocol device {}
protocol bgp node {
  local 10.0.1.2 as 64512; neighbor 10.0.1.1 as 64512;
  graceful restart yes; long lived graceful restart yes;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export none; };
}
`;

const PLAIN = `
router bgp 64512
 bgp router-id 10.0.2.2
 bgp graceful-restart-disable
 neighbor 10.0.2.1 remote-as 64512
 neighbor 10.0.2.1 timers connect 1
`;

const config = (partial: boolean): string => `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [172.16.0.0/12], blocks: [${BLOCK}], uplink: eth0 }
restart: { time: 1, longLivedPartial: ${partial} }
filters: { everything: [{ then: accept }] }
groups:
  usual: { connectRetry: 1, families: [ipv4], longLivedStaleTime: 1h }
  inside: { connectRetry: 1, families: [ipv4], longLivedStaleTime: 1h, nextHop: self, export: everything }
peers:
  - { name: router, group: usual, address: 10.0.0.2, asn: 64600 }
  - { name: aware, group: inside, address: 10.0.1.2, asn: 64512 }
  - { name: plain, group: inside, address: 10.0.2.2, asn: 64512 }
`;

describe("long-lived graceful restart", { skip: lacking("frr", "bird2") }, () => {
  for (const [name, start] of [
    ["FRR", startFrr],
    ["BIRD", startBird],
  ] as const) {
    it(`${name} does not come back: its routes are the last choice, and others are told so; then it does`, async () => {
      const net = new Net();
      try {
        const node = await net.host("node");
        const hosts: Host[] = [];
        for (const [n, host] of ["router", "aware", "plain"].entries()) {
          hosts.push(await net.host(host));
          await net.wire([node, `eth${n}`, `10.0.${n}.1/24`], [hosts[n], "eth0", `10.0.${n}.2/24`]);
        }
        const first = await start(hosts[0]);
        const aware = await Bird.start(hosts[1], AWARE);
        const plain = await Frr.start(hosts[2], PLAIN);
        const underlay = await Underlay.start(node, config(false));
        const detail = (): string => underlay.program.output.slice(-4000);
        const shown = (): Promise<string> => underlay.ask(`show route ${PREFIX} all`);
        const atAware = (): Promise<string> =>
          aware.ask(`show route ${PREFIX} all`).catch(() => "");
        const atPlain = (): Promise<string> => plain.bgp(`show bgp ipv4 unicast ${PREFIX}`);
        await until("both have it", async () => {
          const texts = [await atAware(), await atPlain()];
          return texts.every((text) => text.includes("64600"));
        });
        await until("the kernel has it", () => ourRoute(node, PREFIX), { detail });

        await first.end("SIGKILL");
        await until("it is the last choice", async () => LLGR_STALE.test(await shown()), {
          detail,
        });
        assert.match(await underlay.show("protocols", "all", "router"), /LL stale timer: +\d+/);
        assert.ok(await ourRoute(node, PREFIX), "it is used");
        await until("who knows is told", async () => LLGR_STALE.test(await atAware()));
        await until("who does not is not", async () => !(await atPlain()).includes("64600"), {
          detail: () => plain.bgp("show bgp neighbors"),
        });

        underlay.write(config(true));
        assert.equal((await underlay.ctl("configure")).code, 0);
        await until(
          "with longLivedPartial it is, as the last choice and for itself (§4.6)",
          async () => {
            const text = await atPlain();
            return /localpref 0\b/.test(text) && /no-export/.test(text) && /llgr-stale/.test(text);
          },
          { detail: atPlain },
        );
        await until("it is the last choice for the other one, too", async () =>
          /local_pref: 0$/m.test(await atAware()),
        );

        const second = await start(hosts[0]);
        await until(
          "it is as before",
          async () => {
            const text = await shown();
            return /\(100\)/.test(text) && !LLGR_STALE.test(text);
          },
          { detail },
        );
        await until("for all", async () => {
          const text = await atPlain();
          const isFresh = !LLGR_STALE.test(await atAware()) && !/llgr-stale/.test(text);
          return isFresh && text.includes("64600");
        });
        await second.end("SIGKILL");
      } finally {
        await net.close();
      }
    });

    it(`this node does not come back: ${name} keeps its block as the last choice, until it does`, async () => {
      const net = new Net();
      try {
        const [node, host] = [await net.host("node"), await net.host("router")];
        await net.wire([node, "eth0", "10.0.0.1/24"], [host, "eth0", "10.0.0.2/24"]);
        const router = await start(host);
        const underlay = await Underlay.start(node, config(false));
        const held = (): Promise<string> => router.held(BLOCK);
        await until("it has the block", async () => (await held()).includes("64512"));
        assert.equal(await underlay.end("SIGTERM"), 0);
        const isLast = (text: string): boolean => LLGR_STALE.test(text) || /llgr-stale/.test(text);
        await until("it keeps it as the last choice", async () => isLast(await held()), {
          detail: held,
        });
        await underlay.launch();
        await until(
          "it has it as before",
          async () => {
            const text = await held();
            return text.includes("64512") && !isLast(text);
          },
          { detail: held },
        );
        await router.end("SIGKILL");
      } finally {
        await net.close();
      }
    });
  }
});
