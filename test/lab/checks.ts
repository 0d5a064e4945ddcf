import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { until } from "../support/wait.ts";
import { mustIn, type Deployment } from "./deployment.ts";
import { endOf, TOPOLOGIES, type End, type Topology } from "./topology.ts";

/**
 * What must be true of a topology, from the file beside it, and how that is looked at. The checks are
 * done one after the other: some change something (a link goes down), and those behind say what that
 * does. Each waits until what it says is so.
 */

const END = z.string().transform(endOf);

const CHECKS = {
  /** The sessions of a node with these neighbours are Established. */
  session: z.strictObject({ on: z.string(), with: z.array(z.string()).min(1) }),
  /** The BFD sessions of a node with these addresses are up. */
  bfd: z.strictObject({ on: z.string(), with: z.array(z.string()).min(1) }),
  /**
   * The next hops that a node's kernel has for exactly this prefix, in any order: each by its address
   * or its interface. None: there is no such route.
   */
  route: z.strictObject({ on: z.string(), to: z.string(), via: z.array(z.string()) }),
  /**
   * 1500 bytes that may not be fragmented, and an answer. `seen`: where the packet must pass, from the
   * sender's own address to the receiver's: no tunnel, no NAT.
   */
  ping: z.strictObject({ from: z.string(), to: z.string(), seen: END }),
  /** Who says that it has an IPv4 address when it is asked for at this end: an end, or nobody. */
  arp: z.strictObject({
    on: END,
    for: z.string(),
    answeredBy: z.union([z.literal("nobody"), END]),
  }),
  link: z.union([z.strictObject({ down: END }), z.strictObject({ up: END })]),
  /** All processes of a node stop where they are; its kernel forwards, and its links stay up. */
  freeze: z.string(),
  thaw: z.string(),
  /** A command in a node, by no shell; it must succeed. */
  run: z.strictObject({ on: z.string(), command: z.string() }),
} as const;

type Kind = keyof typeof CHECKS;
type Of<K extends Kind> = z.infer<(typeof CHECKS)[K]>;
/** One check: its kind, and what it says. */
export type Check = { readonly [K in Kind]: { readonly kind: K; readonly said: Of<K> } }[Kind];

const FILE = z.array(
  z.strictObject(
    Object.fromEntries(Object.entries(CHECKS).map(([kind, type]) => [kind, type.optional()])),
  ),
);

/** Reads the checks of a topology; throws where they are wrong, or speak of nodes that it does not have. */
export function readChecks({ name, nodes }: Topology): Check[] {
  const file = join(TOPOLOGIES, `${name}.checks.yml`);
  const parsed = FILE.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
  const known = new Set(nodes.map((node) => node.name));
  return parsed.data.map((entry) => {
    const [[kind, said], ...more] = Object.entries(entry);
    if (more.length > 0) throw new Error(`${file}: one check an entry: ${JSON.stringify(entry)}`);
    const check = { kind, said } as Check;
    for (const node of nodesOf(check)) {
      if (!known.has(node)) throw new Error(`${file}: ${describe(check)}: no node ${node}`);
    }
    return check;
  });
}

function nodesOf(check: Check): string[] {
  switch (check.kind) {
    case "session":
    case "bfd":
    case "route":
    case "run":
      return [check.said.on];
    case "ping":
      return [check.said.from, check.said.seen.node];
    case "arp": {
      const { on, answeredBy } = check.said;
      return answeredBy === "nobody" ? [on.node] : [on.node, answeredBy.node];
    }
    case "link":
      return ["down" in check.said ? check.said.down.node : check.said.up.node];
    case "freeze":
    case "thaw":
      return [check.said];
  }
}

