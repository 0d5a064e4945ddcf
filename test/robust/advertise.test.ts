import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import type { Neighbour } from "../support/neighbour.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const BLOCK = "172.16.1.0/24";
const INSIDE = "172.16.1.5/32";
const OUTSIDE = "172.16.2.5/32";
const BRIDGE = "172.16.1.128/26";

/** The block's pods, one from another node's block, and a bridge with pods behind it. */
describe("pods.advertise", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    const { node } = scene;
    const pod = await net.host("pod");
    for (const [i, prefix] of [INSIDE, OUTSIDE].entries()) {
      await net.wire([node, `veth${i}`], [pod, `eth${i}`]);
      await node.ip("route", "add", prefix, "dev", `veth${i}`);
    }
    await node.ip("link", "add", "cni0", "type", "bridge");
    await net.wire([node, "veth9"], [pod, "eth9"]);
    await node.ip("link", "set", "veth9", "master", "cni0");
    await node.up("cni0", "172.16.1.129/26");
    // Neither of them is a pod: an address outside the pool, and an interface that does not match.
    await node.ip("route", "add", "192.0.2.9/32", "dev", "veth0");
    await node.ip("route", "add", "172.16.3.9/32", "dev", "eth0");
    await scene.start();
  });
  after(() => net.close());

  const config = (advertise: string): string =>
    scene.config().replace("uplink: eth0", `uplink: eth0, advertise: ${advertise}`);

  for (const [advertise, wanted] of [
    ["block", [BLOCK, OUTSIDE]],
    ["hosts", [BRIDGE, INSIDE, OUTSIDE]],
    ["both", [BLOCK, BRIDGE, INSIDE, OUTSIDE]],
    ["block", [BLOCK, OUTSIDE]],
  ] as const) {
    it(`${advertise}: ${wanted.join(", ")}`, async () => {
      scene.underlay.write(config(advertise));
      const answer = await scene.underlay.ctl("configure");
      assert.equal(answer.code, 0, answer.stdout + answer.stderr);
      await until(
        "just these are announced",
        () => announced(scene.neighbour).join() === [...wanted].sort().join(),
        { detail: () => announced(scene.neighbour).join() },
      );
      assert.equal(scene.neighbour.sessions, 1);
    });
  }
});

/** The IPv4 prefixes that the neighbour has been told and not been told to forget. */
function announced(neighbour: Neighbour): string[] {
  const told = new Set<string>();
  for (const { type, body } of neighbour.heard("message")) {
    if (type !== 2 || body === undefined) continue;
    const bytes = Buffer.from(body, "hex");
    const withdrawn = 2 + bytes.readUInt16BE(0);
    const attributes = withdrawn + 2 + bytes.readUInt16BE(withdrawn);
    for (const prefix of prefixes(bytes.subarray(2, withdrawn))) told.delete(prefix);
    for (const prefix of prefixes(bytes.subarray(attributes))) told.add(prefix);
  }
  return [...told].sort();
}

function* prefixes(nlri: Buffer): Generator<string> {
  for (let at = 0; at < nlri.length; at += 1 + Math.ceil(nlri[at] / 8)) {
    const octets = [0, 1, 2, 3].map((i) => (i < Math.ceil(nlri[at] / 8) ? nlri[at + 1 + i] : 0));
    yield `${octets.join(".")}/${nlri[at]}`;
  }
}
