import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { IPV4, UpdateWriter } from "bgp-ts";
import { Prefix, formatPrefix } from "../../src/route/index.ts";
import {
  difference,
  foreign,
  Monitor,
  nexthops,
  OURS,
  ourRoutes,
  unusedNexthops,
} from "../support/kernel.ts";
import { Net } from "../support/net.ts";
import { announcement } from "../support/neighbour.ts";
import { run } from "../support/process.ts";
import { underlaydOn } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const ROUTES = 100_000;
const NEXT_HOPS = 1000;
/** Who comes back sends all its routes in time, also on a machine that has much else to do. */
const PATIENT = "restart: { staleTime: 1h }";
const BLOCK = ["172.16.1.0/24", "blackhole"] as const;

const hostRoute = (i: number): Prefix => new Prefix(IPV4, 0x64400000 + i, 0, 0, 0, 32);
const hop = (n: number): string => `10.0.${4 + (n >> 8)}.${n & 0xff}`;
/** As `ip` writes a prefix: a host's without its length. */
const text = (prefix: Prefix): string => formatPrefix(prefix).replace("/32", "");

/** Routes `from` to `to` in runs of a hundred; each run leads to a next hop of its own, moved by `shift`. */
function load(from: number, to: number, shift: number) {
  const wanted = new Map<string, string>();
  const writer = new UpdateWriter(4096);
  const parts: Uint8Array[] = [];
  for (let i = from; i < to; i += ROUTES / NEXT_HOPS) {
    const via = hop((i / (ROUTES / NEXT_HOPS) + shift) % NEXT_HOPS);
    const prefixes = [];
    for (let j = i; j < i + ROUTES / NEXT_HOPS; j++) prefixes.push(hostRoute(j));
    for (const prefix of prefixes) wanted.set(text(prefix), via);
    parts.push(announcement(64600, prefixes, via, writer));
  }
  return { wanted, parts };
}

const lines = (routes: ReadonlyMap<string, string>): string[] =>
  [...routes].map(([to, via]) => `${to} via ${via}`);

