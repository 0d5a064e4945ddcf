import { Frr } from "../support/frr.ts";
import type { Host, Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { blockAfter } from "./pages.ts";

/** The networks of the pages about reflectors, l2, IPv6 and unnumbered links. */

/** A pod of the node, wired as the ptp plugin does. */
export async function wirePod(node: Host, address: string): Promise<Host> {
  const pod = await node.net.host(`pod-${address.replaceAll(/[.:]/g, "-")}`);
  const isSix = address.includes(":");
  const gateway = isSix ? "fe80::1" : "169.254.1.1";
  const [length, family] = isSix ? [64, "-6"] : [32, "-4"];
  const whole = isSix ? 128 : 32;
  await node.net.wire(
    [node, "veth0", `${gateway}/${length}`],
    [pod, "eth0", `${address}/${whole}`],
  );
  await node.ip(family, "route", "add", `${address}/${whole}`, "dev", "veth0");
  if (!isSix) await pod.ip("route", "add", gateway, "dev", "eth0");
  await pod.ip(family, "route", "add", "default", "via", gateway, "dev", "eth0");
  return pod;
}

const REFLECTORS = "config/reflectors.md";

/** Two nodes, a reflector of ours and one that is FRR, on one switch. */
export async function reflectors(net: Net) {
  const bridge = await net.switch("switch");
  const host = async (name: string, n: number): Promise<Host> => {
    const made = await net.host(name);
    await net.plug(bridge, [made, "eth0", `192.168.1.${n}/24`]);
    return made;
  };
  const [rr1, rr2] = [await host("rr1", 11), await host("rr2", 12)];
  const hosts = [await host("node1", 101), await host("node2", 102)];
  const pods = [await wirePod(hosts[0], "172.16.1.2"), await wirePod(hosts[1], "172.16.2.2")];
  const reflector = await Underlay.start(rr1, blockAfter(REFLECTORS, "## The reflector", "yaml"));
  const frr = await Frr.start(rr2, blockAfter(REFLECTORS, "## The reflector: FRR", "frr"));
  const config = blockAfter(REFLECTORS, "## The node", "yaml");
  const nodes = [
    await Underlay.start(hosts[0], config),
    await Underlay.start(
      hosts[1],
      config.replace(".101", ".102").replace("172.16.1.0", "172.16.2.0"),
    ),
  ];
  return { reflector, frr, nodes, pods };
}

/** A reflector that peers with a ToR (FRR) as the page has it, and two nodes that have one address. */
export async function reflectedToTor(net: Net): Promise<Frr> {
  const bridge = await net.switch("switch");
  const host = async (name: string, n: number): Promise<Host> => {
    const made = await net.host(name);
    await net.plug(bridge, [made, "eth0", `192.168.1.${n}/24`]);
    return made;
  };
  const frr = await Frr.start(
    await host("tor", 1),
    `router bgp 64600
 no bgp ebgp-requires-policy
 neighbor 192.168.1.11 remote-as 64512
 neighbor 192.168.1.11 timers connect 1
 address-family ipv4 unicast
  maximum-paths 8
 exit-address-family
exit
`,
  );
  const [peers, filters] = blockAfter(REFLECTORS, "Towards a router", "yaml").split(
    /^(?=filters:)/m,
  );
  const reflector = blockAfter(REFLECTORS, "## The reflector", "yaml");
  await Underlay.start(await host("rr1", 11), reflector.replace("peers:\n", peers) + filters);
  const config = blockAfter(REFLECTORS, "## The node", "yaml");
  for (const n of [1, 2]) {
    const own = config.replace(".101", `.10${n}`).replace("172.16.1.0", `172.16.${n}.0`);
    const service = "announce: [{ prefix: 203.0.113.80/32 }]\n";
    await Underlay.start(await host(`node${n}`, 100 + n), own + service);
  }
  return frr;
}

/** Two nodes with a pod each and a host without BGP, on one switch. */
export async function segment(net: Net) {
  const bridge = await net.switch("switch");
  const hosts: Host[] = [];
  for (const n of [1, 2]) {
    const node = await net.host(`node${n}`);
    await net.plug(bridge, [node, "eth0", `192.168.1.10${n}/24`]);
    hosts.push(node);
  }
  const printer = await net.host("printer");
  await net.plug(bridge, [printer, "eth0", "192.168.1.50/24"]);
  const pods = [await wirePod(hosts[0], "192.168.1.201"), await wirePod(hosts[1], "192.168.1.202")];
  const config = blockAfter("config/l2.md", "## The node", "yaml");
  const other = config
    .replace("192.168.1.101", "192.168.1.102")
    .replace("{ name: node2, address: 192.168.1.102", "{ name: node1, address: 192.168.1.101");
  const nodes = [await Underlay.start(hosts[0], config), await Underlay.start(hosts[1], other)];
  return { nodes, hosts, printer, pods };
}

/** A node and an FRR with nothing but IPv6 addresses between them. */
export async function ipv6(net: Net) {
  const [node, tor] = [await net.host("node1"), await net.host("tor")];
  await net.wire([node, "eth0", "fd00:1::101/64"], [tor, "eth0", "fd00:1::1/64"]);
  const pod = await wirePod(node, "fd10:0:0:1::10");
  const frr = await Frr.start(tor, blockAfter("config/ipv6.md", "## The ToR: FRR", "frr"));
  const underlay = await Underlay.start(node, blockAfter("config/ipv6.md", "## The node", "yaml"));
  return { node, tor, pod, frr, underlay };
}

/** A node and an FRR with link-local addresses alone between them. */
export async function unnumbered(net: Net) {
  const page = "config/unnumbered.md";
  const [node, tor] = [await net.host("node1"), await net.host("tor")];
  await net.wire([node, "eth0"], [tor, "swp1"]);
  await node.ip("address", "add", "10.0.0.101/32", "dev", "lo");
  const pod = await wirePod(node, "172.16.1.2");
  const frr = await Frr.start(tor, blockAfter(page, "## The ToR: FRR", "frr"));
  const underlay = await Underlay.start(node, blockAfter(page, "## The node", "yaml"));
  return { node, tor, pod, frr, underlay };
}
