import { parseAddress, type Address } from "../../src/route/index.ts";
import { peer, type Member } from "./cluster.ts";

/** The two shapes that clusters come in. */

const EVERYTHING = [{ name: "everything", rules: [{ match: {}, then: "accept" as const }] }];

function config(at: string, asn: number): Member["config"] {
  return { asn, routerId: (parseAddress(at) as Address).w0 };
}

/** One AS: nodes that all peer with each other, and two reflectors that peer with all of them. */
export function meshAndReflectors(size: number): Member[] {
  const ASN = 64512;
  const nodes = Array.from({ length: size }, (_, i) => `10.0.0.${i + 1}`);
  const reflectors = ["10.0.0.251", "10.0.0.252"];
  const all = [...nodes, ...reflectors];
  return all.map((at) => {
    const reflects = reflectors.includes(at);
    const others = all.filter((other) => other !== at);
    return {
      at,
      hosts: !reflects,
      config: { ...config(at, ASN), ...(reflects ? { clusterId: config(at, ASN).routerId } : {}) },
      neighbours: others.map((other) =>
        peer(other, ASN, { client: reflects && nodes.includes(other) }),
      ),
    };
  });
}

/** An AS for each: racks of nodes with two ToRs each, and two spines over all ToRs. */
export function fabric(racks: number, nodesInRack: number): Member[] {
  const SPINES = ["10.255.0.1", "10.255.0.2"];
  const asnOf = new Map(SPINES.map((spine) => [spine, 65000]));
  const tors: string[][] = [];
  const nodes: string[][] = [];
  for (let rack = 1; rack <= racks; rack++) {
    tors.push([`10.${rack}.0.251`, `10.${rack}.0.252`]);
    nodes.push(Array.from({ length: nodesInRack }, (_, i) => `10.${rack}.0.${i + 1}`));
    for (const tor of tors[rack - 1]) asnOf.set(tor, 65000 + rack);
    for (const [i, node] of nodes[rack - 1].entries())
      asnOf.set(node, 4_200_000_000 + rack * 100 + i);
  }
  const members: Member[] = [];
  const add = (at: string, hosts: boolean, others: readonly string[]): void => {
    const asn = asnOf.get(at) ?? 0;
    const exported = hosts ? {} : { export: "everything" };
    members.push({
      at,
      hosts,
      config: { ...config(at, asn), filters: EVERYTHING },
      neighbours: others.map((other) => peer(other, asnOf.get(other) ?? 0, exported)),
    });
  };
  for (const spine of SPINES) add(spine, false, tors.flat());
  for (let rack = 0; rack < racks; rack++) {
    for (const tor of tors[rack]) add(tor, false, [...SPINES, ...nodes[rack]]);
    for (const node of nodes[rack]) add(node, true, tors[rack]);
  }
  return members;
}
