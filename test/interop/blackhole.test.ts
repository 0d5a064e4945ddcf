import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * What import filters, and BLACKHOLE (RFC 7999), make of a route in the kernel of a node between two
 * routers:
 *
 *     frr AS 65001 10.0.1.2 ── 10.0.1.1 node AS 64512 10.0.2.1 ── 10.0.2.2 bird AS 65002
 *
 * FRR marks an address and the network around it with BLACKHOLE by a route map, BIRD an IPv6 address;
 * BIRD announces a network that is to be in another table of the kernel's. Sessions are without graceful
 * restart: what the node finds after a crash, it finds in the kernel.
 */
const HOST = "203.0.113.7";
const AROUND = "203.0.113.0/24";
const HOST6 = "2001:db8::7";
const APART = "198.51.101.0/24";

interface Choice {
  readonly blackhole?: string;
  readonly apart?: string;
}

function config(objects: string, { blackhole = "accept", apart }: Choice): string {
  const key = blackhole === "" ? "" : `blackhole: ${blackhole},`;
  return `
node: { name: node, asn: 64512, routerId: 10.0.1.1 }
kernel: { nexthopObjects: ${objects} }
groups: { routers: { ${key} connectRetry: 1, holdTime: 240, gracefulRestart: off, import: in } }
peers:
  - { name: frr, address: 10.0.1.2, asn: 65001, group: routers }
  - { name: bird, address: 10.0.2.2, asn: 65002, group: routers }
filters:
  in:
    - { match: { prefix: [${APART}] }, then: accept${apart === undefined ? "" : `, set: ${apart}`} }
    - { then: accept }
`;
}

