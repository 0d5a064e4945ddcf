import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Monitor, ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * `bfd: { onDown: graceful }` (RFC 5882 §4.3): a router whose control plane stands still, BFD and all,
 * may be forwarding, so its routes are kept as over a restart. FRR and BIRD are frozen and thawed. They
 * are missed after three seconds, so that a busy machine is not taken for a frozen router.
 */
const PREFIX = "10.1.0.0/24";

interface Router {
  readonly pids: readonly number[];
  end(signal: NodeJS.Signals): Promise<unknown>;
}

const startFrr = (host: Host): Promise<Router> =>
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
 neighbor 10.0.0.1 bfd profile calm
 address-family ipv4 unicast
  network ${PREFIX}
 exit-address-family
`,
    `
bfd
 profile calm
  transmit-interval 300
  receive-interval 300
  detect-multiplier 10
 exit
exit
`,
  );

const startBird = async (host: Host): Promise<Router> => {
  const bird = await Bird.start(
    host,
    `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static { ipv4; route ${PREFIX} blackhole; }
protocol bfd { interface "*" { interval 300 ms; multiplier 10; }; }
protocol bgp node {
  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512;
  graceful restart yes;
  bfd graceful;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`,
  );
  return { pids: [bird.program.pid], end: (signal) => bird.end(signal) };
};

const CONFIG = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
peers:
  - name: router
    address: 10.0.0.2
    asn: 64600
    connectRetry: 1
    families: [ipv4]
    bfd: { interval: 300ms, multiplier: 10, onDown: graceful }
`;

describe("BFD down, gracefully", { skip: lacking("frr", "bird2") }, () => {
  for (const [name, start] of [
    ["FRR", startFrr],
    ["BIRD", startBird],
  ] as const) {
    it(`a frozen ${name} keeps its routes in the kernel, as over a restart, until it thaws`, async () => {
      const net = new Net();
      try {
        const [node, host] = [await net.host("node"), await net.host("router")];
        await net.wire([node, "eth0", "10.0.0.1/24"], [host, "eth0", "10.0.0.2/24"]);
        const router = await start(host);
        const underlay = await Underlay.start(node, CONFIG);
        const detail = (): string => underlay.program.output.slice(-4000);
        await underlay.established("router");
        await until("BFD is up", async () => / Up /.test(await underlay.ask("show bfd sessions")));
        await underlay.logged("end-of-rib-received");
        await until("the kernel has the route", () => ourRoute(node, PREFIX), { detail });
        const monitor = await Monitor.start(node);
        for (const pid of router.pids) process.kill(pid, "SIGSTOP");
        try {
          await underlay.logged("bfd-down");
          await underlay.logged("routes-kept", (line) => line["stale"] === 1);
          await until("the route is stale", async () =>
            /\(100s\)/.test(await underlay.ask(`show route ${PREFIX}`)),
          );
          const text = await underlay.ask("show protocols all router");
          assert.match(text, /Neighbor graceful restart active/);
          assert.match(text, /Last error: .*BFD: control detection time expired/);
          const changes = (await monitor.changes()).filter((each) => each.text.includes(PREFIX));
          assert.deepEqual(changes, [], "the kernel's route is untouched");
        } finally {
          for (const pid of router.pids) process.kill(pid, "SIGCONT");
        }
        await underlay.established("router");
        await until(
          "the route is fresh",
          async () => /\(100\)/.test(await underlay.ask(`show route ${PREFIX}`)),
          { detail },
        );
        await until("BFD is up again", async () =>
          / Up /.test(await underlay.ask("show bfd sessions")),
        );
        const changes = (await monitor.changes()).filter((each) => each.text.includes(PREFIX));
        // BIRD, which has not restarted, says that it forwarded nothing meanwhile (its F bit is 0), so
        // that RFC 4724 §4.2 has the stale route go first.
        if (name === "FRR") assert.deepEqual(changes, []);
        await monitor.end();
        await router.end("SIGKILL");
      } finally {
        await net.close();
      }
    });
  }
});
