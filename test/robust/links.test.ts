import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Net, type Host } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

/** An internal neighbour announces routes whose next hops are behind interfaces that come and go. */
describe("interfaces and next hops that come and go", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  let other: Host;
  before(async () => {
    scene = await Scene.open(net, { asn: 64512 });
    other = await net.host("other");
    await wire();
    await scene.start();
    scene.neighbour.announce(["203.0.113.0/24"], "10.1.0.2");
    scene.neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
    scene.neighbour.announce(["192.0.2.0/24"], "10.7.0.7");
    await scene.leads("203.0.113.0/24", "10.1.0.2");
    await scene.leads("198.51.100.0/24", "10.0.0.2");
  });
  after(() => net.close());

  const wire = (): Promise<void> =>
    net.wire([scene.node, "eth1", "10.1.0.1/24"], [other, "eth0", "10.1.0.2/24"]);

  it("an interface that is deleted and made again", async () => {
    await scene.node.ip("link", "del", "eth1");
    await scene.leads("203.0.113.0/24", "");
    await scene.shows("203.0.113.0/24", /unresolved/i);
    await wire();
    await scene.leads("203.0.113.0/24", "10.1.0.2");
    await scene.leads("198.51.100.0/24", "10.0.0.2");
  });

  it("a link that goes down and up", async () => {
    await scene.node.ip("link", "set", "eth1", "down");
    await scene.leads("203.0.113.0/24", "");
    await scene.node.ip("link", "set", "eth1", "up");
    await scene.leads("203.0.113.0/24", "10.1.0.2");
  });

  it("a cable that is pulled at the other end and put back", async () => {
    await other.ip("link", "set", "eth0", "down");
    await scene.leads("203.0.113.0/24", "");
    await other.ip("link", "set", "eth0", "up");
    await scene.leads("203.0.113.0/24", "10.1.0.2");
  });

  it("an address that is taken away and given back", async () => {
    await scene.node.ip("address", "del", "10.1.0.1/24", "dev", "eth1");
    await scene.leads("203.0.113.0/24", "");
    await scene.node.ip("address", "add", "10.1.0.1/24", "dev", "eth1");
    await scene.leads("203.0.113.0/24", "10.1.0.2");
  });

  it("an unresolved next hop is shown, not installed, and used when a route to it appears", async () => {
    await scene.shows("192.0.2.0/24", /unresolved/i);
    await until("show status counts it", async () =>
      (await scene.underlay.show("status")).includes(" 1 unresolved"),
    );
    await scene.leads("192.0.2.0/24", "");
    await scene.node.ip("route", "add", "10.7.0.0/24", "via", "10.1.0.2");
    await scene.leads("192.0.2.0/24", "10.1.0.2");
    // A better way to it: followed.
    await scene.node.ip("route", "add", "10.7.0.7/32", "via", "10.0.0.2");
    await scene.leads("192.0.2.0/24", "10.0.0.2");
    await scene.node.ip("route", "del", "10.7.0.7/32");
    await scene.leads("192.0.2.0/24", "10.1.0.2");
    await scene.node.ip("route", "del", "10.7.0.0/24");
    await scene.leads("192.0.2.0/24", "");
    await scene.shows("192.0.2.0/24", /unresolved/i);
  });

  it("the session's own interface is deleted and made again: session and routes outlast it", async () => {
    const { node, peer, neighbour } = scene;
    await node.ip("link", "del", "eth0");
    await scene.leads("198.51.100.0/24", "");
    await net.wire([node, "eth0", "10.0.0.1/16"], [peer, "eth0", "10.0.0.2/16"]);
    await scene.leads("198.51.100.0/24", "10.0.0.2");
    neighbour.announce(["198.51.101.0/24"], "10.0.0.2");
    await scene.leads("198.51.101.0/24", "10.0.0.2");
    assert.equal(neighbour.sessions, 1);
  });

  it("a pod's interface vanishes: the pod is withdrawn", async () => {
    const { node, neighbour } = scene;
    const announced = (): boolean =>
      // A /32 of 172.16.9.9 in an UPDATE.
      neighbour.heard("message").some(({ body }) => body?.endsWith("20ac100909") === true);
    const withdrawn = (): boolean =>
      neighbour.heard("message").some(({ body }) => body === "000520ac1009090000");
    const pod = await net.host("pod");
    await net.wire([node, "veth9"], [pod, "eth0"]);
    await node.ip("route", "add", "172.16.9.9/32", "dev", "veth9");
    await until("the pod is announced", announced);
    assert.ok(!withdrawn());
    await node.ip("link", "del", "veth9");
    await until("the pod is withdrawn", withdrawn);
  });
});
