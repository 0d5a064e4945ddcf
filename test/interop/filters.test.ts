import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * A node between three routers, each on a link of its own: what the node's filters set arrives there,
 * and what the routers set is what its filters match.
 *
 *     frr AS 65001 10.0.1.2 ─┐
 *    bird AS 65002 10.0.2.2 ─┼─ 10.0.x.1 node AS 64512
 *     gobgp AS 65003 10.0.3.2 ┘
 *
 * Each router announces the same three prefixes, in AS x: one with community x:666, one from AS 65100
 * with large community x:1:1, one with the route target x:5.
 */
const REJECTED = "203.0.113.0/26";
const FAR = "203.0.113.64/26";
const TARGET = "203.0.113.128/26";
const OWN = "198.51.100.0/24";
const SERVICE = "198.51.101.80/32";

const CALICO = `
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: { name: services }
spec:
  exportV4:
  - cidr: ${SERVICE}
    matchOperator: Equal
    action: Accept
    operations:
    - addCommunity: { value: "64512:80" }
    - addCommunity: { value: "64512:80:1" }
    - prependASPath: { prefix: [64998] }
  - { cidr: 0.0.0.0/0, matchOperator: In, action: Reject }
  importV4:
  - { communities: { values: ["65001:666"] }, action: Reject }
  - { asPathPrefix: [65001, 65100], action: Accept, operations: [{ addCommunity: { value: "64512:9" } }] }
`;

function config(calico: string, filters: string): string {
  return `
node: { name: node, asn: 64512, routerId: 10.0.1.1 }
kernel: { install: false }
static:
  - { prefix: ${OWN}, communities: [64512:7], largeCommunities: ["64512:1:7"], extendedCommunities: ["rt:64512:7"] }
announce: [{ prefix: ${SERVICE} }]
groups: { routers: { ${filters}, connectRetry: 1 } }
peers:
  - { name: frr, address: 10.0.1.2, asn: 65001, group: routers }
  - { name: bird, address: 10.0.2.2, asn: 65002, group: routers }
  - { name: gobgp, address: 10.0.3.2, asn: 65003, group: routers }
filters:
  in:
    - match: { communities: ["*:666"] }
      then: reject
    - match: { largeCommunities: ["*:1:1"] }
      then: next
      set: { localPref: 300 }
    - match: { asPath: { regex: "^6500[123]_65100$", length: 2, endsWith: [65100] } }
      then: accept
      set: { addCommunities: [64512:100] }
    - match: { extendedCommunities: ["rt:65001:*", "rt:65002:*", "rt:65003:*"] }
      then: accept
      set: { localPref: 250, addLargeCommunities: ["64512:2:2"] }
  out:
    - match: { source: [static], prefix: [${OWN}] }
      then: accept
      set: { med: 42, addCommunities: [64512:8], prepend: 1, prependAsn: [64999] }
  from-calico: { file: ${calico} }
`;
}

