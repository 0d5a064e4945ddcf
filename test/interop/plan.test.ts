import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import type { PlannedItem } from "../support/plan.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * A node between two routers, each on a link of its own: what `plan` says of another configuration is
 * what the routers and the kernel then have.
 *
 *     frr AS 65001 10.0.1.2 ─┬─ 10.0.x.1 node AS 64512
 *    bird AS 65002 10.0.2.2 ─┘
 */
const OWN = "172.16.1.0/24";
const NEW = "172.16.9.0/24";
/** What FRR announces: the last one is no pod's. */
const [FIRST, SECOND, STRANGE] = ["172.16.2.0/24", "172.16.3.0/24", "203.0.113.0/24"];

const CONFIG = `
node: { name: node, asn: 64512, routerId: 10.0.1.1 }
pods: { pool: [172.16.0.0/12] }
static: [{ prefix: ${OWN} }]
peers:
  - { name: frr, address: 10.0.1.2, asn: 65001, import: in, export: out, connectRetry: 1 }
  - { name: bird, address: 10.0.2.2, asn: 65002, export: out, connectRetry: 1 }
filters:
  in: [{ match: { prefix: [${STRANGE}] }, then: reject }, { then: accept }]
  out: [{ match: { source: [static] }, then: accept }]
`;

/** BIRD begins anew and is told all; of FRR another route is taken; one route of the node's is new. */
const NEXT = CONFIG.replace(
  `static: [{ prefix: ${OWN} }]`,
  `static: [{ prefix: ${OWN} }, { prefix: ${NEW} }]`,
)
  .replace(`prefix: [${STRANGE}] }, then`, `prefix: [${SECOND}] }, then`)
  .replace("asn: 65002, export: out,", "asn: 65002, holdTime: 30,")
  .replace("filters:", "filters:\n  open: [{ then: accept }]")
  .replace("holdTime: 30,", "holdTime: 30, export: open,");

interface Planned {
  readonly outcome: string;
  readonly summary: string;
  readonly peers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly what: string;
  }[];
  readonly items: readonly PlannedItem[];
}

describe("plan", { skip: lacking("frr", "bird2") }, () => {
  let net: Net;
  let host: Host;
  let node: Underlay;
  let frr: Frr;
  let bird: Bird;
  let next: string;

  before(async () => {
    net = new Net();
    const hosts: Record<string, Host> = {};
    for (const name of ["node", "frr", "bird"]) hosts[name] = await net.host(name);
    host = hosts["node"];
    for (const [index, name] of ["frr", "bird"].entries()) {
      const link = `10.0.${index + 1}`;
      await net.wire([host, `eth${index}`, `${link}.1/30`], [hosts[name], "eth0", `${link}.2/30`]);
    }
    node = await Underlay.start(host, CONFIG);
    next = join(net.folder, "next.yaml");
    writeFileSync(next, `${NEXT}\ncontrol: { socket: ${node.socket} }\n`);
    frr = await Frr.start(hosts["frr"], FRR);
    bird = await Bird.start(hosts["bird"], BIRD);
    await node.established("frr", "bird");
    await until("the node forwards what FRR has", async () => (await routes()).length === 2);
    await until("both know the node's", async () =>
      (await known()).every((each) => each.length === 1),
    );
  });
  after(async () => {
    if (!node.program.ended) await node.end("SIGKILL");
    await net.close();
  });

  /** What the kernel has of ours. */
  async function routes(): Promise<string[]> {
    const all = await host.must("ip", "route", "show", "proto", "186");
    return all.match(/\d+\.\d+\.\d+\.\d+\/\d+/g)?.toSorted() ?? [];
  }

  /** What FRR and BIRD have of the node. */
  async function known(): Promise<[string[], string[]]> {
    const pods = [OWN, NEW, FIRST, SECOND, STRANGE];
    const mine = await frr.bgp("show bgp ipv4 unicast neighbors 10.0.1.1 routes");
    const theirs = await bird.ask("show route protocol node");
    return [
      pods.filter((each) => mine.includes(each)),
      pods.filter((each) => theirs.includes(each)),
    ];
  }

  it("says what happens, does nothing, and is right", async () => {
    const { code, stdout } = await node.ctl("--json", "plan", next);
    assert.equal(code, 1);
    const plan = JSON.parse(stdout) as Planned;
    const items = plan.items.map(({ what, change, peer = "", prefix, leak }) =>
      [what, peer, change, prefix, ...(leak === undefined ? [] : ["LEAK"])].join(" "),
    );
    assert.deepEqual(items.toSorted(), [
      `accepted frr appear ${STRANGE}`,
      `accepted frr vanish ${SECOND}`,
      `announced bird appear ${FIRST} LEAK`,
      `announced bird appear ${NEW}`,
      `announced bird appear ${STRANGE} LEAK`,
      `announced frr appear ${NEW}`,
      `kernel  appear ${STRANGE}`,
      `kernel  vanish ${SECOND}`,
    ]);
    const byRule = plan.items.find(
      ({ what, change }) => what === "accepted" && change === "vanish",
    );
    assert.equal(byRule?.rule, "filter in: rule 1");
    assert.equal(plan.outcome, "leak");
    const fates = plan.peers.map(({ name, kind, what }) => `${name} ${kind} ${what}`);
    assert.deepEqual(fates, ["frr kept ", "bird reset hold time changed"]);

    // Nothing has happened so far.
    assert.deepEqual(await known(), [[OWN], [OWN]]);
    assert.deepEqual(await routes(), [FIRST, SECOND]);
    const events = node.log().map(({ event }) => event);
    assert.ok(!events.some((event) => ["configured", "session-down"].includes(event)));

    node.write(NEXT);
    await node.ctl("configure");
    await until(
      "the routers and the kernel have what was planned",
      async () => {
        const all = [...(await known()), await routes()];
        const wanted = [
          [OWN, NEW],
          [OWN, NEW, FIRST, STRANGE],
          [FIRST, STRANGE],
        ];
        return JSON.stringify(all) === JSON.stringify(wanted);
      },
      { detail: () => node.program.output.slice(-3000) },
    );
    const downs = node.log().filter(({ event }) => event === "session-down");
    assert.deepEqual(
      downs.map(({ peer }) => peer),
      ["bird"],
    );

    const again = await node.ctl("plan", next);
    assert.match(again.stdout, /^nothing would change$/m);
    assert.equal(again.code, 0);
  });

  it("refuses what cannot be applied, with the place in the file", async () => {
    writeFileSync(next, `${NEXT.replace("asn: 65001", "asn: no")}`);
    const wrong = await node.ctl("plan", next);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, new RegExp(`${next}:6:\\d+: `));
    writeFileSync(next, `${NEXT}\nkernel: { metric: 99 }\ncontrol: { socket: ${node.socket} }\n`);
    const fixed = await node.ctl("plan", next);
    assert.equal(fixed.code, 2);
    assert.match(fixed.stderr, /kernel\.metric cannot change while the daemon runs: restart it/);
  });
});

const FRR = `
router bgp 65001
 bgp router-id 10.0.1.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.1.1 remote-as 64512
 neighbor 10.0.1.1 timers connect 1
 address-family ipv4 unicast
  network ${FIRST}
  network ${SECOND}
  network ${STRANGE}
 exit-address-family
`;

const BIRD = `
router id 10.0.2.2;
protocol device {}
protocol bgp node {
  local 10.0.2.2 as 65002;
  neighbor 10.0.2.1 as 64512;
  connect delay time 1;
  connect retry time 1;
  ipv4 { import all; export none; };
}
`;
