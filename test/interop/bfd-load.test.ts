import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Prefix } from "../../src/route/index.ts";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Neighbour } from "../support/neighbour.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

// BFD sessions live while another neighbour's table is loaded. `npm run bench -- bfd` measures it.

const SESSIONS = 10;
const ROUTES = 100_000;
const PIECE = 10_000;
const FIRST = 0x64400000; // 100.64.0.0
const INDEXES = Array.from({ length: SESSIONS }, (_, i) => i + 1);

const BIRD = `
router id 10.1.0.1;
protocol device {}
protocol bfd { interface "*" { interval 300 ms; multiplier 3; }; }
${INDEXES.map(
  (i) => `
protocol bgp n${i} {
  local 10.1.0.${i} as 64600;
  neighbor 10.1.1.${i} as 64512;
  strict bind on; passive on; bfd on;
  ipv4 { import all; export none; };
}`,
).join("\n")}
`;

const NODE = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
listen: { addresses: [] }
groups: { many: { asn: 64600, connectRetry: 1, families: [ipv4], bfd: { interval: 300ms } } }
peers:
  - { name: loader, address: 10.0.0.2, asn: 65001, connectRetry: 1, families: [ipv4] }
${INDEXES.map((i) => `  - { name: n${i}, address: 10.1.0.${i}, source: 10.1.1.${i}, group: many }`).join("\n")}
`;

describe("BFD while a table is loaded", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let node: Host;
  let loader: Neighbour;
  let underlay: Underlay;

  before(async () => {
    node = await net.host("node");
    const far = await net.host("loader");
    const crowd = await net.host("crowd");
    await net.wire([node, "eth0", "10.0.0.1/24"], [far, "eth0", "10.0.0.2/24"]);
    await net.wire(
      [node, "eth1", ...INDEXES.map((i) => `10.1.1.${i}/16`)],
      [crowd, "eth0", ...INDEXES.map((i) => `10.1.0.${i}/16`)],
    );
    loader = await Neighbour.start(far, { address: "10.0.0.2", asn: 65001 });
    await Bird.start(crowd, BIRD);
    underlay = await Underlay.start(node, NODE);
  });

  after(() => net.close());

  const sessions = (): Promise<{ state: string; failures: number }[]> =>
    underlay.json("show", "bfd", "sessions");

  it("no session fails", async () => {
    await loader.established();
    await until("all are Up", async () => {
      const list = await sessions();
      return list.length === SESSIONS && list.every(({ state }) => state === "Up");
    });
    for (let from = 0; from < ROUTES; from += PIECE) {
      const piece = Array.from(
        { length: PIECE },
        (_, i) => new Prefix(0, FIRST + from + i, 0, 0, 0, 32),
      );
      loader.announce(piece, "10.0.0.2");
    }
    const last = "100.65.134.159"; // 100.64.0.0 and 99,999
    await until("the last route is in the kernel", async () => {
      const answer = await node.run("ip", "route", "get", last);
      return answer.stdout.includes("via 10.0.0.2");
    });
    const failures = (await sessions()).map(({ state, failures: count }) => `${state} ${count}`);
    assert.deepEqual(new Set(failures), new Set(["Up 0"]));
  });
});
