import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { IPV4, IPV6 } from "bgp-ts";
import {
  difference,
  foreign,
  Monitor,
  nexthops,
  OURS,
  ourRoute,
  unusedNexthops,
} from "../support/kernel.ts";
import { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

/** Somebody else at work on the same kernel tables. */
describe("others who change the kernel's routes", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net, { asn: 64512, families: [IPV4, IPV6] });
    await scene.start();
    const { neighbour } = scene;
    for (let n = 0; n < 20; n++) neighbour.announce([`203.0.113.${n}/32`], `10.0.1.${n % 5}`);
    neighbour.announce(["2001:db8:1::/48", "2001:db8:2::/48"], "fd00::2");
    await scene.leads("203.0.113.19/32", "10.0.1.4");
    await scene.leads("2001:db8:2::/48", "fd00::2");
  });
  after(() => net.close());

  // Before all others: what they leave to be done later would wake a daemon that this alone does not.
  it("a route of ours is replaced by one that bears our mark: ours comes back", async () => {
    const { node } = scene;
    await isBackWithinASecond(async (n) => {
      const prefix = `203.0.113.${n % 20}`;
      const monitor = await Monitor.start(node);
      const theirs = ["via", "10.0.0.9", "metric", "32", "proto", OURS];
      await node.ip("route", "replace", prefix, ...theirs);
      await scene.leads(`${prefix}/32`, `10.0.1.${n % 5}`);
      return { monitor, what: new RegExp(`^${prefix} `), gone: / via 10\.0\.0\.9 / };
    });
  });

  for (const [prefix, via, theirs] of [
    ["192.0.2.0/24", "10.0.0.2", "10.0.0.9"],
    ["2001:db8:9::/48", "fd00::2", "fd00::9"],
  ]) {
    it(`a foreign route to ${prefix} is in the way: said, left alone, followed`, async () => {
      const { node, underlay, neighbour } = scene;
      await node.ip("route", "add", prefix, "via", theirs, "metric", "32", "proto", "static");
      const others = await foreign(node);
      neighbour.announce([prefix], via);
      const line = await underlay.logged("route-failed", (entry) => entry["prefix"] === prefix);
      assert.equal(line["owner"], "static");
      await scene.shows(prefix, /static/);
      assert.deepEqual(difference(others, await foreign(node)), []);
      assert.equal(await ourRoute(node, prefix), undefined);
      await node.ip("route", "del", prefix, "via", theirs, "metric", "32", "proto", "static");
      await scene.leads(prefix, via);
      await scene.shows(prefix, /^(?!.*static)/s);
    });
  }

  it("our routes are deleted by somebody: put back", async () => {
    const { node } = scene;
    await node.ip("route", "flush", "proto", OURS);
    await node.ip("-6", "route", "flush", "proto", OURS);
    await allBack(scene);
    await scene.underlay.logged("routes-removed");
    await isBackWithinASecond(async (n) => {
      const prefix = `192.0.2.${n}`;
      scene.neighbour.announce([`${prefix}/32`], "10.0.0.2");
      await scene.leads(prefix, "10.0.0.2");
      const monitor = await Monitor.start(node);
      await node.ip("route", "del", prefix, "proto", OURS);
      await scene.leads(prefix, "10.0.0.2");
      return { monitor, what: new RegExp(`^(Deleted )?${prefix} `) };
    });
  });

  it("our nexthop objects are deleted by somebody: put back, and the routes over them", async () => {
    const { node, underlay } = scene;
    await node.ip("nexthop", "flush", "proto", OURS);
    await allBack(scene);
    await until("no object is left over", async () => (await unusedNexthops(node)).length === 0);
    const told = (): number[] =>
      underlay.log().flatMap((line) => {
        return line.event === "nexthops-removed" ? [Number(line["count"])] : [];
      });
    const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
    await until("all are told", () => sum(told()) >= 6);
    assert.ok(told().length < sum(told()), "not one by one");
    await isBackWithinASecond(async (n) => {
      const gateway = `10.0.7.${n}`;
      scene.neighbour.announce([`192.0.2.${n}/32`], gateway);
      await scene.leads(`192.0.2.${n}`, gateway);
      const object = (await nexthops(node)).find((one) => one["gateway"] === gateway);
      const monitor = await Monitor.start(node);
      await node.ip("nexthop", "del", "id", String(object?.["id"]));
      await scene.leads(`192.0.2.${n}`, gateway);
      return { monitor, what: new RegExp(`^(Deleted )?id \\d+ via ${gateway} `) };
    });
  });

  it("a route of ours is replaced by somebody: ours comes back", async () => {
    const { node } = scene;
    await node.ip("route", "replace", "203.0.113.7", "via", "10.0.0.9", "metric", "32");
    await until("theirs is seen", async () => (await ourRoute(node, "203.0.113.7")) === undefined);
    await node.ip("route", "del", "203.0.113.7", "via", "10.0.0.9", "metric", "32");
    await scene.leads("203.0.113.7/32", "10.0.1.2");
  });
});

/** A block without a blackhole would send packets for its unused addresses round in circles. */
describe("a block whose blackhole cannot be there", { skip: SKIP }, () => {
  const net = new Net();
  after(() => net.close());

  it("is withheld and said to be, and announced when its blackhole is there", async () => {
    const scene = await Scene.open(net);
    const { node } = scene;
    const theirs = ["172.16.1.0/24", "via", "10.0.0.9", "metric", "32", "proto", "static"];
    await node.ip("route", "add", ...theirs);
    await scene.start();
    const line = await scene.underlay.logged("block-withheld");
    assert.equal(line["prefix"], "172.16.1.0/24");
    assert.match(String(line["reason"]), /static/);
    const announced = (): boolean =>
      scene.neighbour.heard("message").some(({ body }) => body?.endsWith("18ac1001") === true);
    assert.ok(!announced());
    await node.ip("route", "del", ...theirs);
    await until("the block is announced", announced);
    await scene.leads("172.16.1.0/24", "blackhole");
  });
});

async function allBack(scene: Scene): Promise<void> {
  await scene.leads("2001:db8:1::/48", "fd00::2");
  await scene.leads("2001:db8:2::/48", "fd00::2");
  await scene.leads("172.16.1.0/24", "blackhole");
  for (let n = 0; n < 20; n++) await scene.leads(`203.0.113.${n}/32`, `10.0.1.${n % 5}`);
}

/**
 * By the kernel's own clock, from its going to its coming back. On a busy machine that may take
 * longer: then with another thing, for what is taken away again and again is put back later.
 */
async function isBackWithinASecond(
  take: (n: number) => Promise<{ monitor: Monitor; what: RegExp; gone?: RegExp }>,
): Promise<void> {
  let took = Infinity;
  for (let n = 1; took >= 1000 && n <= 20; n++) {
    const { monitor, what, gone: going = /^Deleted/ } = await take(n);
    const changes = (await monitor.changes()).filter(({ text }) => what.test(text));
    await monitor.end();
    const gone = changes.findIndex(({ text }) => going.test(text));
    const texts = changes.map(({ text }) => text).join("\n");
    assert.ok(gone >= 0 && gone + 1 < changes.length, `it went, and came back:\n${texts}`);
    took = changes[gone + 1].at - changes[gone].at;
  }
  assert.ok(took < 1000, `${took} ms`);
}
