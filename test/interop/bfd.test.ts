import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Monitor, ourRoute } from "../support/kernel.ts";
import { Net, type Host } from "../support/net.ts";
import { lacking } from "../support/needs.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

// BFD against FRR's bfdd and BIRD's bfd: two ToRs, one of each, that announce the same prefix. The
// hold time is 90 s, so that whatever happens in seconds was found out by BFD. The detection time is
// three seconds: on a busy machine a process that lives says nothing for a second.
// By a longer interval where packets are signed: a neighbour that has begun anew is believed after
// twice the detection time, and that is of packets a second apart then (RFC 5880 §6.8.1, §6.8.3).

const KEY = "twenty octets of key";
const PREFIX = "10.50.0.0/16";

const BFDD = `
bfd
 profile fast
  transmit-interval 100
  receive-interval 100
  detect-multiplier 30
 exit
exit
`;

const FRR = `
frr defaults datacenter
hostname tor1
router bgp 64601
 bgp router-id 192.168.1.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 192.168.1.101 remote-as 64512
 neighbor 192.168.1.101 timers connect 1
 neighbor 192.168.1.101 bfd profile fast
 neighbor fd00:1::101 remote-as 64512
 neighbor fd00:1::101 timers connect 1
 neighbor fd00:1::101 bfd profile fast
 address-family ipv4 unicast
  network ${PREFIX}
  no neighbor fd00:1::101 activate
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:1::/48
  neighbor fd00:1::101 activate
 exit-address-family
`;

const BIRD = `
router id 192.168.2.1;
protocol device {}
protocol static { ipv4; route ${PREFIX} blackhole; }
protocol bfd {
  interface "*" { interval 1000 ms; multiplier 3;
    authentication meticulous keyed sha1; password "${KEY}" { id 7; }; };
  multihop { interval 200 ms; multiplier 15; };
}
protocol bgp node {
  local 192.168.2.1 as 64602;
  neighbor 192.168.2.101 as 64512;
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  bfd on;
  ipv4 { import all; export all; };
}
protocol bgp far {
  local 192.168.2.2 as 64603;
  neighbor 192.168.2.102 as 64512;
  multihop 3;
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  bfd on;
  ipv4 { import all; export none; };
}
`;

const BFD = "{ interval: 100ms, multiplier: 30 }";

const NODE = (folder: string): string => `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
peers:
  - { name: frr, address: 192.168.1.1, asn: 64601, connectRetry: 1, families: [ipv4], bfd: ${BFD} }
  - { name: frr6, address: "fd00:1::1", asn: 64601, connectRetry: 1, families: [ipv6], bfd: ${BFD} }
  - name: bird
    address: 192.168.2.1
    asn: 64602
    connectRetry: 1
    families: [ipv4]
    bfd: { interval: 50ms, multiplier: 3, auth: { type: meticulous-sha1, keyId: 7, file: ${join(folder, "key")} } }
  - { name: other, address: 192.168.3.1, asn: 64512, connectRetry: 1, bfd: ${BFD} }
  - name: far
    address: 192.168.2.2
    asn: 64603
    source: 192.168.2.102
    multihop: 3
    connectRetry: 1
    families: [ipv4]
    bfd: { interval: 200ms, multiplier: 15, multihop: true }
`;

const OTHER = (bfd: string): string => `
node: { name: other, asn: 64512, routerId: 192.168.3.1 }
peers:
  - { name: node, address: 192.168.3.101, asn: 64512, passive: true, bfd: ${bfd} }
`;

interface BfdPeer {
  readonly peer: string;
  readonly status: string;
}

