import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { addPod, deletePod, type CniResult, type ConfList } from "./cni.ts";
import type { Host, Net } from "./net.ts";
import { Underlay } from "./underlay.ts";

/** Nodes with underlayd, and pods wired to them by the real CNI plugins. */

export interface Node {
  readonly host: Host;
  readonly daemon: Underlay;
  /** The CNI list that underlayd wrote for this node. */
  readonly list: ConfList;
}

export interface Pod {
  readonly host: Host;
  readonly node: Node;
  /** The first of its addresses. */
  readonly address: string;
  readonly addresses: readonly string[];
  readonly list: ConfList;
  readonly added: CniResult;
}

/** Starts underlayd on a node; `config` without its `cni` key, which is added here. */
export async function startNode(
  host: Host,
  config: string,
  plugin: "ptp" | "bridge" = "ptp",
): Promise<Node> {
  const conflist = join(host.net.folder, `${host.name}.conflist`);
  const cni = `cni: { conflist: ${conflist}, plugin: ${plugin} }`;
  const daemon = await Underlay.start(host, `${config}\n${cni}`);
  await daemon.logged("cni-written");
  const list = JSON.parse(await readFile(conflist, "utf8")) as ConfList;
  return { host, daemon, list };
}

/** An address given by hand: with the length of its subnet, and a gateway in there. */
export interface FixedAddress {
  readonly address: string;
  readonly gateway: string;
}

/** Wires a pod as a container runtime would; `addresses`: those, by the `static` plugin. */
export async function startPod(
  net: Net,
  node: Node,
  name: string,
  ...addresses: FixedAddress[]
): Promise<Pod> {
  const host = await net.host(name);
  const list = addresses.length === 0 ? node.list : fixedAddresses(node.list, addresses);
  const added = await addPod(node.host, host, list);
  const given = added.ips.map((ip) => ip.address.split("/")[0]);
  return { host, node, address: given[0], addresses: given, list, added };
}

export async function stopPod(net: Net, pod: Pod): Promise<void> {
  await deletePod(pod.node.host, pod.host, pod.list, pod.added);
  await net.remove(pod.host);
}

/** The same list with addresses given by hand instead of taken from the node's block. */
function fixedAddresses(list: ConfList, addresses: readonly FixedAddress[]): ConfList {
  const routes = addresses.map(({ address }) => ({
    dst: address.includes(":") ? "::/0" : "0.0.0.0/0",
  }));
  const ipam = { type: "static", addresses, routes };
  return { ...list, plugins: list.plugins.map((plugin) => ({ ...plugin, ipam })) };
}

/** Whether a host's kernel has a route of underlay's to exactly this prefix. */
export async function hasRoute(host: Host, prefix: string): Promise<boolean> {
  const family = prefix.includes(":") ? "-6" : "-4";
  return (await host.ipJson(family, "route", "show", prefix, "proto", "186")).length > 0;
}
