import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import type { PlannedItem } from "../support/plan.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Changes of a configuration, one after the other: what `plan` says of each is compared with what `apply`
 * then really does to sessions, to what each router holds, to what is accepted, and to the kernel.
 *
 *     tor-a AS 65001 10.0.1.2 ─┐
 *     tor-b AS 65002 10.0.2.2 ─┼─ 10.0.x.1 node AS 64512 ─ veth0 172.16.1.2, veth1 172.17.7.7
 *     node2 AS 64512 10.0.3.2 ─┘
 */
const ROUTERS = { "tor-a": 65001, "tor-b": 65002, node2: 64512 } as const;
type Router = keyof typeof ROUTERS;
const NAMES = Object.keys(ROUTERS) as Router[];

/** All of two octets: tshark takes many others for prefixes with path identifiers. */
const FED: Readonly<Record<Router, readonly string[]>> = {
  "tor-a": ["172.21.0.0/16", "172.20.0.0/16", "203.0.0.0/16"],
  "tor-b": ["172.21.0.0/16", "172.20.0.0/16", "172.30.0.0/16", "198.51.0.0/16"],
  node2: ["172.23.0.0/16", "172.30.0.0/16"],
};

interface Shape {
  readonly node?: string;
  /** Instead of the usual keys. */
  readonly pods?: Readonly<Record<string, string>>;
  readonly peers?: Readonly<Partial<Record<Router, string>>>;
  readonly absent?: readonly Router[];
  readonly more?: string;
}

const PODS = { pool: "[172.16.0.0/12]", blocks: "[172.16.0.0/16]", interfaces: '["veth*"]' };

function config({ node = "", pods = {}, peers = {}, absent = [], more = "" }: Shape): string {
  const lines = NAMES.filter((name) => !absent.includes(name)).map((name) => {
    const own = peers[name] === undefined ? "" : `, ${peers[name]}`;
    const address = `10.0.${NAMES.indexOf(name) + 1}.2`;
    return `  - { name: ${name}, address: ${address}, asn: ${ROUTERS[name]}, connectRetry: 1${own} }`;
  });
  const podLines = Object.entries({ ...PODS, ...pods }).map(([key, value]) => `${key}: ${value}`);
  return `
node: { name: node, asn: 64512, routerId: 10.0.1.1${node} }
drain: { settle: 1s, quiet: 1s }
pods: { ${podLines.join(", ")} }
filters:
  some: [{ match: { prefix: [172.20.0.0/16] }, then: reject }, { then: accept }]
  own: [{ match: { source: [own-pods, own-blocks] }, then: accept }]
  open: [{ then: accept }]
  marked: [{ then: accept, set: { addCommunities: ["65000:7"], localPref: 300 } }]
  longer: [{ then: default, set: { prepend: 2 } }]
${more}
peers:
${lines.join("\n")}
`;
}

/** `isOneWay`: back again, somebody is new, and what he will send is not known. */
const CHANGES: readonly (readonly [what: string, shape: Shape, isOneWay?: true])[] = [
  ["an import filter", { peers: { "tor-a": "import: some" } }],
  ["an import filter that changes attributes", { peers: { "tor-b": "import: marked" } }],
  ["an export filter that lets all out", { peers: { "tor-a": "export: open" } }],
  [
    "an export filter that prepends",
    { peers: { "tor-a": "export: longer", node2: "export: own" } },
  ],
  ["an import filter that is weighty", { peers: { node2: "import: marked" } }],
  ["a hold time", { peers: { "tor-a": "holdTime: 30" } }],
  ["one peer disabled", { peers: { "tor-b": "enabled: false" } }, true],
  ["one peer gone", { absent: ["tor-a"] }, true],
  ["pods one by one", { pods: { advertise: "hosts" } }],
  ["pods and blocks", { pods: { advertise: "both" } }],
  ["another block", { pods: { blocks: "[172.16.0.0/16, 172.19.0.0/16]" } }],
  ["no interface for pods", { pods: { interfaces: '["cali*"]' } }],
  ["a narrower pool", { pods: { pool: "[172.16.0.0/16]" } }],
  ["a static route", { more: "static: [{ prefix: 172.25.0.0/16 }]" }],
  ["an aggregate", { more: "aggregates: [{ prefix: 172.20.0.0/14 }]" }],
  [
    "an aggregate in the place of its parts",
    {
      more: "aggregates: [{ prefix: 172.16.0.0/12, summaryOnly: true }]",
      peers: { "tor-a": "export: open" },
    },
  ],
  ["a default route of its own", { peers: { node2: "defaultOriginate: true" } }],
  ["the next hop of its own within the AS", { peers: { node2: "nextHop: self, export: open" } }],
  ["a drained node", { node: ", drained: true" }],
  ["a prefix limit", { peers: { "tor-b": "maxPrefixes: { received: 2, action: block }" } }],
  ["no two ASes together", { more: "decision: { multipathRelax: false }" }],
];