/** A check in words. */
export function describe(check: Check): string {
  switch (check.kind) {
    case "session":
      return `${check.said.on}: sessions with ${check.said.with.join(", ")}`;
    case "bfd":
      return `${check.said.on}: BFD with ${check.said.with.join(", ")} is up`;
    case "route": {
      const { on, to, via } = check.said;
      return `${on}: ${via.length === 0 ? `no route to ${to}` : `${to} via ${via.join(" and ")}`}`;
    }
    case "ping": {
      const { from, to, seen } = check.said;
      const end = `${seen.node}:${seen.interface}`;
      return `${from}: 1500 bytes to ${to} and back, as they are on ${end}`;
    }
    case "arp": {
      const { on, for: address, answeredBy } = check.said;
      const who = answeredBy === "nobody" ? "nobody answers" : `${answeredBy.node} alone answers`;
      return `${on.node}: ${who} ARP for ${address}`;
    }
    case "link":
      return "down" in check.said
        ? `${check.said.down.node}: ${check.said.down.interface} goes down`
        : `${check.said.up.node}: ${check.said.up.interface} comes up`;
    case "freeze":
      return `${check.said} hangs`;
    case "thaw":
      return `${check.said} goes on`;
    case "run":
      return `${check.said.on}: ${check.said.command}`;
  }
}

/** Waits until it is so; rejects when it does not come to be. */
export async function perform(lab: Deployment, check: Check): Promise<void> {
  switch (check.kind) {
    case "session":
      for (const name of check.said.with) {
        const { on } = check.said;
        await shows(lab, on, `show protocols all ${name}`, /BGP state:\s+Established/);
      }
      return;
    case "bfd":
      for (const name of check.said.with) {
        const up = new RegExp(`^${name} .* Up `, "m");
        await shows(lab, check.said.on, "show bfd sessions", up);
      }
      return;
    case "route":
      return route(lab, check.said);
    case "ping":
      return ping(lab, check.said);
    case "arp":
      return arp(lab, check.said);
    case "link": {
      const [end, state] =
        "down" in check.said
          ? ([check.said.down, "down"] as const)
          : ([check.said.up, "up"] as const);
      await mustIn(lab, end.node, "ip", "link", "set", end.interface, state);
      return;
    }
    case "freeze":
      return lab.freeze(check.said);
    case "thaw":
      return lab.thaw(check.said);
    case "run":
      await mustIn(lab, check.said.on, ...check.said.command.split(" "));
  }
}

/** Each look costs a process or more: not so often that they are what the machine is busy with. */
const INTERVAL = 200;

async function shows(lab: Deployment, node: string, question: string, what: RegExp): Promise<void> {
  let answer = "";
  await until(
    `${node}: ${question}: ${String(what)}`,
    async () => what.test((answer = await lab.ask(node, question))),
    { interval: INTERVAL, detail: () => answer },
  );
}

interface Hop {
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly dev?: string;
}

interface IpRoute extends Hop {
  readonly type?: string;
  readonly nhid?: number;
  readonly nexthops?: readonly Hop[];
}

interface IpNexthop extends Hop {
  readonly id: number;
  readonly group?: readonly { readonly id: number }[];
}

async function route(lab: Deployment, { on, to, via }: Of<"route">): Promise<void> {
  let hops: Hop[] = [];
  await until(
    `${on}: ${to} via ${via.join(" and ") || "nothing"}`,
    async () => {
      hops = await hopsOf(lab, on, to);
      const isAt = (wanted: string) => (hop: Hop) =>
        [hop.gateway, hop.via?.host, hop.dev].includes(wanted);
      return hops.length === via.length && via.every((wanted) => hops.some(isAt(wanted)));
    },
    { interval: INTERVAL, detail: () => `it is ${JSON.stringify(hops)}` },
  );
}

