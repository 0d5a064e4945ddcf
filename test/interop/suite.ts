import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Bench, NODE_ASN } from "./bench.ts";
import { collisions } from "./collisions.ts";
import { Monitor } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { until } from "../support/wait.ts";
import type { PackageName } from "../support/packages.ts";
import type { LogLine } from "../support/underlay.ts";
import type { RouterKind } from "./router.ts";

const PACKAGE = {
  frr: "frr",
  bird: "bird2",
  gobgp: "gobgpd",
  openbgpd: "openbgpd",
} as const satisfies Record<RouterKind, PackageName>;

/**
 * What every real router must agree with underlayd about. One node, two ToRs of the same kind:
 *
 *     node eth0 192.168.1.101, fd00:1::101  ───  192.168.1.1, fd00:1::1  tor1   AS 64601
 *          eth1 192.168.2.101, fd00:2::101  ───  192.168.2.1, fd00:2::1  tor2   AS 64602
 *
 * Each announces 10.N.0.0/16, 2001:db8:N::/48, and 10.0.0.0/16, 2001:db8::/48 like the other.
 */
export function interop(kind: RouterKind): void {
  describe(`interop with ${kind}`, { skip: lacking(PACKAGE[kind], "nftables") }, () => {
    let bench: Bench;
    before(async () => (bench = await Bench.open(kind)));
    afterEach(() => bench.tidy());
    after(() => bench.net.close());

    sessions(() => bench);
    operation(kind, () => bench);
    security(() => bench);
    otherSpeakers(kind, () => bench);
    // GoBGP and OpenBGPD do not connect while they are being connected to.
    if (kind !== "gobgp" && kind !== "openbgpd") collisions(() => bench);
  });
}

type Get = () => Bench;

function sessions(get: Get): void {
  it("comes up over IPv4, announces the block and installs what it learns", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.established(1);
    const path = await bench.torHolds(1, "172.16.1.0/24");
    assert.equal(path.asPath, String(NODE_ASN));
    await bench.torHolds(1, "fd10:1::/64");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("2001:db8:1::/48", [1]);
    await bench.stop();
  });

  it("comes up over IPv6 with both families in the session", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1, { address: "fd00:1::1" })] });
    await bench.established(1, "fd00:1::101");
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.torHolds(1, "fd10:1::/64");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("2001:db8:1::/48", [1]);
    await bench.stop();
  });

  it("is connected to when the neighbour is in a listen range", async () => {
    const bench = get();
    const range = "  - { name: tors, range: 192.168.1.0/24, asn: 64601, max: 10 }";
    await bench.start({ peers: [range] });
    await bench.established(1);
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });

  it("announces a pod when it appears and withdraws it when it goes", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)], advertise: "hosts" });
    await bench.established(1);
    await bench.addPod("172.16.1.5", "fd10:1::5");
    await bench.torHolds(1, "172.16.1.5/32");
    await bench.torHolds(1, "fd10:1::5/128");
    await bench.removePod();
    await bench.torLacks(1, "172.16.1.5/32");
    await bench.torLacks(1, "fd10:1::5/128");
    await bench.stop();
  });

  it("follows the router: a prefix announced, then withdrawn", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.established(1);
    for (const prefix of ["10.9.0.0/24", "2001:db8:9::/64"]) {
      await bench.tor(1).announce(prefix);
      await bench.nodeHas(prefix, [1]);
      await bench.tor(1).withdraw(prefix);
      await bench.nodeLacks(prefix);
    }
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });

  it("reaches one prefix by two ToRs: ECMP, and by the other when one is killed", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1), bench.peer(2)] });
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    await bench.nodeHas("2001:db8::/48", [1, 2]);
    for (const prefix of ["10.0.0.0/16", "2001:db8::/48"]) {
      assert.equal(await bench.groupSize(prefix), 2, `${prefix} leads over a nexthop group`);
    }
    await bench.killTor(2);
    await bench.nodeHas("10.0.0.0/16", [1]);
    await bench.nodeHas("2001:db8::/48", [1]);
    await bench.nodeLacks("10.2.0.0/16");
    await bench.startTor(2);
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    await bench.nodeHas("2001:db8::/48", [1, 2]);
    await bench.stop();
  });
}

