import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { until } from "../support/wait.ts";
import { KINDS, KnobsBench } from "./knobs-bench.ts";

const BLOCK = "172.16.1.0/24";
const SHUTDOWN = "65535:0";
/** As `ip -N` prints it. */
const RTN_BLACKHOLE = "6";

/** What may be set for one neighbour, as FRR, BIRD and GoBGP see it. */
describe("knobs of a neighbour", { skip: lacking("frr", "bird2", "gobgpd") }, () => {
  let bench: KnobsBench;
  before(async () => (bench = await KnobsBench.open()));
  afterEach(async () => {
    await bench.setBird({});
    await bench.configure({});
    await bench.established();
  });
  after(() => bench.net.close());

  it("routes of each pass to the others, the node's AS in front", async () => {
    assert.equal((await bench.holds("frr", "10.2.0.0/16")).asPath, "64512 64602");
    assert.equal((await bench.holds("bird", "10.3.0.0/16")).asPath, "64512 64603");
    assert.equal((await bench.holds("gobgp", "10.1.0.0/16")).asPath, "64512 64601");
  });

  it("graceful shutdown (RFC 8326): announced by the node, and its own way there is the last choice", async () => {
    const key = "gracefulShutdown: true";
    const downs = (): number =>
      bench.underlay.log().filter(({ event }) => event === "session-down").length;
    // At the start both may connect at once, and the router may end the one that was up here already.
    const before = downs();
    await bench.configure({ frr: key, bird: key, gobgp: key });
    for (const kind of KINDS) {
      await bench.holds(kind, BLOCK, ({ communities }) => communities.includes(SHUTDOWN));
    }
    await bench.shows("10.1.0.0/16", /BGP\.local_pref: 0$/m);
    await bench.configure({});
    for (const kind of KINDS) {
      await bench.holds(kind, BLOCK, ({ communities }) => !communities.includes(SHUTDOWN));
    }
    assert.equal(downs(), before, "no session fell for it");
  });

  it("graceful shutdown (RFC 8326): obeyed when FRR, BIRD and GoBGP announce it", async () => {
    await bench.setFrr("bgp graceful-shutdown");
    await bench.shows("10.1.0.0/16", /BGP\.local_pref: 0$/m);
    await bench.setFrr("no bgp graceful-shutdown");
    await bench.setBird({ export: "bgp_community.add((65535, 0)); accept;" });
    await bench.shows("10.2.0.0/16", /BGP\.local_pref: 0$/m);
    const rib = ["global", "rib", "add", "10.3.0.0/16", "nexthop", "192.168.3.1"];
    await bench.gobgp.ask(...rib, "community", SHUTDOWN);
    await bench.shows("10.3.0.0/16", /BGP\.local_pref: 0$/m);
    await bench.gobgp.ask(...rib);
    await bench.shows("10.3.0.0/16", /^(?![\s\S]*local_pref: 0\n)[\s\S]*10\.3\.0\.0\/16/);
  });

  it("an AS_SET of FRR's is refused, unless it is allowed (RFC 9774)", async () => {
    const maps = [64701, 64702].flatMap((asn) => [
      `route-map as${asn} permit 10`,
      `set as-path prepend ${asn}`,
      "exit",
    ]);
    await bench.frr.configure(...maps);
    const family = "address-family ipv4 unicast";
    const lines = [
      "network 10.4.1.0/24 route-map as64701",
      "network 10.4.2.0/24 route-map as64702",
      "aggregate-address 10.4.0.0/16 as-set",
    ];
    await bench.configure({ frr: "allowAsSets: true" });
    await bench.setFrr(family, ...lines);
    await bench.shows("10.4.0.0/16", /BGP\.as_path: 64601 \{6470[12] 6470[12]\}$/m);
    await bench.holds("bird", "10.4.0.0/16", ({ asPath }) => asPath.startsWith("64512 64601 {"));
    await bench.configure({});
    await bench.lacks("bird", "10.4.0.0/16");
    await bench.holds("bird", "10.4.1.0/24");
    await bench.setFrr(family, ...lines.reverse().map((line) => `no ${line}`));
    await bench.lacks("bird", "10.4.1.0/24");
  });

  it("another AS for a neighbour (RFC 7705): beside the node's, or in its place", async () => {
    const lines = (asn: number): string[] => [
      `neighbor 192.168.1.101 remote-as ${asn}`,
      "neighbor 192.168.1.101 timers connect 1",
    ];
    await bench.setFrr(...lines(65100));
    await bench.configure({ frr: "localAsn: 65100" });
    await bench.holds("frr", BLOCK, ({ asPath }) => asPath === "65100 64512");
    await bench.holds("bird", "10.1.0.0/16", ({ asPath }) => asPath === "64512 65100 64601");
    await bench.configure({
      frr: "localAsn: 65100, localAsnOptions: { noPrepend: true, replaceAs: true }",
    });
    await bench.holds("frr", BLOCK, ({ asPath }) => asPath === "65100");
    await bench.holds("bird", "10.1.0.0/16", ({ asPath }) => asPath === "64512 64601");
    await bench.setFrr(...lines(64512));
  });

  it("its own AS in a path is a loop, unless it is allowed", async () => {
    await bench.setBird({ export: "bgp_path.prepend(64512); accept;" });
    await bench.lacks("frr", "10.2.0.0/16");
    await bench.configure({ bird: "allowOwnAs: 1" });
    // FRR takes it for a loop of its neighbour's no more than any other path.
    await bench.holds("frr", "10.2.0.0/16", ({ asPath }) => asPath === "64512 64602 64512");
  });

  it("a neighbour's AS gives way to ours", async () => {
    await bench.setBird({
      export: "bgp_path.prepend(64603); bgp_path.prepend(64601); accept;",
    });
    await bench.lacks("frr", "10.2.0.0/16");
    await bench.configure({ frr: "asOverride: true", gobgp: "asOverride: true" });
    await bench.holds("frr", "10.2.0.0/16", ({ asPath }) => asPath === "64512 64602 64512 64603");
    await bench.holds("gobgp", "10.2.0.0/16", ({ asPath }) => asPath === "64512 64602 64601 64512");
  });

  it("private AS numbers are removed or replaced", async () => {
    await bench.setBird({ export: "bgp_path.prepend(65001); bgp_path.prepend(3320); accept;" });
    await bench.configure({ frr: "removePrivateAs: all", gobgp: "removePrivateAs: replace" });
    await bench.holds("frr", "10.2.0.0/16", ({ asPath }) => asPath === "64512 3320");
    await bench.holds("gobgp", "10.2.0.0/16", ({ asPath }) => asPath === "64512 64512 3320 64512");
    await bench.configure({ frr: "removePrivateAs: true" });
    await bench.holds("frr", "10.2.0.0/16", ({ asPath }) => asPath === "64512 64602 3320 65001");
    await bench.holds("frr", "10.3.0.0/16", ({ asPath }) => asPath === "64512");
  });

  it("a default route is announced to who is to have it, and withdrawn", async () => {
    const key = "defaultOriginate: true";
    await bench.configure({ frr: key, gobgp: key });
    assert.equal((await bench.holds("frr", "0.0.0.0/0")).asPath, "64512");
    await bench.holds("gobgp", "0.0.0.0/0");
    assert.equal(await bench.held("bird", "0.0.0.0/0"), undefined);
    await bench.configure({ bird: key });
    await bench.holds("bird", "0.0.0.0/0");
    await bench.lacks("frr", "0.0.0.0/0");
    await bench.lacks("gobgp", "0.0.0.0/0");
  });

  it("an aggregate stands for its parts, which other ASes do not hear of (RFC 4271 §9.2.2.2)", async () => {
    await bench.configure(
      {},
      "aggregates: [{ prefix: 10.0.0.0/12, summaryOnly: true, communities: [64512:9] }]",
    );
    for (const kind of KINDS) {
      const held = await bench.holds(kind, "10.0.0.0/12");
      assert.equal(held.asPath, "64512");
      assert.deepEqual(held.communities, ["64512:9"]);
    }
    const { text } = await bench.holds("frr", "10.0.0.0/12");
    assert.match(text, /"atomicAggregate":true/);
    assert.match(text, /"aggregatorAs":64512,"aggregatorId":"192\.168\.1\.101"/);
    await bench.lacks("frr", "10.2.0.0/16");
    await bench.lacks("bird", "10.3.0.0/16");
    await bench.lacks("gobgp", "10.1.0.0/16");
    // Neighbours are told by another thread than the kernel is.
    const isDropped = async (): Promise<boolean> => {
      const routes = await bench.node.ipJson<{ dst: string; type?: string }>("route", "show");
      return routes.find(({ dst }) => dst === "10.0.0.0/12")?.type === RTN_BLACKHOLE;
    };
    const detail = (): string => bench.underlay.program.output.slice(-3000);
    await until("the node drops what lies in no part", isDropped, { detail });
    await bench.configure({});
    await bench.holds("frr", "10.2.0.0/16");
    for (const kind of KINDS) await bench.lacks(kind, "10.0.0.0/12");
  });

  it("limits of prefixes: more of GoBGP is not taken; the session with FRR ends and comes back", async () => {
    const more = "10.30.0.0/16";
    const rib = (verb: string): string[] => ["global", "rib", verb, more, "nexthop", "192.168.3.1"];
    await bench.configure({ gobgp: "maxPrefixes: { received: 1, action: block }" });
    await bench.gobgp.ask(...rib("add"));
    await bench.underlay.logged("limit-exceeded", (line) => line["peer"] === "gobgp");
    assert.equal(await bench.held("frr", more), undefined);
    await bench.setFrr("address-family ipv4 unicast", "network 10.30.0.0/16");
    await bench.shows(more, /\[frr /);
    const restart = "maxPrefixes: { accepted: 1, action: restart, after: 1s }";
    await bench.configure({ frr: restart });
    await bench.answers("show protocols all frr", /Maximum Number of Prefixes/i);
    await bench.setFrr("address-family ipv4 unicast", "no network 10.30.0.0/16");
    await bench.established(["frr"]);
    await bench.holds("bird", "10.1.0.0/16");
    await bench.gobgp.ask(...rib("del"));
  });

  it("roles (RFC 9234): FRR and BIRD agree, and are refused when they do not fit", async () => {
    const line = "neighbor 192.168.1.101 local-role";
    await bench.setFrr(`${line} provider strict-mode`);
    await bench.setBird({ protocol: "local role peer; require roles yes;" });
    await bench.configure({ frr: "role: customer, roleStrict: true", bird: "role: peer" });
    await bench.established(["frr", "bird"]);
    // From a provider: to no peer, whatever the filter says.
    await bench.shows("10.1.0.0/16", /BGP\.otc: 64601$/m);
    await bench.lacks("bird", "10.1.0.0/16");
    await bench.holds("gobgp", "10.1.0.0/16");
    const own = await bench.holds("bird", BLOCK);
    assert.match(own.text, /BGP\.otc: 64512/);
    await bench.configure({ frr: "role: peer", bird: "role: provider" });
    for (const kind of ["frr", "bird"]) {
      await bench.answers(`show protocols all ${kind}`, /Last error: .*Role Mismatch/i);
    }
    await bench.setFrr(`no ${line} provider strict-mode`);
  });
});
