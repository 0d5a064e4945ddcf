import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { until } from "../support/wait.ts";
import { blockAfter } from "./pages.ts";
import { PAGE, TorNetwork } from "./tor.ts";

/** What config/tor.md has for nodes, FRR and BIRD is run as it stands there. */

/** Sessions are up, routes go both ways, and a pod reaches the other one. */
async function reached({ daemons, nodes, pods }: TorNetwork): Promise<void> {
  for (const daemon of daemons) await daemon.established("tor");
  await until("node1 has the way to node2's pods, and out", async () => {
    const routes = await nodes[0].ip("route", "show", "proto", "bgp");
    return /^172\.16\.2\.0\/24 /m.test(routes) && /^default /m.test(routes);
  });
  await until("BFD is up on both", async () => {
    const answers = await Promise.all(daemons.map((each) => each.ask("show bfd sessions")));
    return answers.every((text) => / Up /.test(text));
  });
  await until("pod1 reaches pod2", () => pods[0].pings("172.16.2.2"));
}

/** node1's daemon is killed and started again; every packet from pod to pod comes back. */
async function survivesRestart({ daemons, pods }: TorNetwork): Promise<void> {
  const [node1] = daemons;
  const ping = pods[0].start(["ping", "-n", "-i", "0.01", "172.16.2.2"]);
  await node1.end("SIGKILL");
  await node1.launch();
  await node1.established("tor");
  await node1.logged("recovered");
  await ping.end("SIGINT");
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.output) ?? [];
  assert.ok(Number(sent) > 50);
  // The one that is under way when ping is told to end is not lost.
  assert.ok(Number(sent) - Number(received) <= 1, ping.output.slice(-300));
}

describe("config/tor.md", { skip: lacking("frr", "bird2") }, () => {
  const [withFrr, withBird] = [new TorNetwork(), new TorNetwork()];
  after(() => Promise.all([withFrr.net.close(), withBird.net.close()]));

  it("its FRR and its nodes: sessions with BFD, MD5 and GTSM, routes, ECMP", async () => {
    await withFrr.build();
    const frr = await withFrr.startFrr("## The ToR: FRR");
    await withFrr.startNodes();
    await reached(withFrr);
    await until("FRR spreads packets to the service over both nodes", async () => {
      const text = await frr.zebra("show ip route 203.0.113.80/32");
      return [101, 102].every((n) => text.includes(`* 192.168.1.${n}`));
    });
    const { daemons } = withFrr;
    // On a busy machine the kernel's answer may be too late: that is a broken link, too.
    await until("no link is broken", async () =>
      /\nNo broken link: /.test(await daemons[0].ask("explain 172.16.2.2")),
    );
    await survivesRestart(withFrr);
  });

  it("its BIRD, with allowOwnAs on the nodes", async () => {
    await withBird.build();
    await Bird.start(withBird.tor, blockAfter(PAGE, "## The ToR: BIRD", "bird"));
    await withBird.startNodes((text) =>
      text.replace("asn: 64600", "asn: 64600\n    allowOwnAs: 1"),
    );
    await reached(withBird);
    await survivesRestart(withBird);
  });
});