describe("stopped, killed and started again", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    const { node } = scene;
    await node.ip("route", "add", "198.51.100.0/24", "via", "10.0.0.77", "proto", "static");
    await node.ip("route", "add", "100.64.0.5/32", "via", "10.0.0.77", "metric", "7");
    await node.ip("nexthop", "add", "id", "7", "via", "10.0.0.78", "dev", "eth0");
    await node.ip("route", "add", "198.51.101.0/24", "nhid", "7");
  });
  after(() => net.close());

  it("kill -9 amid 100,000 routes: the next start puts everything right", async () => {
    await scene.start(PATIENT);
    const others = await foreign(scene.node);
    // Half of them is still to come when it is killed, however late we see the first.
    const all = load(0, ROUTES, 0).parts;
    scene.neighbour.send(...all.slice(0, all.length / 2));
    const early = text(hostRoute(ROUTES / 10));
    await until(
      "a tenth is in the kernel",
      async () => (await scene.node.ip("route", "show", early, "proto", OURS)) !== "",
      { interval: 1 },
    );
    scene.neighbour.send(...all.slice(all.length / 2));
    await scene.underlay.end("SIGKILL");
    const left = (await ourRoutes(scene.node)).size;
    assert.ok(left > 1000 && left < ROUTES, `killed in the middle: ${left} routes`);

    // Meanwhile the first thousand are gone, the rest has moved on by one next hop.
    await scene.restart();
    const { wanted, parts } = load(1000, ROUTES, 1);
    scene.neighbour.send(...parts);
    scene.neighbour.endOfRib(IPV4);
    await scene.underlay.logged("recovered", (line) => line["by"] === "complete");
    wanted.set(...BLOCK);
    let wrong: string[] = [];
    await until(
      "the kernel has what is wanted",
      async () => {
        wrong = difference(lines(wanted), lines(await ourRoutes(scene.node)));
        return wrong.length === 0;
      },
      { interval: 500, detail: () => wrong.join("\n") },
    );
    await until(
      "no object is left over",
      async () => (await unusedNexthops(scene.node)).length === 0,
    );
    assert.deepEqual(difference(others, await foreign(scene.node)), []);
    assert.match(await scene.underlay.show("route", "count"), /^9900\d of /m);
  });

  it("SIGTERM keeps routes; the next start changes only what differs", async () => {
    const kept = await ourRoutes(scene.node);
    const monitor = await Monitor.start(scene.node);
    assert.equal(await scene.underlay.end("SIGTERM"), 0);
    assert.deepEqual((await monitor.changes()).slice(0, 10), [], "nothing changes by stopping");
    await scene.restart();
    // One route is gone, one has moved, one has come: all others are as they were.
    const { parts } = load(1100, ROUTES, 1);
    scene.neighbour.send(...parts);
    scene.neighbour.announce(["100.64.100.1/32"], hop(500));
    scene.neighbour.announce(["203.0.113.0/24"], hop(600));
    scene.neighbour.announce(
      Array.from({ length: 99 }, (_, i) => formatPrefix(hostRoute(1000 + i))),
      kept.get(text(hostRoute(1000)))!,
    );
    scene.neighbour.endOfRib(IPV4);
    await scene.underlay.logged("recovered", (line) => line["by"] === "complete");
    await scene.leads("203.0.113.0/24", hop(600));
    await scene.leads("100.64.100.1", hop(500));
    await scene.leads(formatPrefix(hostRoute(1099)), "");
    const meant = ["100.64.100.1", text(hostRoute(1099)), "203.0.113.0/24"];
    const changes = (await monitor.changes()).map((change) => change.text);
    const others = changes.filter((line) => !meant.some((prefix) => line.includes(`${prefix} `)));
    assert.deepEqual(others.slice(0, 10), [], scene.underlay.program.output.slice(-5000));
    for (const prefix of meant) assert.ok(changes.some((line) => line.includes(prefix)));
    await monitor.end();
    assert.equal((await ourRoutes(scene.node)).size, kept.size);
    assert.match(await scene.underlay.show("status"), /adopted/i);
  });

  it("a second daemon on the node refuses to start, and touches nothing", async () => {
    const monitor = await Monitor.start(scene.node);
    const same = await underlaydOn(scene.node, "--config", scene.underlay.file);
    assert.equal(same.code, 1);
    assert.match(same.stderr, /another daemon/);
    const file = join(net.folder, "second.yaml");
    writeFileSync(
      file,
      `${scene.config(PATIENT)}\ncontrol: { socket: ${net.folder}/second.ctl }\n`,
    );
    const other = await underlaydOn(scene.node, "--config", file);
    assert.equal(other.code, 1, "another socket does not make it another node");
    assert.deepEqual((await monitor.changes()).slice(0, 10), []);
    await monitor.end();
    assert.equal((await scene.underlay.ctl("show", "status")).code, 0);
  });

  it("down withdraws and removes everything of ours, and nothing else", async () => {
    const others = await foreign(scene.node);
    await scene.underlay.down();
    assert.equal(scene.underlay.program.child.exitCode, 0);
    assert.equal((await ourRoutes(scene.node)).size, 0);
    assert.deepEqual(
      (await nexthops(scene.node)).filter(({ protocol }) => protocol === OURS),
      [],
    );
    assert.deepEqual(difference(others, await foreign(scene.node)), []);
    assert.equal((await run(["test", "-e", scene.underlay.socket])).code, 1, "the socket is gone");
    // Cease/Administrative Shutdown (RFC 4486): the routes are not to be kept.
    const { connection } = scene.neighbour.heard("connected").at(-1)!;
    await until("the neighbour has heard the last of it", () =>
      scene.neighbour.heard("closed").some((closed) => closed.connection === connection),
    );
    const last = scene.neighbour.heard("message").at(-1);
    assert.deepEqual([last?.type, last?.body?.slice(0, 4)], [3, "0602"]);
  });
});
