import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { IPV4, IPV6 } from "bgp-ts";
import { difference, Monitor, nexthops, OURS, ourRoutes } from "../support/kernel.ts";
import { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const PLAIN = "kernel: { nexthopObjects: off }";

/** `kernel.nexthopObjects: off`, after a run with them and after one without. */
describe("plain routes", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net, { asn: 64512, families: [IPV4, IPV6] });
    await scene.start();
    announce();
    await inPlace();
  });
  after(() => net.close());

  /** Twenty routes over five next hops, one over an IPv6 one. */
  function announce(): void {
    const { neighbour } = scene;
    for (let n = 0; n < 20; n++) neighbour.announce([`203.0.113.${n}/32`], `10.0.1.${n % 5}`);
    neighbour.announce(["2001:db8:1::/48"], "fd00::2");
    neighbour.endOfRib(IPV4);
    neighbour.endOfRib(IPV6);
  }

  async function inPlace(): Promise<void> {
    for (let n = 0; n < 20; n++) await scene.leads(`203.0.113.${n}/32`, `10.0.1.${n % 5}`);
    await scene.leads("2001:db8:1::/48", "fd00::2");
  }

  const ours = async (): Promise<number> =>
    (await nexthops(scene.node)).filter(({ protocol }) => protocol === OURS).length;

  it("the nexthop objects of the run before are removed when no route uses them", async () => {
    assert.ok((await ours()) > 0);
    await scene.node.ip("nexthop", "add", "id", "7", "via", "10.0.0.78", "dev", "eth0");
    await scene.underlay.end("SIGTERM");
    const sessions = scene.neighbour.sessions;
    await scene.start(PLAIN);
    assert.equal(scene.neighbour.sessions, sessions + 1);
    announce();
    await scene.underlay.logged("recovered");
    await until("no object of ours is left", async () => (await ours()) === 0);
    await inPlace();
    assert.equal((await nexthops(scene.node)).length, 1, "somebody else's stays");
  });

  it("a restart changes no route", async () => {
    const { node, underlay } = scene;
    const kept = [...(await ourRoutes(node))].map(([to, via]) => `${to} ${via}`);
    const monitor = await Monitor.start(node);
    await underlay.end("SIGTERM");
    await scene.restart();
    announce();
    await underlay.logged("recovered");
    await scene.shows("203.0.113.19/32", /installed|203\.0\.113\.19/);
    const changes = await monitor.changes();
    await monitor.end();
    assert.deepEqual(changes.slice(0, 10), []);
    const after = [...(await ourRoutes(node))].map(([to, via]) => `${to} ${via}`);
    assert.deepEqual(difference(kept, after), []);
  });

  it("what was taken over is followed: a route that moves, one that goes", async () => {
    scene.neighbour.announce(["203.0.113.7/32"], "10.0.1.9");
    await scene.leads("203.0.113.7/32", "10.0.1.9");
    await scene.node.ip("link", "set", "eth0", "down");
    await scene.leads("203.0.113.8/32", "");
    await scene.node.ip("link", "set", "eth0", "up");
    await scene.leads("203.0.113.8/32", "10.0.1.3");
  });
});