describe("BFD", { skip: lacking("frr", "bird2") }, () => {
  const net = new Net();
  let node: Host;
  let frr: Frr;
  let bird: Bird;
  let underlay: Underlay;
  let other: Underlay;

  before(async () => {
    node = await net.host("node");
    const tor1 = await net.host("tor1");
    const tor2 = await net.host("tor2");
    await net.wire(
      [node, "eth0", "192.168.1.101/24", "fd00:1::101/64"],
      [tor1, "eth0", "192.168.1.1/24", "fd00:1::1/64"],
    );
    await net.wire(
      [node, "eth1", "192.168.2.101/24", "192.168.2.102/24"],
      [tor2, "eth0", "192.168.2.1/24", "192.168.2.2/24"],
    );
    const third = await net.host("other");
    await net.wire([node, "eth2", "192.168.3.101/24"], [third, "eth0", "192.168.3.1/24"]);
    writeFileSync(join(net.folder, "key"), `${KEY}\n`);
    frr = await Frr.start(tor1, FRR, BFDD);
    bird = await Bird.start(tor2, BIRD);
    other = await Underlay.start(third, OTHER(BFD));
    underlay = await Underlay.start(node, NODE(net.folder));
  });

  after(() => net.close());

  const states = async (): Promise<Record<string, string>> => {
    const sessions = await underlay.json<{ neighbour: string; state: string }[]>(
      "show",
      "bfd",
      "sessions",
    );
    return Object.fromEntries(sessions.map(({ neighbour, state }) => [neighbour, state]));
  };

  const frrPeers = async (): Promise<Record<string, string>> => {
    const peers = JSON.parse(await frr.bfd("show bfd peers json")) as BfdPeer[];
    return Object.fromEntries(peers.map(({ peer, status }) => [peer, status]));
  };

  const allUp = async (): Promise<void> => {
    await underlay.established("frr", "frr6", "bird", "other", "far");
    await until(
      "all BFD sessions are Up",
      async () => Object.values(await states()).join() === "Up,Up,Up,Up,Up",
      { detail: async () => `${JSON.stringify(await states())} ${underlay.program.output}` },
    );
    await until("FRR says so too", async () => Object.values(await frrPeers()).join() === "up,up", {
      detail: () => frr.bfd("show bfd peers"),
    });
  };

  const leadsTo = (gateways: string): Promise<unknown> =>
    until(`${PREFIX} by ${gateways}`, async () => (await ourRoute(node, PREFIX)) === gateways, {
      detail: async () => `${await ourRoute(node, PREFIX)}\n${underlay.program.output}`,
    });

  it("comes up with FRR over IPv4 and IPv6, and with BIRD signed and over hops", async () => {
    await allUp();
    await leadsTo("192.168.1.1 192.168.2.1");
    const said = await bird.ask("show bfd sessions");
    assert.match(said, /192\.168\.2\.101\s+eth0\s+Up\s.*1\.000\s+3\.000/);
    assert.match(said, /192\.168\.2\.102\s+---\s+Up\s.*0\.200\s+3\.000/);
    const [session] = (
      await underlay.json<{ neighbour: string; timeout: number; interval: number }[]>(
        "show",
        "bfd",
        "sessions",
      )
    ).filter(({ neighbour }) => neighbour === "bird");
    assert.deepEqual([session.interval, session.timeout], [1000, 3000]);
  });

  it("takes a frozen ToR's next hop away, ends the session, and has it back when it thaws", async () => {
    await allUp();
    await leadsTo("192.168.1.1 192.168.2.1");
    const since = underlay.log().length;
    const monitor = await Monitor.start(node);
    for (const pid of frr.pids) process.kill(pid, "SIGSTOP");
    try {
      await leadsTo("192.168.2.1");
      const down = await underlay.logged("session-down", ({ peer }) => peer === "frr");
      assert.match(String(down["message"]), /BFD Down|control detection time expired/);
      const events = underlay.log().slice(since);
      const order = events.filter(({ peer }) => peer === "frr").map(({ event }) => event);
      assert.ok(order.indexOf("bfd-down") >= 0, JSON.stringify(order));
      assert.ok(order.indexOf("bfd-down") < order.indexOf("session-down"));
      assert.equal(await bird.isEstablished("node"), true);
      // Traffic goes the other way before anything of it is deleted, and no route is. (The session
      // over IPv6 is another one; its route has no other way.)
      const changes = (await monitor.changes()).map(({ text }) => text);
      const group = changes.findIndex((text) => /^id \d+ group /.test(text));
      const deleted = changes.findIndex((text) => /^Deleted .*192\.168\.1\.1\b/.test(text));
      assert.ok(group >= 0 && (deleted < 0 || group < deleted), changes.join("\n"));
      assert.ok(!changes.some((text) => text.startsWith(`Deleted ${PREFIX}`)), changes.join("\n"));
    } finally {
      await monitor.end();
      for (const pid of frr.pids) process.kill(pid, "SIGCONT");
    }
    await allUp();
    await leadsTo("192.168.1.1 192.168.2.1");
  });

  it("tells a frozen BIRD's session apart from the others", async () => {
    await allUp();
    process.kill(bird.program.pid, "SIGSTOP");
    try {
      await leadsTo("192.168.1.1");
      await underlay.logged("session-down", ({ peer }) => peer === "far");
    } finally {
      process.kill(bird.program.pid, "SIGCONT");
    }
    await allUp();
  });

  it("is noticed by the ToRs when this node freezes", async () => {
    await allUp();
    process.kill(underlay.program.pid, "SIGSTOP");
    try {
      await until(
        "FRR ends the session by BFD",
        async () =>
          !(await frr.isEstablished("192.168.1.101")) &&
          Object.values(await frrPeers()).includes("down"),
      );
      await until("BIRD too", async () => !(await bird.isEstablished("node")));
    } finally {
      process.kill(underlay.program.pid, "SIGCONT");
    }
    await allUp();
  });

  it("keeps the session when the neighbour's operator ends BFD, and takes it up again", async () => {
    await allUp();
    const since = underlay.log().length;
    other.write(OTHER("{}").replace(", bfd: {}", ""));
    assert.equal((await other.ctl("configure")).code, 0);
    const down = await until("bfd-down", () =>
      underlay
        .log()
        .slice(since)
        .find(({ event, peer }) => event === "bfd-down" && peer === "other"),
    );
    assert.equal(down["remoteAdminDown"], true);
    other.write(OTHER(BFD));
    assert.equal((await other.ctl("configure")).code, 0);
    await allUp();
    const ended = underlay.log().slice(since);
    assert.ok(!ended.some(({ event, peer }) => event === "session-down" && peer === "other"));
  });

  it("changes with the configuration without a session's end", async () => {
    await allUp();
    const since = underlay.log().length;
    const config = NODE(net.folder);
    // FRR takes a neighbour's AdminDown for a failure, against RFC 5882 §4.2: shown with our own.
    underlay.write(config.replace(`connectRetry: 1, bfd: ${BFD}`, "connectRetry: 1"));
    assert.equal((await underlay.ctl("configure")).code, 0);
    await until("one less is there", async () => !("other" in (await states())));
    await until("the neighbour has heard of it", async () =>
      (await other.ask("show bfd sessions")).includes("Down"),
    );
    underlay.write(config.replace("interval: 50ms", "interval: 2s"));
    assert.equal((await underlay.ctl("configure")).code, 0);
    await allUp();
    await until("BIRD hears less often", async () =>
      /192\.168\.2\.101\s+eth0\s+Up\s.*2\.000\s+6\.000/.test(await bird.ask("show bfd sessions")),
    );
    const ended = underlay.log().slice(since);
    assert.deepEqual(
      ended.filter(({ event }) => event === "session-down"),
      [],
    );
  });

  it("tells the neighbours that it is no failure when the daemon stops", async () => {
    await allUp();
    const since = other.log().length;
    await underlay.end("SIGTERM");
    const down = await until("the other has heard AdminDown", () =>
      other
        .log()
        .slice(since)
        .find(({ event }) => event === "bfd-down"),
    );
    assert.equal(down["remoteAdminDown"], true);
    await underlay.launch();
    await allUp();
  });
});
