import assert from "node:assert/strict";
import { IPV4 } from "bgp-ts";
import { after, before, describe, it } from "node:test";
import { parseExposition, type ParsedFamily } from "../support/exposition.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

/** Scraped by curl, as Prometheus would. */
describe("metrics", { skip: lacking("curl") }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net, { gracefulRestart: true });
  });
  after(() => net.close());

  const METRICS = "metrics: { listen: 127.0.0.1:9179 }";
  const curl = (path: string, ...words: string[]) =>
    scene.node.run("curl", "-s", "--max-time", "600", ...words, `http://127.0.0.1:9179${path}`);
  const scrape = async (): Promise<Map<string, ParsedFamily>> => {
    const { code, stdout, stderr } = await curl("/metrics", "--fail");
    assert.equal(code, 0, stderr);
    return parseExposition(stdout);
  };
  const value = async (name: string, ...labels: string[]): Promise<number | undefined> => {
    const { samples = [] } = (await scrape()).get(name) ?? {};
    const wanted = labels.join();
    return samples.find((sample) => Object.values(sample.labels).join() === wanted)?.value;
  };
  const becomes = (expected: number, name: string, ...labels: string[]) => {
    let found: number | undefined;
    return until(
      `${name} ${labels.join(" ")} is ${expected}`,
      async () => (found = await value(name, ...labels)) === expected,
      { detail: () => `${found}` },
    );
  };

  it("not ready without a session, ready when its End-of-RIB has come", async () => {
    await scene.start(METRICS);
    await until("curl is answered", async () => (await curl("/healthz")).stdout === "ok\n");
    const { stdout } = await curl("/readyz", "-w", "%{http_code}");
    assert.equal(stdout, "no End-of-RIB yet: peer\n503");
    assert.equal(await value("underlay_ready"), 0);
    scene.neighbour.announce(["10.9.0.0/24", "10.9.1.0/24"], "10.0.0.2");
    scene.neighbour.endOfRib(IPV4);
    await until("it is ready", async () => {
      return (await curl("/readyz", "-w", "%{http_code}")).stdout === "ready\n200";
    });
    assert.equal(await value("underlay_ready"), 1);
  });

  it("says what it has learnt and what the kernel holds", async () => {
    assert.equal(await value("underlay_bgp_peer_up", "peer"), 1);
    assert.equal(await value("underlay_bgp_peer_routes_accepted", "peer", "ipv4"), 2);
    // The block's blackhole is the third.
    await becomes(3, "underlay_kernel_routes", "ipv4");
    await becomes(1, "underlay_bgp_peer_routes_announced", "peer", "ipv4");
    assert.ok(Number(await value("process_resident_memory_bytes")) > 1e7);
    assert.ok(Number(await value("underlay_kernel_operations_total", "routes")) >= 3);
  });

  it("counts a session that is lost", async () => {
    const sessions = scene.neighbour.sessions;
    assert.equal((await scene.underlay.ctl("restart", "peer")).code, 0);
    await becomes(1, "underlay_bgp_peer_sessions_lost_total", "peer");
    await scene.neighbour.established(sessions + 1);
    await becomes(2, "underlay_bgp_peer_sessions_established_total", "peer");
  });

  it("moves with a reload, and tells of one that was refused", async () => {
    scene.underlay.write(scene.config("metrics: { listen: nowhere }"));
    const refused = await scene.underlay.ctl("configure");
    assert.match(
      refused.stdout + refused.stderr,
      /metrics\.listen: found "nowhere", expected an address/,
    );
    assert.equal(await value("underlay_config_last_reload_successful"), 0);
    assert.equal(await value("underlay_config_reloads_total", "refused"), 1);
    // A foreign address: routing goes on, and what is wrong is shown.
    scene.underlay.write(scene.config("metrics: { listen: 192.0.2.9:9179 }"));
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    const { message } = await scene.underlay.logged("metrics-failed");
    assert.match(String(message), /192\.0\.2\.9 port 9179: this node does not have the address/);
    assert.match(await scene.underlay.show("status"), /does not have the address/);
    assert.notEqual((await curl("/metrics")).code, 0);
    scene.underlay.write(scene.config('metrics: { listen: "[::1]:9180" }'));
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    await until("it answers there", async () => {
      const { stdout } = await scene.node.run("curl", "-s", "http://[::1]:9180/healthz");
      return stdout === "ok\n";
    });
    assert.doesNotMatch(await scene.underlay.show("status"), /metrics/);
    assert.equal(await scene.underlay.end(), 0);
  });
});
