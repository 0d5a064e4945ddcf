import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Monitor } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Recording } from "../support/recording.ts";
import { until } from "../support/wait.ts";
import { KINDS, KnobsBench, type Kind } from "./knobs-bench.ts";

/**
 * Route refresh (RFC 2918, RFC 7313) as the one who asks, and unasked, with real routers. No route
 * leaves the kernel meanwhile, on either side.
 */
const PREFIX: Readonly<Record<Kind, string>> = {
  frr: "10.1.0.0/16",
  bird: "10.2.0.0/16",
  gobgp: "10.3.0.0/16",
};
/** Knows the marks of RFC 7313. */
const ENHANCED: readonly Kind[] = ["frr", "bird"];

describe("route refresh", { skip: lacking("frr", "bird2", "gobgpd", "tcpdump", "tshark") }, () => {
  let bench: KnobsBench;
  let recordings: Recording[];
  before(async () => {
    bench = await KnobsBench.open();
    for (const kind of KINDS) await bench.shows(PREFIX[kind], /unicast/);
    // Who knows graceful restart sends no marks before End-of-RIB, and none are taken from it.
    for (const kind of ENHANCED) {
      await bench.underlay.logged("end-of-rib-received", (line) => line["peer"] === kind);
    }
    recordings = [];
    for (const index of KINDS.keys()) {
      recordings.push(await Recording.start(bench.node, `eth${index}`));
    }
  });
  after(() => bench.net.close());

  /** ROUTE-REFRESH messages on a wire, from the node's end or the other: subtypes in order. */
  async function subtypes(kind: Kind, from: "node" | "router"): Promise<string[]> {
    const n = KINDS.indexOf(kind);
    const source = `192.168.${n + 1}.${from === "node" ? "101" : "1"}`;
    const text = await recordings[n].dissect(
      ...["-Y", `bgp.type == 5 && ip.src == ${source}`],
      ...["-T", "fields", "-e", "bgp.route_refresh.subtype"],
    );
    return text.split(/[\s,]+/).filter((word) => word !== "");
  }

  const sees = (kind: Kind, from: "node" | "router", wanted: readonly string[]) => {
    let last: string[] = [];
    return until(
      `${from === "node" ? "the node" : kind} sends ${wanted.join()}`,
      async () => {
        last = await subtypes(kind, from);
        return last.join() === wanted.join();
      },
      { interval: 300, detail: () => last.join() },
    );
  };

  const updates = async (kind: Kind): Promise<number> => {
    const text = await bench.underlay.ask(`show protocols all ${kind}`);
    return Number(/Import updates: +(\d+)/.exec(text)?.[1]);
  };

  it("reload in: FRR, BIRD and GoBGP announce everything again, and no route leaves the kernel", async () => {
    const monitor = await Monitor.start(bench.node);
    const had = await Promise.all(KINDS.map(updates));
    assert.equal(
      await bench.underlay.ask("reload in all"),
      "frr: reloading\nbird: reloading\ngobgp: reloading\n",
    );
    for (const [index, kind] of KINDS.entries()) {
      await sees(kind, "node", ["0"]);
      if (ENHANCED.includes(kind)) await sees(kind, "router", ["1", "2"]);
      await until(`${kind} announces again`, async () => (await updates(kind)) > had[index]);
      await until(`the refresh of ${kind} is over`, async () => {
        const text = await bench.underlay.ask(`show protocols all ${kind}`);
        return !text.includes("route refresh active");
      });
    }
    const changes = (await monitor.changes()).map(({ text }) => text);
    assert.deepEqual(
      changes.filter((text) => /10\.[123]\.0\.0\/16/.test(text)),
      [],
    );
    await monitor.end();
  });

  it("reload out: all is told again, between marks where they are known, and FRR, BIRD and GoBGP keep it", async () => {
    const before = await Promise.all(KINDS.map((kind) => bench.held(kind, "172.16.1.0/24")));
    const answer = await bench.underlay.ctl("reload", "out", "*");
    assert.equal(answer.code, 0, answer.stderr);
    for (const [index, kind] of KINDS.entries()) {
      await sees(kind, "node", ENHANCED.includes(kind) ? ["0", "1", "2"] : ["0"]);
      const now = await bench.holds(kind, "172.16.1.0/24");
      assert.equal(now.asPath, before[index]?.asPath);
      await bench.underlay.established(kind);
    }
    // After its End-of-RIB FRR would have swept what was not announced again.
    assert.doesNotMatch(await bench.frr.bgp("show bgp ipv4 unicast 172.16.1.0/24"), /stale/i);
  });

  it("says so where the neighbour takes no ROUTE-REFRESH; what it can do goes on", async () => {
    await bench.setBird({ protocol: "enable route refresh no;" });
    await until("BIRD's new session", async () => {
      const text = await bench.underlay.ask("show protocols all bird");
      const [, theirs = ""] = text.split("Neighbor capabilities");
      return /BGP state: +Established/.test(text) && !/Route refresh/.test(theirs);
    });
    const refused = await bench.underlay.ctl("reload", "in", "bird");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /bird: reload failed: its neighbour takes no ROUTE-REFRESH/);
    assert.equal(
      await bench.underlay.ask("reload all"),
      [
        "frr: reloading",
        "bird: reload failed: its neighbour takes no ROUTE-REFRESH",
        "gobgp: reloading",
        "",
      ].join("\n"),
    );
    assert.equal(await bench.underlay.ask("reload out bird"), "bird: reloading\n");
    await bench.holds("bird", "172.16.1.0/24");
  });
});
