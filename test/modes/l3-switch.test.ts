import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Capture } from "../support/capture.ts";
import { hasRoute, startNode, startPod, type Node, type Pod } from "../support/cluster.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { crossesPlainly, reaches } from "./reach.ts";

/**
 * Mode l3, a switch between the nodes. The nodes peer with each other (iBGP) and with the gateway
 * (eBGP, FRR), behind which is a host that knows nothing of pods.
 *
 *     outside 10.50.0.2 ── gateway .1 ──┬── node1 .101   pods 172.16.1.0/24, fd10:1::/64
 *                          192.168.1/24 └── node2 .102   pods 172.16.2.0/24, fd10:2::/64
 */
const config = (n: number): string => `
node: { name: node${n}, asn: 64512, routerId: 192.168.1.10${n} }
mode: l3
pods:
  pool: [172.16.0.0/12, "fd10::/16"]
  blocks: [172.16.${n}.0/24, "fd10:${n}::/64"]
  interfaces: ["veth*"]
  uplink: eth0
peers:
  - { name: mate, address: 192.168.1.10${3 - n}, asn: 64512, connectRetry: 1 }
  - { name: gateway, address: 192.168.1.1, asn: 64600, connectRetry: 1 }`;

describe(
  "l3, a switch between the nodes",
  { skip: lacking("containernetworking-plugins", "tshark", "frr") },
  () => {
    const net = new Net();
    let nodes: readonly [Node, Node];
    let pods: readonly [Pod, Pod, Pod];
    let outside: Host;
    let gateway: Host;

    before(async () => {
      const segment = await net.switch("segment");
      gateway = await net.host("gateway");
      outside = await net.host("outside");
      const hosts = [await net.host("node1"), await net.host("node2")] as const;
      await net.plug(segment, [gateway, "eth0", "192.168.1.1/24", "fd00:1::1/64"]);
      await net.plug(segment, [hosts[0], "eth0", "192.168.1.101/24", "fd00:1::101/64"]);
      await net.plug(segment, [hosts[1], "eth0", "192.168.1.102/24", "fd00:1::102/64"]);
      await net.wire(
        [gateway, "eth1", "10.50.0.1/24", "fd50::1/64"],
        [outside, "eth0", "10.50.0.2/24", "fd50::2/64"],
      );
      await outside.ip("route", "add", "default", "via", "10.50.0.1");
      await outside.ip("-6", "route", "add", "default", "via", "fd50::1");
      await gateway.sysctl("net.ipv4.ip_forward", 1);
      await gateway.sysctl("net.ipv6.conf.all.forwarding", 1);
      await Frr.start(
        gateway,
        `
frr defaults datacenter
router bgp 64600
 bgp router-id 192.168.1.1
 no bgp ebgp-requires-policy
 neighbor nodes peer-group
 neighbor nodes remote-as 64512
 neighbor nodes timers connect 1
 neighbor 192.168.1.101 peer-group nodes
 neighbor 192.168.1.102 peer-group nodes
 address-family ipv4 unicast
  network 10.50.0.0/24
 exit-address-family
 address-family ipv6 unicast
  neighbor nodes activate
  network fd50::/64
 exit-address-family
`,
      );
      nodes = [await startNode(hosts[0], config(1)), await startNode(hosts[1], config(2))];
      for (const node of nodes) await node.daemon.established("mate", "gateway");
      pods = [
        await startPod(net, nodes[0], "pod1a"),
        await startPod(net, nodes[0], "pod1b"),
        await startPod(net, nodes[1], "pod2a"),
      ];
      await until("node1 has node2's blocks", () => hasRoute(nodes[0].host, "fd10:2::/64"));
      await until("node2 has node1's blocks", () => hasRoute(nodes[1].host, "fd10:1::/64"));
    });
    after(() => net.close());

    for (const [index, family] of ["IPv4", "IPv6"].entries()) {
      it(`${family}: pod to pod on one node`, () =>
        reaches(pods[0].host, pods[1].addresses[index]));

      it(`${family}: pod to pod across nodes, plain on the wire`, () =>
        crossesPlainly(nodes[1].host, "eth0", pods[0], pods[2], index, 1));

      it(`${family}: pod to the other node and back`, async () => {
        await reaches(pods[0].host, ["192.168.1.102", "fd00:1::102"][index]);
        await reaches(nodes[1].host, pods[0].addresses[index]);
      });

      it(`${family}: pod to its own node and back`, async () => {
        await reaches(pods[0].host, ["192.168.1.101", "fd00:1::101"][index]);
        await reaches(nodes[0].host, pods[0].addresses[index]);
      });

      it(`${family}: an outside host to pods of both nodes`, async () => {
        await reaches(outside, pods[0].addresses[index]);
        await reaches(outside, pods[2].addresses[index]);
      });
    }

    for (const [index, unused] of ["172.16.2.250", "fd10:2::fa"].entries()) {
      it(`${unused}, an unused address of a block, ends at its node and is not sent back and forth`, async () => {
        const capture = await Capture.start(nodes[1].host, "eth0", index === 0 ? "icmp" : "icmp6");
        // The pod's answer says that what came before it has been dealt with.
        const to = (address: string) =>
          capture.packets().filter(({ destination }) => destination === address);
        const used = pods[2].addresses[index];
        await until("both on the wire", async () => {
          await outside.run("ping", "-n", "-c1", "-W0.1", unused);
          await reaches(outside, used);
          return to(unused).length > 0 && to(used).length > 0;
        });
        await capture.close();
        // One router so far, the gateway; a packet that came back would be older.
        assert.deepEqual(new Set(to(unused).map(({ ttl }) => ttl)), new Set([63]));
      });
    }
  },
);
