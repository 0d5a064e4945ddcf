import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

describe("a neighbour's settings, as they are on the wire", { skip: SKIP }, () => {
  const net = new Net();
  after(() => net.close());

  it("a hold time of 90 s where none is set (RFC 4271 §10)", async () => {
    const scene = await Scene.open(net);
    await scene.start();
    const open = scene.neighbour.heard("message").find(({ type }) => type === 1);
    assert.ok(open?.body !== undefined);
    const body = Buffer.from(open.body, "hex");
    assert.deepEqual([body[0], body.readUInt16BE(1), body.readUInt16BE(3)], [4, 64512, 90]);
    // The neighbour wants 240 s: the smaller one counts.
    await until("it is shown", async () =>
      /Hold timer: +[\d.]+\/90$/m.test(await scene.underlay.ask("show protocols all peer")),
    );
    await scene.underlay.end();
  });

  it("port, source and passive: who connects, from where and to where", async () => {
    const active = await net.host("active");
    const passive = await net.host("passive");
    await net.wire(
      [active, "eth0", "10.1.0.1/24", "10.1.0.11/24"],
      [passive, "eth0", "10.1.0.2/24"],
    );
    // Waits for what it does not begin itself, though the other one listens too.
    const waiting = await Underlay.start(
      passive,
      `node: { asn: 64513, routerId: 10.1.0.2 }
listen: { port: 1790 }
peers:
  - { name: mate, address: 10.1.0.11, asn: 64512, passive: true, connectRetry: 1 }`,
    );
    const tries = await Underlay.start(
      active,
      `node: { asn: 64512, routerId: 10.1.0.1 }
peers:
  - { name: mate, address: 10.1.0.2, port: 1790, source: 10.1.0.11, asn: 64513, connectRetry: 1 }`,
    );
    await tries.established("mate");
    await waiting.established("mate");
    const ends = await passive.must("ss", "-Htn", "state", "established");
    assert.match(ends, /10\.1\.0\.2:1790 +10\.1\.0\.11:\d+/);
    assert.equal(ends.trim().split("\n").length, 1, ends);
    await tries.end();
    await until("the one that waits is alone", async () =>
      /BGP state: +Passive/.test(await waiting.ask("show protocols all mate")),
    );
    await tries.launch();
    await waiting.established("mate");
    const opens = await passive.must("nstat", "-a", "-s", "-z", "TcpActiveOpens");
    assert.match(opens, /TcpActiveOpens +0 /, "it never tried by itself");
    await tries.end();
    await waiting.end();
  });
});
