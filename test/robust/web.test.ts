import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  readMeta,
  readNeighbours,
  readNeighboursShort,
  readRoutes,
  readStatus,
} from "../support/alice.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { announcement } from "../support/neighbour.ts";
import { until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const WEB = "web: { listen: 127.0.0.1:29184 }";

/** Asked by curl, and read as Alice-LG does. */
describe("birdwatcher's API", { skip: lacking("curl") }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    await scene.start(WEB);
    scene.neighbour.announce(["10.9.0.0/24", "10.9.1.0/24"], "10.0.0.2");
    await scene.leads("10.9.1.0/24", "10.0.0.2");
  });
  after(() => net.close());

  const curl = (path: string, ...words: string[]) =>
    scene.node.run("curl", "-s", "--max-time", "600", ...words, `http://127.0.0.1:29184${path}`);
  const ask = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await curl(path)).stdout) as Record<string, unknown>;

  it("says who the node is", async () => {
    const status = readStatus(await ask("/status"));
    assert.equal(status.routerId, "10.0.0.1");
    assert.match(status.version, /^underlay \d/);
  });

  it("lists neighbours with what they have announced", async () => {
    const [peer, ...others] = readNeighbours(await ask("/protocols/bgp"));
    assert.deepEqual(others, []);
    assert.deepEqual(
      [peer.id, peer.address, peer.asn, peer.state, peer.accepted, peer.filtered],
      ["peer", "10.0.0.2", 64600, "up", 2, 0],
    );
    assert.equal(readNeighboursShort(await ask("/protocols/short")).get("peer")?.state, "up");
  });

  it("lists routes by neighbour, peer, table and network", async () => {
    const networks = async (path: string): Promise<string[]> =>
      readRoutes(await ask(path)).map(({ network }) => network);
    const both = ["10.9.0.0/24", "10.9.1.0/24"];
    assert.deepEqual(await networks("/routes/protocol/peer"), both);
    assert.deepEqual(await networks("/routes/peer/10.0.0.2"), both);
    assert.deepEqual(await networks("/routes/table/master4"), [...both, "172.16.1.0/24"]);
    assert.deepEqual(await networks("/routes/table/master6"), []);
    assert.deepEqual(await networks("/routes/export/peer"), ["172.16.1.0/24"]);
    assert.deepEqual(await networks("/route/net/10.9.1.7"), ["10.9.1.0/24"]);
    assert.deepEqual((await ask("/routes/count/table/master"))["routes"], 3);
    const [route] = readRoutes(await ask("/routes/prefix?prefix=10.9.0.0/24"));
    assert.deepEqual(
      [route.gateway, route.learntFrom, route.interface, route.asPath, route.primary],
      ["10.0.0.2", "10.0.0.2", "eth0", [64600], true],
    );
  });

  it("sends a table of 100,000 whole, while the session goes on", async () => {
    const many = Array.from(
      { length: 100_000 },
      (_, i) => `20.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`,
    );
    for (let at = 0; at < many.length; at += 500) {
      scene.neighbour.send(announcement(64600, many.slice(at, at + 500), "10.0.0.2"));
    }
    await until(
      "all are there",
      async () => (await ask("/routes/count/protocol/peer"))["routes"] === many.length + 2,
    );
    const answers = await Promise.all(["/routes/protocol/peer", "/routes/table/master"].map(ask));
    for (const answer of answers) {
      const found = new Set(readRoutes(answer).map(({ network }) => network));
      assert.ok(many.every((network) => found.has(network)));
    }
    assert.equal(scene.neighbour.sessions, 1);
  });

  it("moves with a reload, and is off by default", async () => {
    scene.underlay.write(scene.config('web: { listen: "[::1]:8080" }'));
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    await until("it answers there", async () => {
      const { stdout } = await scene.node.run("curl", "-s", "http://[::1]:8080/status");
      return readMeta(JSON.parse(stdout) as Record<string, unknown>).version !== "";
    });
    assert.notEqual((await curl("/status")).code, 0);
    scene.underlay.write(scene.config("web: { listen: 10.0.0.1:8080 }"));
    const refused = await scene.underlay.ctl("configure");
    assert.match(
      refused.stdout + refused.stderr,
      /web\.listen: found 10\.0\.0\.1, which others may/,
    );
    scene.underlay.write(scene.config());
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    await until("nobody listens", async () => {
      const { stdout } = await scene.node.run("ss", "-Hltn");
      return !stdout.includes("8080");
    });
    assert.equal(await scene.underlay.end(), 0);
  });
});