function operation(kind: RouterKind, get: Get): void {
  it("is killed and started again: routes stay, what has changed meanwhile is put right", async () => {
    const bench = get();
    // GoBGP and OpenBGPD send no End-of-RIB unless their own configuration has graceful restart: the time
    // decides, and the session has to be back by then on a busy machine too.
    const staleTime = kind === "gobgp" || kind === "openbgpd" ? 80 : 3600;
    await bench.start({ peers: [bench.peer(1)], staleTime });
    await bench.tor(1).announce("10.8.0.0/24");
    await bench.nodeHas("10.8.0.0/24", [1]);
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("2001:db8:1::/48", [1]);
    const monitor = await Monitor.start(bench.node, "route");
    await bench.underlay.end("SIGKILL");
    await bench.tor(1).withdraw("10.8.0.0/24");
    await bench.nodeHas("10.8.0.0/24", [1]);
    await bench.underlay.launch();
    await bench.established(1);
    await bench.nodeLacks("10.8.0.0/24");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("2001:db8:1::/48", [1]);
    const deleted = (await monitor.changes())
      .map(({ text }) => text)
      .filter((text) => text.startsWith("Deleted"));
    await monitor.end();
    assert.ok(deleted.length > 0);
    const others = deleted.filter((text) => !text.startsWith("Deleted 10.8.0.0/24"));
    assert.deepEqual(others, [], "no other route was ever away");
    await bench.stop();
  });

  it("keeps an earlier run's routes until End-of-RIB, not for the whole stale time", async () => {
    const bench = get();
    const tors = { 1: { gracefulRestart: true } };
    await bench.start({ peers: [bench.peer(1)], tors, staleTime: 600 });
    await bench.tor(1).announce("10.8.0.0/24");
    await bench.nodeHas("10.8.0.0/24", [1]);
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.shows("tor1", /Graceful restart/);
    await bench.underlay.end("SIGKILL");
    await bench.torIsDown(1);
    await bench.tor(1).withdraw("10.8.0.0/24");
    await bench.underlay.launch();
    await bench.established(1);
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.nodeLacks("10.8.0.0/24");
    const ended = await bench.underlay.logged("recovered");
    assert.equal(ended["by"], "complete");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("2001:db8:1::/48", [1]);
    await bench.stop();
  });

  it("reloads: an unchanged session is kept, a new one comes, a removed one goes", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.reconfigure([bench.peer(1), bench.peer(2)]);
    await bench.nodeHas("10.2.0.0/16", [2]);
    await bench.reconfigure([bench.peer(1)], () => bench.underlay.program.child.kill("SIGHUP"));
    await bench.nodeLacks("10.2.0.0/16");
    await bench.underlay.logged("session-down");
    const downs = bench.underlay.log().filter((line) => line.event === "session-down");
    assert.deepEqual(
      downs.map((line) => line["peer"]),
      ["tor2"],
    );
    await bench.stop();
  });

  it("goes down when the hold timer expires on a router that stands still, and comes back", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1, { holdTime: 3 }), bench.peer(2)] });
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    bench.tor(1).pause();
    // Before, the router may have resolved a collision of connections late: that is a "down" as well.
    const isExpiry = (line: LogLine): boolean => line["cause"] === "hold-timer";
    const down = await bench.underlay.logged("session-down", isExpiry);
    assert.equal(down["peer"], "tor1");
    await bench.nodeLacks("10.1.0.0/16");
    await bench.nodeHas("10.0.0.0/16", [2]);
    await bench.shows("tor1", /Last error: .*Hold Timer Expired/);
    bench.tor(1).resume();
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    await bench.stop();
  });

  it("ends and begins sessions by the operator's word, and the router is told why", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.established(1);
    await bench.torHolds(1, "172.16.1.0/24");
    let from = bench.tor(1).log().length;
    assert.match(await bench.ctl("disable", "tor1"), /tor1: disabled/);
    await bench.torLogs(1, CEASE_LOGGED.shutdown, from);
    await bench.torLacks(1, "172.16.1.0/24");
    await bench.nodeLacks("10.1.0.0/16");
    assert.match(await bench.ctl("show", "protocols", "tor1"), /tor1 +BGP +--- +down/);
    assert.match(await bench.ctl("enable", "tor1"), /tor1: enabled/);
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.nodeHas("10.1.0.0/16", [1]);
    from = bench.tor(1).log().length;
    const restart = async () => assert.match(await bench.ctl("restart", "tor1"), /tor1: restarted/);
    await restart();
    await until(
      "the router logs the reset",
      async () => {
        if (CEASE_LOGGED.reset.test(bench.tor(1).log().slice(from))) return true;
        // One that takes up the new connection before it has read the old one's end never hears of it.
        const text = await bench.underlay.ask("show protocols all tor1");
        if (/BGP state: +Established/.test(text)) await restart();
        return false;
      },
      { interval: 1000, detail: () => bench.tor(1).log().slice(from) },
    );
    await bench.tor(1).forgive?.();
    await bench.shows("tor1", /BGP state: +Established/);
    await bench.torHolds(1, "172.16.1.0/24");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });

  it("shows why the router's operator shut the session down (RFC 9003)", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.established(1);
    await bench.tor(1).endSession("192.168.1.101", "moving rack 7, back at noon");
    const text = await bench.shows("tor1", /moving rack 7, back at noon/);
    // GoBGP sends a text with a reset only.
    const what = kind === "gobgp" ? "Reset" : "Shutdown";
    assert.match(text, new RegExp(`Last error: .*Cease/Administrative ${what}: moving rack 7`));
    assert.doesNotMatch(text, /BGP state: +Established/);
    await bench.nodeLacks("10.1.0.0/16");
    await bench.tor(1).resumeSession("192.168.1.101");
    const after = await bench.shows("tor1", /BGP state: +Established/);
    assert.doesNotMatch(after, /moving rack 7/, "what is over is not shown as an error");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });
}

