import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const CONFIG = "node: { asn: 64512, routerId: 192.0.2.1 }";

describe("signals", { skip: process.getuid?.() !== 0 && "needs root" }, () => {
  const net = new Net();
  after(() => net.close());

  it("SIGHUP while the daemon is starting counts as soon as it runs", async () => {
    const underlay = await Underlay.start(await net.host("node"), CONFIG);
    await underlay.logged("started");
    assert.equal(await underlay.end(), 0);
    assert.equal(existsSync(underlay.socket), false);

    const launched = underlay.launch();
    // It listens there first of all.
    await until("the socket is there", () => existsSync(underlay.socket), { interval: 0 });
    underlay.program.child.kill("SIGHUP");
    await launched;
    await underlay.logged("configured");
    assert.equal(await underlay.end(), 0);
  });
});
