import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

describe("files that underlayd writes", { skip: SKIP }, () => {
  const net = new Net();
  after(() => net.close());

  it("SIGHUP opens the log anew, after logrotate has moved it away", async () => {
    const host = await net.host("rotated");
    const file = join(net.folder, "underlay.log");
    const underlay = await Underlay.start(
      host,
      `node: { asn: 64512, routerId: 192.0.2.1 }\nlog: { file: ${file} }`,
    );
    const has = (path: string, event: string): boolean =>
      existsSync(path) && readFileSync(path, "utf8").includes(`"event":"${event}"`);
    await until("it has started", () => has(file, "started"));
    renameSync(file, `${file}.1`);
    underlay.program.child.kill("SIGHUP");
    await until("it goes on in a new file", () => has(file, "configured"));
    assert.equal(has(`${file}.1`, "configured"), false);
    assert.equal(await underlay.end(), 0);
    assert.equal(has(file, "stopping"), true);
  });

  it("the CNI list follows the uplink's MTU, and the default route", async () => {
    const [host, router] = [await net.host("cni"), await net.host("router")];
    await net.wire([host, "eth0", "10.0.0.1/24"], [router, "eth0", "10.0.0.2/24"]);
    await net.wire([host, "eth1", "10.0.1.1/24"], [router, "eth1", "10.0.1.2/24"], { mtu: 1400 });
    await host.ip("route", "add", "default", "via", "10.0.0.2");
    const file = join(net.folder, "10-underlay.conflist");
    const underlay = await Underlay.start(
      host,
      `node: { asn: 64512 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
cni: { conflist: ${file}, plugin: ptp }`,
    );
    const mtu = async (wanted: number): Promise<void> => {
      const read = (): number | undefined =>
        (JSON.parse(readFileSync(file, "utf8")) as { plugins: { mtu: number }[] }).plugins[0].mtu;
      await until(`an MTU of ${wanted}`, () => existsSync(file) && read() === wanted);
    };
    await mtu(1500);
    await host.ip("link", "set", "eth0", "mtu", "1450");
    await mtu(1450);
    await host.ip("route", "replace", "default", "via", "10.0.1.2");
    await mtu(1400);
    assert.equal(underlay.log().filter(({ event }) => event === "cni-written").length, 3);
    assert.equal(await underlay.end(), 0);
  });

  it("a disk that hangs holds up no session's end, nor the daemon's", async () => {
    const file = join(net.folder, "updates");
    execFileSync("mkfifo", [file]); // to open it takes until somebody reads
    const scene = await Scene.open(net);
    await scene.start(`mrt: { updates: { file: ${file} } }`);
    const { neighbour, underlay } = scene;
    assert.equal(await underlay.end("SIGTERM"), 0);
    await until("the neighbour has been told", () => neighbour.heard("closed").length > 0);
    assert.ok(underlay.log().some(({ event }) => event === "mrt-unfinished"));
  });
});