/** A NOTIFICATION 6/2 and 6/4 in the routers' logs. */
const CEASE_LOGGED = {
  shutdown:
    /Administrative shutdown|Cease\/Administrative Shutdown|administrative shutdown|Cease, administratively down/i,
  reset: /Administrative reset|Cease\/Administrative Reset|administrative reset/i,
};

function security(get: Get): void {
  for (const { family, address, node } of [
    { family: "IPv4", address: "192.168.1.1", node: "192.168.1.101" },
    { family: "IPv6", address: "fd00:1::1", node: "fd00:1::101" },
  ]) {
    it(`authenticates by TCP MD5 over ${family}, and not with another password`, async () => {
      const bench = get();
      const file = bench.write("tor.key", "something-else\n");
      const peer = bench.peer(1, { address, more: `password: { file: ${file} }` });
      await bench.start({ peers: [peer], tors: { 1: { password: "between-us" } } });
      const text = await bench.shows("tor1", /Last error: +no answer to the SYN: wrong password/);
      assert.doesNotMatch(text, /BGP state: +Established/);
      assert.equal(await bench.tor(1).isEstablished(node), false);
      bench.write("tor.key", "between-us\n");
      await bench.ctl("configure");
      await bench.established(1, node);
      await bench.torHolds(1, "172.16.1.0/24");
      await bench.nodeHas("10.1.0.0/16", [1]);
      await bench.stop();
    });
  }

  it("authenticates whoever connects out of a listen range", async () => {
    const bench = get();
    const file = bench.write("tor.key", "between-us\n");
    const range = `  - { name: tors, range: "fd00:1::/64", asn: 64601, password: { file: ${file} } }`;
    await bench.start({ peers: [range], tors: { 1: { password: "between-us" } } });
    await bench.established(1, "fd00:1::101");
    await bench.nodeHas("2001:db8:1::/48", [1]);
    await bench.stop();
  });

  it("keeps to GTSM over IPv4 and IPv6: TTL 255 both ways", async () => {
    const bench = get();
    const tors = { 1: { gtsm: true }, 2: { gtsm: true } };
    const more = "ttlSecurity: 1";
    const peers = [bench.peer(1, { more }), bench.peer(2, { address: "fd00:2::1", more })];
    await bench.start({ peers, tors });
    await bench.established(1);
    await bench.established(2, "fd00:2::101");
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    await bench.nodeHas("2001:db8::/48", [1, 2]);
    await bench.stop();
  });

  it("takes nothing from a router that does not keep to GTSM", async () => {
    const bench = get();
    const tors = { 1: { passive: true } };
    await bench.start({ peers: [bench.peer(1, { more: "ttlSecurity: 1" })], tors });
    await bench.nodeCounts("TcpExtTCPMinTTLDrop");
    await bench.shows("tor1", /Last error: .*no OPEN came.* TTL 255/);
    assert.equal(await bench.tor(1).isEstablished("192.168.1.101"), false);
    await bench.nodeLacks("10.1.0.0/16");
    await bench.stop();
  });
}

