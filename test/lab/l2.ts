import { hasRoute, startNode, startPod, stopPod } from "../support/cluster.ts";
import type { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import type { Report } from "./report.ts";
import { capture, pingAndPath, showNodes, transfer } from "./scene.ts";
import { startTor, type TorKind } from "./tor.ts";

/** Mode l2: pods in the nodes' own subnet, a switch between all, and a host that speaks no BGP. */

const PICTURE = `
   pods 192.168.1.200/29                   pods 192.168.1.208/29
        ┌───────┐                                  ┌───────┐
        │ node1 │.101                          .102│ node2 │
        └───┬───┘                                  └───┬───┘
            └──────────┬── 192.168.1.0/24 ──┬──────────┘
                    ┌──┴──┐             ┌───┴──┐
                    │ tor │.1        .50│ host │ (no BGP)
                    └─────┘             └──────┘
             route reflector, AS 64512 everywhere`;

function nodeConfig(n: number): string {
  return `
node: { name: node${n}, asn: 64512, routerId: 192.168.1.10${n} }
mode: l2
pods:
  pool: [192.168.1.192/26]
  blocks: [192.168.1.${n === 1 ? "200" : "208"}/29]
  interfaces: ["veth*"]
  advertise: hosts
  uplink: eth0
peers:
  - { name: tor, address: 192.168.1.1, asn: 64512, connectRetry: 1 }`;
}

export async function l2(net: Net, report: Report, kind: TorKind): Promise<void> {
  report.title("Mode l2: pods in the nodes' own subnet, a switch between the nodes");
  report.picture(PICTURE);

  report.step(`a ToR (${kind}) that reflects, two nodes and a plain host on one segment`);
  const segment = await net.switch("segment");
  const tor = await net.host("tor");
  const host = await net.host("host");
  const hosts = [await net.host("node1"), await net.host("node2")] as const;
  await net.plug(segment, [tor, "eth0", "192.168.1.1/24"]);
  await net.plug(segment, [host, "eth0", "192.168.1.50/24"]);
  await net.plug(segment, [hosts[0], "eth0", "192.168.1.101/24"]);
  await net.plug(segment, [hosts[1], "eth0", "192.168.1.102/24"]);
  const router = await startTor(kind, tor, {
    asn: 64512,
    routerId: "192.168.1.1",
    neighbours: [
      { name: "node1", address: "192.168.1.101", asn: 64512 },
      { name: "node2", address: "192.168.1.102", asn: 64512 },
    ],
  });
  const node1 = await startNode(hosts[0], nodeConfig(1));
  const node2 = await startNode(hosts[1], nodeConfig(2));
  const nodes = [node1, node2];
  for (const node of nodes) await node.daemon.established("tor");
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
  await until("node1 has pod2a", () => hasRoute(node1.host, `${pods[2].address}/32`));
  await until("node2 has pod1a", () => hasRoute(node2.host, `${pods[0].address}/32`));

  report.step("what each node knows");
  await showNodes(report, nodes);
  for (const node of nodes) {
    const proxies = await node.host.ip("neigh", "show", "proxy");
    report.output(`ip neigh show proxy   (on ${node.host.name})`, proxies);
  }

  report.step("from pod to pod: on one node, and across the segment");
  await pingAndPath(report, pods[0], pods[1].address);
  await pingAndPath(report, pods[0], pods[2].address);
  await transfer(report, pods[0], pods[2]);

  report.step("the packets on the wire of node2");
  await capture(report, node2.host, "eth0", pods[0], pods[2]);

  report.step("a host that speaks no BGP reaches a pod: the pod's node answers ARP for it");
  report.check("host reaches pod1b", await until("a ping", () => host.pings(pods[1].address)));
  report.output("ip neigh   (on host)", await host.ip("neigh"));

  report.step(`a pod moves: ${pods[1].address} from node1 to node2`);
  await stopPod(net, pods[1]);
  const moved = await startPod(net, node2, "pod1b", {
    address: `${pods[1].address}/24`,
    gateway: "192.168.1.102",
  });
  const start = performance.now();
  await until("the host reaches the pod again", () => host.pings(moved.address), { interval: 10 });
  report.check(
    `host reaches ${moved.address} again`,
    true,
    `${Math.round(performance.now() - start)} ms after the pod was wired on node2`,
  );
  report.output("ip neigh   (on host)", await host.ip("neigh"));
  await until("node1 routes to node2", () => hasRoute(node1.host, `${moved.address}/32`));
  await pingAndPath(report, pods[0], moved.address);
}
