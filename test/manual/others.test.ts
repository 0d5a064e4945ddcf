import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { ipv6, reflectedToTor, reflectors, segment, unnumbered } from "./others.ts";

/** What these pages have for nodes, reflectors and FRR is run as it stands there. */
describe("the pages' configurations", { skip: lacking("frr") }, () => {
  const nets: Net[] = [];
  const open = (): Net => {
    const net = new Net();
    nets.push(net);
    return net;
  };
  after(() => Promise.all(nets.map((net) => net.close())));

  it("reflectors.md: ours and FRR tell each node of the other", async () => {
    const { nodes, pods } = await reflectors(open());
    for (const node of nodes) await node.established("rr1", "rr2");
    await until("both reflectors have told node1", async () => {
      const text = await nodes[0].ask("show route 172.16.2.0/24");
      return /\[rr1 /.test(text) && /\[rr2 /.test(text) && text.includes("via 192.168.1.102");
    });
    await until("pod1 reaches pod2", () => pods[0].pings("172.16.2.2"));
  });

  it("reflectors.md: a ToR hears from the reflector of each node that has the address", async () => {
    const frr = await reflectedToTor(open());
    let text = "";
    await until(
      "FRR spreads packets over both nodes, and not by way of the reflector",
      async () => {
        text = await frr.zebra("show ip route 203.0.113.80/32");
        return [101, 102].every((n) => text.includes(`* 192.168.1.${n},`));
      },
      { detail: () => text },
    );
    assert.doesNotMatch(text, /192\.168\.1\.11\b/);
  });

  it("l2.md: a host without BGP reaches pods of both nodes, and pods each other", async () => {
    const { nodes, printer, pods } = await segment(open());
    await nodes[0].established("node2");
    await until("the printer reaches pod1", () => printer.pings("192.168.1.201"));
    await until("the printer reaches pod2", () => printer.pings("192.168.1.202"));
    await until("pod1 reaches pod2", () => pods[0].pings("192.168.1.202"));
  });

  it("ipv6.md: both families with FRR, IPv4 by IPv6 next hops", async () => {
    const { node, frr, underlay, tor, pod } = await ipv6(open());
    await underlay.established("tor");
    await until("the node has FRR's routes of both families", async () => {
      const [four, six] = [await node.ip("route"), await node.ip("-6", "route")];
      return four.includes("172.16.9.0/24") && six.includes("fd10:0:0:9::/64");
    });
    await until("FRR has the node's blocks", async () => {
      const four = await frr.bgp("show bgp ipv4 unicast");
      const six = await frr.bgp("show bgp ipv6 unicast");
      return four.includes("172.16.1.0/24") && six.includes("fd10:0:0:1::/64");
    });
    await until("the ToR reaches the pod", () => tor.pings("fd10:0:0:1::10"));
    assert.ok(await pod.pings("fd00:1::1"));
  });

  it("unnumbered.md: FRR and the node find each other", async () => {
    const { node, frr, underlay } = await unnumbered(open());
    await underlay.established("tor");
    await until("the node has FRR's routes", async () =>
      (await node.ip("route")).includes("172.16.9.0/24"),
    );
    await until("FRR has the node's block", async () =>
      (await frr.bgp("show bgp ipv4 unicast")).includes("172.16.1.0/24"),
    );
  });
});