describe("filters", { skip: lacking("frr", "bird2", "gobgpd") }, () => {
  let net: Net;
  let node: Underlay;
  let frr: Frr;
  let bird: Bird;
  let gobgp: GoBgp;
  let calico: string;

  before(async () => {
    net = new Net();
    calico = join(net.folder, "bgpfilter.yaml");
    writeFileSync(calico, CALICO);
    const hosts: Record<string, Host> = {};
    for (const name of ["node", "frr", "bird", "gobgp"]) hosts[name] = await net.host(name);
    for (const [index, name] of ["frr", "bird", "gobgp"].entries()) {
      const link = `10.0.${index + 1}`;
      await net.wire(
        [hosts["node"], `eth${index}`, `${link}.1/30`],
        [hosts[name], "eth0", `${link}.2/30`],
      );
    }
    node = await Underlay.start(hosts["node"], config(calico, "import: in, export: out"));
    frr = await Frr.start(hosts["frr"], FRR);
    bird = await Bird.start(hosts["bird"], BIRD);
    gobgp = await GoBgp.start(hosts["gobgp"], GOBGP);
    const add = (...words: string[]) => gobgp.ask("global", "rib", "add", "-a", "ipv4", ...words);
    await add(REJECTED, "community", "65003:666");
    await add(FAR, "aspath", "65100", "large-community", "65003:1:1");
    await add(TARGET, "rt", "65003:5");
    await node.established("frr", "bird", "gobgp");
  });
  after(async () => {
    if (!node.program.ended) await node.end("SIGKILL");
    await net.close();
  });

  /** Waits until an answer has all of these. */
  async function shows(
    what: string,
    ask: () => Promise<string>,
    ...wanted: RegExp[]
  ): Promise<void> {
    let text = "";
    await until(
      what,
      async () => {
        text = await ask();
        return wanted.every((each) => each.test(text));
      },
      { detail: () => text },
    );
  }

  for (const name of ["frr", "bird", "gobgp"]) {
    it(`matches what ${name} sets: AS path, communities of the three kinds`, async () => {
      const route = (prefix: string) => () => node.ask(`show route ${prefix} protocol ${name} all`);
      await shows(
        "the far one",
        route(FAR),
        /local_pref: 300/,
        /community: .*\(64512,100\)/,
        /rule 3|reason/,
      );
      await shows(
        "the target",
        route(TARGET),
        /local_pref: 250/,
        /large_community: \(64512, 2, 2\)/,
      );
      assert.match(await route(REJECTED)(), /Network not found/);
      const trial = await node.ask(`filter test in ${REJECTED} peer ${name}`);
      assert.match(trial, new RegExp(`${REJECTED} from ${name}: rejected by filter in: rule 1`));
      const far = await node.ask(`filter test in ${FAR}`);
      assert.match(
        far,
        new RegExp(`from ${name}: accepted by filter in: rule 3 \\(after filter in: rule 2\\)`),
      );
      assert.match(far, /\+ BGP\.local_pref: 300/);
    });
  }

  it("sets what FRR, BIRD and GoBGP then have, and nothing else goes out", async () => {
    await shows(
      "FRR",
      () => frr.bgp(`show bgp ipv4 unicast ${OWN}`),
      ...[/64512 64512 64999/, /metric 42/, /Community: 64512:7 64512:8/],
      ...[/Large Community: 64512:1:7/, /RT:64512:7/],
    );
    await shows(
      "BIRD",
      () => bird.ask(`show route ${OWN} all`),
      ...[/as_path: 64512 64512 64999/, /med: 42/, /community: \(64512,7\) \(64512,8\)/],
      ...[/large_community: \(64512, 1, 7\)/, /ext_community: \(rt, 64512, 7\)/],
    );
    await shows(
      "GoBGP",
      () => gobgp.ask("global", "rib", OWN),
      ...[/64512 64512 64999/, /Med: 42/, /64512:7, 64512:8/, /64512:1:7/, /Extcomms: \[64512:7\]/],
    );
    assert.doesNotMatch(await bird.ask("show route"), new RegExp(SERVICE));
    const trial = await node.ask(`filter test out ${OWN} export peer bird`);
    assert.match(trial, /from this node: accepted by filter out: rule 1/);
    assert.match(trial, /\+ BGP\.as_path: 64512 64999/);
  });

  it("obeys Calico's BGPFilter without a session being reset", async () => {
    node.write(config(calico, "import: from-calico, export: from-calico"));
    const { stdout } = await node.ctl("configure");
    assert.doesNotMatch(stdout, /reset/);
    await shows(
      "BIRD",
      () => bird.ask("show route all"),
      ...[
        new RegExp(SERVICE),
        /as_path: 64512 64998/,
        /community: \(64512,80\)/,
        /large_community: \(64512, 80, 1\)/,
      ],
    );
    await until(
      "the other route is withdrawn",
      async () => !(await bird.ask("show route")).includes(OWN),
    );
    await shows(
      "FRR's route",
      () => node.ask(`show route ${FAR} protocol frr all`),
      /community: \(64512,9\)/,
    );
    assert.equal(await node.ask(`show route ${REJECTED} protocol frr`), "");
    // No rule is about this one: accepted, as Calico has it.
    assert.match(await node.ask(`show route ${REJECTED} protocol bird`), /203\.0\.113\.0\/26/);
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
  network ${REJECTED} route-map rejected
  network ${FAR} route-map far
  network ${TARGET} route-map target
  neighbor 10.0.1.1 send-community all
 exit-address-family
!
route-map rejected permit 10
 set community 65001:666
!
route-map far permit 10
 set as-path prepend 65100
 set large-community 65001:1:1
!
route-map target permit 10
 set extcommunity rt 65001:5
`;

const BIRD = `
router id 10.0.2.2;
protocol device {}
protocol static {
  ipv4;
  route ${REJECTED} blackhole;
  route ${FAR} blackhole;
  route ${TARGET} blackhole;
}
filter marked {
  if net = ${REJECTED} then { bgp_community.add((65002,666)); accept; }
  if net = ${FAR} then { bgp_path.prepend(65100); bgp_large_community.add((65002,1,1)); accept; }
  if net = ${TARGET} then { bgp_ext_community.add((rt,65002,5)); accept; }
  reject;
}
protocol bgp node {
  local 10.0.2.2 as 65002;
  neighbor 10.0.2.1 as 64512;
  connect delay time 1;
  connect retry time 1;
  ipv4 { import all; export filter marked; };
}
`;

const GOBGP = `
[global.config]
  as = 65003
  router-id = "10.0.3.2"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.3.1"
    peer-as = 64512
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
`;