for (const objects of ["auto", "off"]) {
  const what = `blackholes and places of single routes, nexthop objects ${objects}`;
  describe(what, { skip: lacking("frr", "bird2") }, () => {
    let net: Net;
    let host: Host;
    let node: Underlay;

    before(async () => {
      net = new Net();
      const hosts: Record<string, Host> = {};
      for (const name of ["node", "frr", "bird"]) hosts[name] = await net.host(name);
      host = hosts["node"];
      for (const [index, name] of ["frr", "bird"].entries()) {
        const link = index + 1;
        await net.wire(
          [host, `eth${index}`, `10.0.${link}.1/30`, `fd00:${link}::1/64`],
          [hosts[name], "eth0", `10.0.${link}.2/30`, `fd00:${link}::2/64`],
        );
      }
      node = await Underlay.start(host, config(objects, { apart: FIRST }));
      await Frr.start(hosts["frr"], FRR);
      await Bird.start(hosts["bird"], BIRD);
      await node.established("frr", "bird");
    });
    after(async () => {
      if (!node.program.ended) await node.end("SIGKILL");
      await net.close();
    });

    const FIRST = "{ kernelTable: 100, kernelMetric: 50 }";

    /** What the kernel has in a table, a line a route. */
    async function table(name: string, ...words: string[]): Promise<string[]> {
      const shown = await host.run("ip", ...words, "route", "show", "table", name, "proto", "186");
      return shown.stdout
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
    }

    async function kernelHas(name: string, wanted: RegExp, ...words: string[]): Promise<void> {
      let lines: string[] = [];
      await until(
        `table ${name} has ${wanted.source}`,
        async () => {
          lines = await table(name, ...words);
          return lines.some((line) => wanted.test(line));
        },
        { detail: () => `${lines.join("\n")}\n${node.program.output.slice(-3000)}` },
      );
    }

    async function kernelLacks(name: string, unwanted: RegExp): Promise<void> {
      await until(`table ${name} has no ${unwanted.source}`, async () =>
        (await table(name)).every((line) => !unwanted.test(line)),
      );
    }

    async function reload(choice: Choice): Promise<void> {
      node.write(config(objects, choice));
      const { code, stdout, stderr } = await node.ctl("configure");
      assert.equal(code, 0, stdout + stderr);
      assert.doesNotMatch(stdout, /reset/);
    }

    const hole =
      objects === "auto" ? /^blackhole 203.0.113.7 nhid \d+ / : /^blackhole 203.0.113.7 /;
    const there = /^198\.51\.101\.0\/24 /;

    it("drops what goes to an address that FRR or BIRD marks with BLACKHOLE, by one object", async () => {
      await kernelHas("main", hole);
      await kernelHas("main", /^blackhole 2001:db8::7 .*metric 32/, "-6");
      assert.ok(!(await table("main")).some((line) => line.includes(AROUND)));
      const { stdout } = await host.run("ip", "nexthop", "show");
      assert.equal(stdout.match(/ blackhole /g)?.length ?? 0, objects === "auto" ? 1 : 0);
      const all = await node.ask(`show route ${HOST}/32 all`);
      assert.match(all, /203\.0\.113\.7\/32 +blackhole \[frr .*\* \(100\) \[AS65001i\]/);
      assert.match(all, /BGP\.community: \(65535,666\) \(65535,65281\)/);
      assert.match(all, /underlay\.kernel: installed/);
      const [route] = await node.json<{ type: string; blackhole?: boolean }[]>(
        ...["show", "route", `${HOST6}/128`],
      );
      assert.deepEqual([route.type, route.blackhole], ["blackhole", true]);
    });

    it("takes such a route for nothing else, and says why", async () => {
      assert.match(await node.ask(`show route ${AROUND}`), /Network not found/);
      await reload({ apart: FIRST, blackhole: `{ inside: [${AROUND}], community: no-advertise }` });
      await kernelHas("main", /^blackhole 203\.0\.113\.0\/24 /);
      await kernelHas("main", hole);
      await until("BIRD's address is nobody's to drop", async () =>
        /Network not found/.test(await node.ask(`show route ${HOST6}/128`)),
      );
      assert.match(await node.ask(`show route ${AROUND} all`), /\(65535,65282\)/);
    });

    it("puts back what somebody deletes", async () => {
      await host.must("ip", "route", "del", `${HOST}/32`);
      await kernelHas("main", hole);
      if (objects === "off") return;
      const { stdout } = await host.run("ip", "nexthop", "show");
      const id = /id (\d+) blackhole/.exec(stdout)?.[1] ?? assert.fail(stdout);
      await host.must("ip", "nexthop", "del", "id", id);
      await kernelHas("main", hole);
      await kernelHas("main", /^blackhole 203\.0\.113\.0\/24 /);
    });

    it("puts a route into the table and with the metric that a filter says, and moves it", async () => {
      await kernelHas("100", /^198\.51\.101\.0\/24 .*metric 50/);
      assert.ok(!(await table("main")).some((line) => there.test(line)));
      assert.match(await node.ask(`show route ${APART} all`), /underlay\.kernel_table: 100/);
      await reload({ apart: "{ kernelTable: 100, kernelMetric: 60 }" });
      await kernelHas("100", /^198\.51\.101\.0\/24 .*metric 60/);
      await kernelLacks("100", /metric 50/);
      await reload({});
      await kernelHas("main", /^198\.51\.101\.0\/24 .*metric 32/);
      await kernelLacks("100", there);
    });

    it("leaves it where it is while somebody else's route has the place", async () => {
      const other = ["198.51.101.0/24", "dev", "eth0", "metric", "70", "table", "101"];
      await host.must("ip", "route", "add", ...other, "proto", "static");
      await reload({ apart: "{ kernelTable: 101, kernelMetric: 70 }" });
      await until("the failure is shown", async () =>
        /underlay\.kernel: failed.*static/.test(await node.ask(`show route ${APART} all`)),
      );
      await kernelHas("main", there);
      assert.match(await host.must("ip", "route", "show", "table", "101"), /proto static/);
      await host.must("ip", "route", "del", ...other);
      await kernelHas("101", /^198\.51\.101\.0\/24 .*metric 70/);
      await kernelLacks("main", there);
    });

    it("finds after a crash what it left in another table, and moves that too", async () => {
      await node.end("SIGKILL");
      node.write(config(objects, { apart: "{ kernelTable: 102 }" }));
      await kernelHas("101", there);
      await node.launch();
      await node.established("frr", "bird");
      await kernelHas("102", /^198\.51\.101\.0\/24 .*metric 32/);
      await kernelLacks("101", there);
      await kernelHas("main", hole);
    });

    it("is a route like others without a word about BLACKHOLE", async () => {
      await reload({ blackhole: "" });
      await kernelHas("main", /^203\.0\.113\.7 .*metric 32/);
      await kernelHas("main", /^203\.0\.113\.0\/24 /);
      await kernelLacks("main", /^blackhole /);
      assert.match(await node.ask(`show route ${HOST}/32`), /unicast \[frr/);
    });

    it("leaves nothing behind in any table", async () => {
      await reload({ apart: "{ kernelTable: 103 }" });
      await kernelHas("103", there);
      await node.down();
      assert.deepEqual(await table("all"), []);
      assert.deepEqual(await table("all", "-6"), []);
      assert.equal((await host.run("ip", "nexthop", "show")).stdout, "");
    });
  });
}

const FRR = `
router bgp 65001
 bgp router-id 10.0.1.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.1.1 remote-as 64512
 neighbor 10.0.1.1 timers connect 1
 address-family ipv4 unicast
  network ${HOST}/32 route-map dropped
  network ${AROUND} route-map dropped
  neighbor 10.0.1.1 send-community all
 exit-address-family
!
route-map dropped permit 10
 set community blackhole
!
`;

const BIRD = `
router id 10.0.2.2;
protocol device {}
protocol static { ipv4; route ${APART} blackhole; }
protocol static { ipv6; route ${HOST6}/128 blackhole; }
filter marked { bgp_community.add((65535,666)); accept; }
protocol bgp node {
  local 10.0.2.2 as 65002;
  neighbor 10.0.2.1 as 64512;
  connect delay time 1;
  connect retry time 1;
  ipv4 { import all; export all; };
  ipv6 { import all; export filter marked; next hop address fd00:2::2; };
}
`;