function otherSpeakers(kind: RouterKind, get: Get): void {
  it("says that nobody listens, once, and only as long as it is so", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1)] });
    await bench.established(1);
    await bench.killTor(1);
    // OpenBGPD's parts outlive it and may say goodbye, which counts for more than silence.
    const goodbye = /Last error: +(connection refused|.*bgpd shutting down)$/m;
    await bench.shows("tor1", kind === "openbgpd" ? goodbye : /Last error: +connection refused$/m);
    await bench.startTor(1);
    const text = await bench.shows("tor1", /BGP state: +Established/);
    assert.match(text, /^tor1 +BGP +--- +up +\S+ +Established *$/m);
    assert.doesNotMatch(text, /Last error/);
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });

  it("says plainly that the router has another AS than configured", async () => {
    const bench = get();
    await bench.start({ peers: [bench.peer(1, { asn: 64699 })] });
    const text = await bench.shows("tor1", /Last error: .*Bad Peer AS/);
    assert.match(text, /64601/, "the AS that it has");
    assert.match(text, /64699/, "the AS that it should have");
    await bench.reconfigure([bench.peer(1)]);
    await bench.established(1);
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });

  it("reflects between two routers of its own AS (RFC 4456)", async () => {
    const bench = get();
    const tors = { 1: { asn: NODE_ASN }, 2: { asn: NODE_ASN } };
    const peers = [1, 2].map((n) => bench.peer(n, { asn: NODE_ASN, more: "client: true" }));
    await bench.start({ peers, tors, reflector: true });
    for (const prefix of ["10.1.0.0/16", "2001:db8:1::/48"]) {
      const path = await bench.torHolds(2, prefix);
      assert.equal(path.asPath, "");
      assert.equal(path.originator, "192.168.1.1");
      assert.deepEqual(path.clusters, ["192.168.1.101"]);
    }
    const own = await bench.torHolds(2, "172.16.1.0/24");
    assert.equal(own.originator, undefined, "own routes are announced, not reflected");
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.nodeHas("10.0.0.0/16", [1, 2]);
    await bench.killTor(1);
    await bench.torLacks(2, "10.1.0.0/16");
    await bench.startTor(1);
    await bench.torHolds(2, "10.1.0.0/16");
    await bench.stop();
  });

  // GoBGP announces four octets always.
  if (kind === "gobgp") return;
  it("speaks to a router that knows AS numbers of two octets only (RFC 6793)", async () => {
    const bench = get();
    const asn = 4_200_000_001;
    await bench.start({ asn, peers: [bench.peer(1)], tors: { 1: { twoOctet: true } } });
    await bench.established(1);
    // The path says AS_TRANS. BIRD takes the number from AS4_PATH; FRR, not wanting capabilities,
    // remembers that it has seen ours, and believes the path of a speaker of four octets.
    const seen = kind === "frr" ? "23456" : String(asn);
    assert.equal((await bench.torHolds(1, "172.16.1.0/24")).asPath, seen);
    const text = await bench.shows("tor1", /BGP state: +Established/);
    assert.match(text, /Session: +external(?! AS4)/);
    await bench.nodeHas("10.1.0.0/16", [1]);
    await bench.stop();
  });
}