/** The next hops of exactly this prefix; nexthop objects are followed. */
async function hopsOf(lab: Deployment, node: string, prefix: string): Promise<Hop[]> {
  const family = isIPv6(prefix.split("/")[0]) ? "-6" : "-4";
  const ip = async <T>(...words: string[]): Promise<T[]> => {
    const text = await mustIn(lab, node, "ip", "-N", "-json", ...words);
    return text.trim() === "" ? [] : (JSON.parse(text) as T[]);
  };
  const routes = await ip<IpRoute>(family, "route", "show", prefix);
  const objects = new Map<number, IpNexthop>();
  if (routes.some(({ nhid }) => nhid !== undefined)) {
    for (const object of await ip<IpNexthop>("nexthop", "show")) objects.set(object.id, object);
  }
  const follow = (id: number): Hop[] => {
    const object = objects.get(id);
    if (object === undefined) return [];
    return object.group?.flatMap((member) => follow(member.id)) ?? [object];
  };
  return routes
    .filter(({ type }) => type !== "blackhole")
    .flatMap((each) => (each.nhid === undefined ? (each.nexthops ?? [each]) : follow(each.nhid)));
}

async function ping(lab: Deployment, { from, to, seen }: Of<"ping">): Promise<void> {
  const [mtu, header, icmp] = [1500, isIPv6(to) ? 40 : 20, 8];
  const [way] = JSON.parse(await mustIn(lab, from, "ip", "-json", "route", "get", to)) as [
    { prefsrc: string },
  ];
  // One packet, and it ends. With a translated address, or in a tunnel, none ever comes by.
  const filter = `src host ${way.prefsrc} and dst host ${to} and (icmp or icmp6)`;
  const words = ["-n", "-l", "-c1", "-i", seen.interface, filter];
  const dump = lab.start(seen.node, "tcpdump", ...words);
  const detail = (): string => `tcpdump on ${seen.node}: ${dump.output}`;
  await until("tcpdump listens", () => dump.output.includes("listening on"), { detail });
  const size = String(mtu - header - icmp);
  await until(
    `${from} reaches ${to} with ${mtu} bytes`,
    async () =>
      (await lab.run(from, "ping", "-n", "-c1", "-W1", "-M", "do", "-s", size, to)).code === 0,
    { interval: INTERVAL, detail },
  );
  await until("the packet is seen", () => dump.ended, { detail });
  const whole = new RegExp(`${way.prefsrc} > ${to}: ICMP6?,? echo.* length ${mtu - header}$`, "m");
  if (!whole.test(dump.output)) throw new Error(detail());
}

async function arp(lab: Deployment, { on, for: address, answeredBy }: Of<"arp">): Promise<void> {
  const wanted = answeredBy === "nobody" ? [] : [await hardwareAddress(lab, answeredBy)];
  let output = "";
  await until(
    `${address} is answered for by ${wanted.join() || "nobody"}`,
    async () => {
      output = await arpReplies(lab, on, address);
      const answers = [...output.matchAll(/Reply \S+ is-at ([0-9a-f:]{17})/g)];
      const who = new Set(answers.map(([, mac]) => mac));
      return who.size === wanted.length && wanted.every((mac) => who.has(mac));
    },
    { detail: () => output },
  );
}

/** What tcpdump has to say of the replies while the address is asked for anew, and a second longer. */
async function arpReplies(lab: Deployment, on: End, address: string): Promise<string> {
  // ar_op is a reply, ar_spa the address (RFC 826).
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  const filter = `arp[6:2] = 2 and arp[14:4] = 0x${octets.join("")}`;
  const words = ["-n", "-l", "-i", on.interface, filter];
  const dump = lab.start(on.node, "timeout", "2", "tcpdump", ...words);
  const detail = (): string => dump.output;
  await until("tcpdump listens", () => dump.ended || dump.output.includes("listening on"), {
    detail,
  });
  await mustIn(lab, on.node, "ip", "neigh", "flush", "to", address, "dev", on.interface);
  await lab.run(on.node, "ping", "-n", "-c1", "-W1", address);
  await until("tcpdump has ended", () => dump.ended, { detail });
  return dump.output;
}

async function hardwareAddress(lab: Deployment, end: End): Promise<string> {
  const text = await mustIn(lab, end.node, "ip", "-json", "link", "show", "dev", end.interface);
  const [link] = JSON.parse(text) as [{ address: string }];
  return link.address;
}
