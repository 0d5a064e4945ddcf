import { hasRoute, startNode, startPod, stopPod } from "../support/cluster.ts";
import type { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import type { Report } from "./report.ts";
import { capture, pingAndPath, showNodes, transfer } from "./scene.ts";
import { startTor, type TorKind } from "./tor.ts";

/** Mode l3: each node in its own subnet, each with a block of pod addresses, a router between them. */

const PICTURE = `
   pods 172.16.1.0/24                                        pods 172.16.2.0/24
        ┌───────┐    192.168.1.0/24   ┌─────┐   192.168.2.0/24    ┌───────┐
        │ node1 ├─────────────────────┤ tor ├─────────────────────┤ node2 │
        └───────┘ .101             .1 └─────┘ .1             .102 └───────┘
         AS 64501        eBGP         AS 64600        eBGP         AS 64502`;

function nodeConfig(n: number): string {
  return `
node: { name: node${n}, asn: 6450${n}, routerId: 192.168.${n}.10${n} }
mode: l3
pods:
  pool: [172.16.0.0/12]
  blocks: [172.16.${n}.0/24]
  interfaces: ["veth*"]
  advertise: block
  uplink: eth0
peers:
  - { name: tor, address: 192.168.${n}.1, asn: 64600, connectRetry: 1 }`;
}

export async function l3(net: Net, report: Report, kind: TorKind): Promise<void> {
  report.title("Mode l3: pods in subnets of their own, a router between the nodes");
  report.picture(PICTURE);

  report.step(`a ToR (${kind}) and two nodes, each a network namespace`);
  const tor = await net.host("tor");
  const hosts = [await net.host("node1"), await net.host("node2")] as const;
  for (const [i, host] of hosts.entries()) {
    const subnet = `192.168.${i + 1}`;
    await net.wire([host, "eth0", `${subnet}.10${i + 1}/24`], [tor, `eth${i}`, `${subnet}.1/24`]);
    await host.ip("route", "add", "default", "via", `${subnet}.1`);
  }
  const router = await startTor(kind, tor, {
    asn: 64600,
    routerId: "192.168.1.1",
    neighbours: [
      { name: "node1", address: "192.168.1.101", asn: 64501 },
      { name: "node2", address: "192.168.2.102", asn: 64502 },
    ],
  });
  const node1 = await startNode(hosts[0], nodeConfig(1));
  const node2 = await startNode(hosts[1], nodeConfig(2));
  const nodes = [node1, node2];

  report.step("the BGP sessions come up, each node's block is announced and learnt");
  for (const node of nodes) await node.daemon.established("tor");
  await until("node1 has node2's block", () => hasRoute(node1.host, "172.16.2.0/24"));
  await until("node2 has node1's block", () => hasRoute(node2.host, "172.16.1.0/24"));
  const sessions = await router.sessions();
  report.say("on tor:");
  report.output(sessions.command, sessions.text);

  report.step(
    "two pods a node, wired by the CNI plugins ptp and host-local with underlayd's conflist",
  );
  const pods = [
    await startPod(net, node1, "pod1a"),
    await startPod(net, node1, "pod1b"),
    await startPod(net, node2, "pod2a"),
    await startPod(net, node2, "pod2b"),
  ] as const;
  for (const pod of pods) report.say(`${pod.host.name} on ${pod.node.host.name}: ${pod.address}`);

  report.step("what each node knows");
  await showNodes(report, nodes);

  report.step("from pod to pod: on one node, and across the router");
  await pingAndPath(report, pods[0], pods[1].address);
  await pingAndPath(report, pods[0], pods[2].address);
  await transfer(report, pods[0], pods[2]);

  report.step("the packets on the wire between node1 and tor");
  await capture(report, tor, "eth0", pods[0], pods[2]);

  report.step(`a pod moves: ${pods[1].address} from node1 to node2, outside node2's block`);
  await stopPod(net, pods[1]);
  const moved = await startPod(net, node2, "pod1b", {
    address: `${pods[1].address}/16`,
    gateway: "172.16.2.1",
  });
  await until("node1 has the moved pod's own route", () =>
    hasRoute(node1.host, `${moved.address}/32`),
  );
  const route = await node1.daemon.show("route", "for", moved.address);
  report.output(`underlayctl show route for ${moved.address}   (on node1)`, route);
  await pingAndPath(report, pods[0], moved.address);
}
