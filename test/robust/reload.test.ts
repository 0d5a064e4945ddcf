import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { IPV4, IPV6 } from "bgp-ts";
import { Monitor } from "../support/kernel.ts";
import { Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const UPDATE = 2;
const NOTIFICATION = 3;

/** What a reload leaves alone, seen from the kernel and from the neighbour. */
describe("a reload", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net, { families: [IPV4, IPV6] });
    await scene.start();
    for (let n = 0; n < 20; n++) scene.neighbour.announce([`203.0.113.${n}/32`], "10.0.0.2");
    scene.neighbour.announce(["2001:db8:1::/48"], "fd00::2");
    scene.neighbour.endOfRib(IPV4, IPV6);
    await scene.leads("203.0.113.19/32", "10.0.0.2");
    await scene.leads("2001:db8:1::/48", "fd00::2");
    await scene.leads("172.16.1.0/24", "blackhole");
    await until("all has been said", () => said(scene) >= 3); // the block, two End-of-RIBs
  });
  after(() => net.close());

  for (const [what, more] of [
    ["of the same file", ""],
    ["that adds a neighbour", "  - { name: other, address: 10.0.0.7, asn: 64601 }"],
    ["that takes it away again, and changes the log's level", "log: { level: debug }"],
    ["that adds a filter which nobody uses", "filters: { spare: [{ then: reject }] }"],
  ]) {
    for (const way of ["configure", "SIGHUP"]) {
      it(`${what}, by ${way}: no session, no UPDATE and no route is touched`, async () => {
        const { neighbour, underlay, node } = scene;
        const before = said(scene);
        const monitor = await Monitor.start(node);
        underlay.write(scene.config(more));
        const configured = (): number =>
          underlay.log().filter(({ event }) => event === "configured").length;
        const count = configured();
        if (way === "SIGHUP") underlay.program.child.kill("SIGHUP");
        else assert.equal((await underlay.ctl("configure")).code, 0);
        await until("it is configured", () => configured() > count);
        // Whatever it set off has been done when a new route has gone all the way.
        neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
        await scene.leads("198.51.100.0/24", "10.0.0.2");
        neighbour.withdraw("198.51.100.0/24");
        await scene.leads("198.51.100.0/24", "");
        const changes = (await monitor.changes())
          .map(({ text }) => text)
          .filter((text) => !text.includes("198.51.100.0/24"));
        await monitor.end();
        assert.deepEqual(changes, []);
        assert.equal(said(scene), before, "nothing is said anew");
        assert.equal(neighbour.sessions, 1);
        assert.deepEqual(neighbour.heard("closed"), []);
      });
    }
  }
});

/** How many UPDATEs and NOTIFICATIONs the neighbour has heard. */
function said(scene: Scene): number {
  const messages = scene.neighbour.heard("message");
  return messages.filter(({ type }) => type === UPDATE || type === NOTIFICATION).length;
}