interface Planned {
  readonly outcome: string;
  readonly peers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly loses: boolean;
  }[];
  readonly items: readonly PlannedItem[];
  readonly kernel: {
    readonly blackholes: { readonly added: readonly string[]; readonly removed: readonly string[] };
  };
}

/** By what it is of, and the prefix: what is there. */
type Snapshot = ReadonlyMap<string, string>;

describe("plan and reality", { skip: lacking("bird2", "iproute2") }, () => {
  let net: Net;
  let host: Host;
  let node: Underlay;
  const birds = new Map<Router, Bird>();

  before(async () => {
    net = new Net();
    host = await net.host("node");
    const pods = await net.host("pods");
    for (const [at, pod] of ["172.16.1.2", "172.17.7.7"].entries()) {
      await net.wire([host, `veth${at}`], [pods, `eth${at}`, `${pod}/32`]);
      await host.ip("route", "add", pod, "dev", `veth${at}`);
    }
    for (const [index, name] of NAMES.entries()) {
      const router = await net.host(name);
      const link = `10.0.${index + 1}`;
      await net.wire([host, `eth${index}`, `${link}.1/30`], [router, "eth0", `${link}.2/30`]);
      birds.set(name, await Bird.start(router, birdConfig(name, link)));
    }
    node = await Underlay.start(host, config({}));
    await node.established(...NAMES);
    await until("all is told", async () => {
      const keys = [...(await snapshot()).keys()];
      const isThere = (key: string) => keys.includes(key);
      const fed = NAMES.flatMap((name) => FED[name].map((prefix) => `accepted ${name} ${prefix}`));
      return [...fed, ...NAMES.map((name) => `announced ${name} 172.16.0.0/16`)].every(isThere);
    });
  });
  after(() => net.close());

  async function snapshot(): Promise<Snapshot> {
    const all = new Map<string, string>();
    for (const [name, bird] of birds) {
      for (const [prefix, text] of told(await bird.ask("show route protocol node all"))) {
        all.set(`announced ${name} ${prefix}`, text);
      }
    }
    for (const route of await routes()) {
      const { network, protocol, attributes, asPath, reason = "" } = route;
      const isOwn = !NAMES.some((name) => name === protocol);
      if (isOwn || REJECTED.test(reason)) continue;
      all.set(`accepted ${protocol} ${network}`, JSON.stringify([attributes, asPath]));
    }
    for (const [what, text] of await kernel()) all.set(what, text);
    return all;
  }

  interface RouteRow {
    readonly network: string;
    readonly protocol: string;
    readonly attributes: object;
    readonly asPath: string;
    readonly reason?: string;
  }

  /** The values that the daemon answers a line with. */
  async function values<Row>(line: string): Promise<Row[]> {
    const rows = (await node.ask(`underlay json ${line}`)).split("\n");
    return rows.filter((row) => row.startsWith("{")).map((row) => JSON.parse(row) as Row);
  }

  const routes = (): Promise<RouteRow[]> => values("show route all");

  async function ip<Row>(...words: string[]): Promise<Row[]> {
    return JSON.parse(await host.must("ip", "-j", "-d", ...words)) as Row[];
  }

  interface KernelRow {
    readonly dst: string;
    readonly type?: string;
    readonly nhid?: number;
  }

  interface NexthopRow {
    readonly id: number;
    readonly gateway?: string;
    readonly group?: readonly { readonly id: number }[];
  }

  /** The gateways of each route, those that stand by included. */
  async function kernel(): Promise<(readonly [string, string])[]> {
    const hops = new Map((await ip<NexthopRow>("nexthop", "show")).map((row) => [row.id, row]));
    const gateways = (id: number): string[] => {
      const { gateway = "", group } = hops.get(id) ?? { id };
      return group?.flatMap((member) => gateways(member.id)) ?? [gateway];
    };
    return (await ip<KernelRow>("route", "show", "proto", "186")).map(({ dst, type, nhid = 0 }) => {
      const prefix = dst.includes("/") ? dst : `${dst}/32`;
      if (type === "blackhole") return [`blackhole ${prefix}`, ""];
      return [`kernel  ${prefix}`, gateways(nhid).toSorted().join()];
    });
  }

  async function planOf(text: string): Promise<Planned> {
    const next = join(net.folder, "next.yaml");
    writeFileSync(next, `${text}\ncontrol: { socket: ${node.socket} }\n`);
    const [plan] = await values<Planned>(`plan first 1000 "${next}"`);
    assert.ok("peers" in plan, JSON.stringify(plan));
    return plan;
  }

  /** Plans it, applies it, and compares. */
  async function holds(text: string, wanted: readonly Router[]): Promise<void> {
    const there = await snapshot();
    const plan = await planOf(text);
    const { certain, possible } = linesOf(plan);
    const logged = node.log().length;
    node.write(text);
    const { code, stdout, stderr } = await node.ctl("apply");
    assert.equal(code, 0, stdout + stderr);
    let found: string[] = [];
    await until(
      "what was planned is what has come",
      async () => {
        await node.established(...wanted);
        // Who has no session in the end is told nothing any more, and of that no line is made.
        const isTold = (line: string) =>
          !line.startsWith("announced") || wanted.some((name) => line.includes(` ${name} `));
        found = differences(there, await snapshot()).filter(isTold);
        const isForeseen = (line: string) => certain.includes(line) || possible.includes(line);
        return certain.every((line) => found.includes(line)) && found.every(isForeseen);
      },
      {
        timeout: Number(process.env["QT"] ?? 300000),
        detail: () => `planned:\n${certain.join("\n")}\nfound:\n${found.join("\n")}`,
      },
    );
    const downs = node
      .log()
      .slice(logged)
      .filter(({ event }) => event === "session-down");
    const losers = plan.peers.filter(({ loses }) => loses).map(({ name }) => name);
    assert.deepEqual([...new Set(downs.map(({ peer }) => peer))].toSorted(), losers.toSorted());
    assert.equal((await planOf(text)).outcome, "nothing");
  }

  for (const [what, shape, isOneWay = false] of CHANGES) {
    it(`${what}${isOneWay ? "" : ", and back"}`, async () => {
      const { absent = [], peers = {} } = shape;
      const isUp = (name: Router): boolean =>
        !absent.includes(name) && !/enabled: false/.test(peers[name] ?? "");
      await holds(config(shape), NAMES.filter(isUp));
      if (!isOneWay) {
        await holds(config({}), NAMES);
        return;
      }
      node.write(config({}));
      assert.equal((await node.ctl("apply")).code, 0);
      await node.established(...NAMES);
      await until("all are heard again", async () => {
        const accepted = (await routes()).map(({ protocol, network }) => `${protocol} ${network}`);
        return NAMES.every((name) =>
          FED[name].every((each) => accepted.includes(`${name} ${each}`)),
        );
      });
    });
  }
});

