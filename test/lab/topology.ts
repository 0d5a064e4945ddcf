import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/**
 * Topology files in containerlab's format (https://containerlab.dev/manual/topo-def-file/), as far as
 * the lab uses it: containerlab deploys the same files. What is not understood here is refused, so
 * that the two can never bring up different networks without anybody noticing.
 */

export const TOPOLOGIES = join(import.meta.dirname, "topologies");
const ENDING = ".clab.yml";

/** What a node runs: by the last part of its image's name. */
const ROLES = ["node", "frr", "bird", "host"] as const;
export type Role = (typeof ROLES)[number];

const NODE = z.strictObject({
  kind: z.literal("linux").optional(),
  image: z.templateLiteral(["underlay-lab/", z.enum(ROLES)]),
  "network-mode": z.literal("none").optional(),
  sysctls: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  /** FILE:TARGET:ro, FILE beside the topology. */
  binds: z.array(z.string().regex(/^[^:]+:\/[^:]+:ro$/)).default([]),
  /** Run in the node when its links are there; by no shell, so nothing may need one. */
  exec: z.array(z.string().regex(/^[\w./:@%=+-]+( [\w./:@%=+-]+)*$/)).default([]),
});

const LINK = z.strictObject({
  endpoints: z.tuple([z.string(), z.string()]),
  /** containerlab's own default is 9500. */
  mtu: z.int(),
});

const TOPOLOGY = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  topology: z.strictObject({
    defaults: z.strictObject({ kind: z.literal("linux"), "network-mode": z.literal("none") }),
    nodes: z.record(z.string().regex(/^[a-z0-9-]{1,12}$/), NODE),
    links: z.array(LINK),
  }),
});

/** One end of a link: a node's name, and its interface. */
export interface End {
  readonly node: string;
  readonly interface: string;
}

export interface TopologyNode {
  readonly name: string;
  readonly role: Role;
  readonly sysctls: Readonly<Record<string, string | number>>;
  /** Absolute paths. */
  readonly binds: readonly { readonly file: string; readonly target: string }[];
  readonly exec: readonly (readonly string[])[];
}

export interface Topology {
  readonly name: string;
  readonly file: string;
  readonly nodes: readonly TopologyNode[];
  readonly links: readonly { readonly ends: readonly [End, End]; readonly mtu: number }[];
}

/** The names of all topologies. */
export function topologies(): string[] {
  const files = readdirSync(TOPOLOGIES).filter((file) => file.endsWith(ENDING));
  return files.map((file) => basename(file, ENDING)).sort();
}

/** The comment at the top of a topology's file: what it shows. */
export function about(name: string): string {
  const text = readFileSync(join(TOPOLOGIES, `${name}${ENDING}`), "utf8");
  const lines = text.split("\n");
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("#")),
  );
  return comment.map((line) => line.replace(/^# ?/, "")).join("\n");
}

/** Reads one; throws where anything in it is not as said above. */
export function readTopology(name: string): Topology {
  return parseTopology(join(TOPOLOGIES, `${name}${ENDING}`));
}

export function parseTopology(file: string): Topology {
  const parsed = TOPOLOGY.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
  const { name, topology } = parsed.data;
  const nodes = Object.entries(topology.nodes).map(([node, { image, sysctls, binds, exec }]) => ({
    name: node,
    role: basename(image) as Role,
    sysctls,
    binds: binds.map((bind) => {
      const [from, target] = bind.split(":");
      return { file: resolve(dirname(file), from), target };
    }),
    exec: exec.map((line) => line.split(" ")),
  }));
  const links = topology.links.map(({ endpoints: [one, two], mtu }) => ({
    ends: [endOf(one), endOf(two)] as const,
    mtu,
  }));
  const taken = new Set<string>();
  for (const { node, interface: device } of links.flatMap(({ ends }) => ends)) {
    if (!(node in topology.nodes))
      throw new Error(`${file}: a link's end at ${node}: no such node`);
    const end = `${node}:${device}`;
    if (taken.has(end)) throw new Error(`${file}: two links end at ${end}`);
    taken.add(end);
  }
  return { name, file, nodes, links };
}

/** "node1:eth1", taken apart. */
export function endOf(text: string): End {
  const [node, device, ...rest] = text.split(":");
  if (device === undefined || rest.length > 0 || !/^[a-z][\w.-]{0,14}$/.test(device)) {
    throw new Error(`"${text}": expected NODE:INTERFACE`);
  }
  return { node, interface: device };
}
