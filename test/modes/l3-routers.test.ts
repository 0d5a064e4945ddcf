import { after, before, describe, it } from "node:test";
import { hasRoute, startNode, startPod, stopPod, type Node, type Pod } from "../support/cluster.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { crossesPlainly, reaches } from "./reach.ts";

/**
 * Mode l3, routers between the nodes: a ToR per rack, the nodes in different subnets, eBGP all the
 * way. ToRs are FRR; the CNI plugin is `bridge` on node1 and `ptp` on node2.
 *
 *     node1 ── 192.168.1/24 ── tor1 ── 10.0.12/24 ── tor2 ── 192.168.2/24 ── node2
 *     64501                    64601                 64602                    64502
 *                                │ 10.50.0/24
 *                             outside, which knows nothing of pods
 */
const nodeConfig = (n: number): string => `
node: { name: node${n}, asn: 6450${n}, routerId: 192.168.${n}.10${n} }
mode: l3
pods:
  pool: [172.16.0.0/12, "fd10::/16"]
  blocks: [172.16.${n}.0/24, "fd10:${n}::/64"]
  interfaces: ["veth*", "cni0"]
  uplink: eth0
peers:
  - { name: tor, address: 192.168.${n}.1, asn: 6460${n}, connectRetry: 1 }`;

const torConfig = (n: number): string => `
frr defaults datacenter
router bgp 6460${n}
 bgp router-id 192.168.${n}.1
 no bgp ebgp-requires-policy
 neighbor 192.168.${n}.10${n} remote-as 6450${n}
 neighbor 192.168.${n}.10${n} timers connect 1
 neighbor 10.0.12.${3 - n} remote-as 6460${3 - n}
 neighbor 10.0.12.${3 - n} timers connect 1
 address-family ipv4 unicast
  redistribute connected
 exit-address-family
 address-family ipv6 unicast
  neighbor 192.168.${n}.10${n} activate
  neighbor 10.0.12.${3 - n} activate
  neighbor 10.0.12.${3 - n} route-map v6 in
  redistribute connected
 exit-address-family
route-map v6 permit 10
 set ipv6 next-hop prefer-global
`;

describe(
  "l3, routers between the nodes",
  { skip: lacking("containernetworking-plugins", "tshark", "frr") },
  () => {
    const net = new Net();
    let nodes: readonly [Node, Node];
    let pods: [Pod, Pod, Pod];
    let tors: readonly [Host, Host];
    let outside: Host;

    before(async () => {
      tors = [await net.host("tor1"), await net.host("tor2")];
      const hosts = [await net.host("node1"), await net.host("node2")] as const;
      await net.wire(
        [tors[0], "spine", "10.0.12.1/24", "fd12::1/64"],
        [tors[1], "spine", "10.0.12.2/24", "fd12::2/64"],
      );
      outside = await net.host("outside");
      await net.wire(
        [tors[0], "eth1", "10.50.0.1/24", "fd50::1/64"],
        [outside, "eth0", "10.50.0.2/24", "fd50::2/64"],
      );
      await outside.ip("route", "add", "default", "via", "10.50.0.1");
      await outside.ip("-6", "route", "add", "default", "via", "fd50::1");
      for (const [i, tor] of tors.entries()) {
        const n = i + 1;
        await net.wire(
          [hosts[i], "eth0", `192.168.${n}.10${n}/24`, `fd00:${n}::10${n}/64`],
          [tor, "eth0", `192.168.${n}.1/24`, `fd00:${n}::1/64`],
        );
        await tor.sysctl("net.ipv4.ip_forward", 1);
        await tor.sysctl("net.ipv6.conf.all.forwarding", 1);
        await Frr.start(tor, torConfig(n));
      }
      nodes = [
        await startNode(hosts[0], nodeConfig(1), "bridge"),
        await startNode(hosts[1], nodeConfig(2), "ptp"),
      ];
      for (const node of nodes) await node.daemon.established("tor");
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
      it(`${family}: pod to pod on one bridge`, () =>
        reaches(pods[0].host, pods[1].addresses[index]));

      it(`${family}: pod to pod across two ToRs, plain on the wire`, () =>
        crossesPlainly(nodes[1].host, "eth0", pods[0], pods[2], index, 3));

      it(`${family}: pod to the other node and back`, async () => {
        await reaches(pods[0].host, ["192.168.2.102", "fd00:2::102"][index]);
        await reaches(nodes[1].host, pods[0].addresses[index]);
      });

      it(`${family}: pod to its own node and back`, async () => {
        for (const [n, pod] of [pods[0], pods[2]].entries()) {
          await reaches(
            pod.host,
            [`192.168.${n + 1}.10${n + 1}`, `fd00:${n + 1}::10${n + 1}`][index],
          );
          await reaches(pod.node.host, pod.addresses[index]);
        }
      });

      it(`${family}: an outside host to pods of both nodes, and back`, async () => {
        for (const pod of [pods[0], pods[2]]) {
          await reaches(outside, pod.addresses[index]);
          await reaches(pod.host, ["10.50.0.2", "fd50::2"][index]);
        }
      });
    }

    it("a pod that moves out of its node's block is announced by its own /32", async () => {
      const address = pods[1].addresses[0];
      await stopPod(net, pods[1]);
      pods[1] = await startPod(net, nodes[1], "pod1b", {
        address: `${address}/16`,
        gateway: "172.16.2.1",
      });
      await until("node1 has the pod's route", () => hasRoute(nodes[0].host, `${address}/32`));
      await reaches(pods[2].host, address);
      await reaches(tors[0], address);
      // On the bridge that it has left, others look for it by ARP. One that still remembers where it
      // was forgets that in its own time, half a minute; we do not wait for it.
      await pods[0].host.ip("neigh", "flush", "all");
      await reaches(pods[0].host, address);
    });
  },
);