/** Of a route that an import filter, or a limit, keeps out. */
const REJECTED = /^(filter|more prefixes|inside|this node)/;

function birdConfig(name: Router, link: string): string {
  const routes = FED[name].map((prefix) => `route ${prefix} blackhole;`).join(" ");
  return `
router id ${link}.2;
log stderr all;
protocol device {}
protocol static own { ipv4; ${routes} }
protocol bgp node {
  local ${link}.2 as ${ROUTERS[name]};
  neighbor ${link}.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  allow local as 5;
  ipv4 { import all; export filter { if source = RTS_STATIC then accept; reject; }; };
}
`;
}

/** What BIRD's \`show route all\` says of each prefix: its attributes. */
function told(text: string): (readonly [prefix: string, attributes: string])[] {
  const blocks = text.split(/^(?=[\d.]+\/\d+ )/m).slice(1);
  return blocks.map((block) => {
    const [prefix] = block.split(" ");
    return [prefix, (block.match(/BGP\..*/g) ?? []).toSorted().join("\n")];
  });
}

/** One line a difference. */
function differences(before: Snapshot, after: Snapshot): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((key) => {
      const [was, is] = [before.get(key), after.get(key)];
      if (was === is) return [];
      return [`${key} ${was === undefined ? "appear" : is === undefined ? "vanish" : "change"}`];
    })
    .sort();
}

/**
 * The plan's words in the same form. Where backups are in it the kernel's routes may or may not show it: not
 * all stand by there, and one that does is among the route's gateways as much as the best.
 */
function linesOf({
  items,
  kernel: { blackholes },
}: Planned): Record<"certain" | "possible", string[]> {
  const isBackup = ({ what, change, rule }: Planned["items"][number]): boolean => {
    if (what !== "kernel" || change !== "change") return false;
    const [was, is] = rule.split(", then ").map((way) =>
      way
        .match(/[\d.]{7,}/g)
        ?.toSorted()
        .join(),
    );
    return was === is || rule.includes("backup");
  };
  const line = ({ what, peer = "", prefix, change }: Planned["items"][number]): string =>
    `${what} ${peer} ${prefix} ${change}`;
  return {
    certain: [
      ...items.filter((item) => !isBackup(item)).map(line),
      ...blackholes.added.map((prefix) => `blackhole ${prefix} appear`),
      ...blackholes.removed.map((prefix) => `blackhole ${prefix} vanish`),
    ].sort(),
    possible: items.filter(isBackup).map(line),
  };
}
