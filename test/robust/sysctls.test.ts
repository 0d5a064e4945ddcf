import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { SKIP } from "./scene.ts";

/** What is there at first, and what mode l2 with an uplink and ECMP needs. */
const SETTINGS: readonly (readonly [string, string, string])[] = [
  ["net.ipv4.ip_forward", "0", "1"],
  ["net.ipv6.conf.all.forwarding", "0", "1"],
  ["net.ipv6.conf.eth0.accept_ra", "1", "2"],
  ["net.ipv4.conf.eth0.rp_filter", "1", "2"],
  ["net.ipv4.conf.eth0.send_redirects", "1", "0"],
  ["net.ipv4.neigh.eth0.proxy_delay", "80", "0"],
  ["net.ipv6.neigh.eth0.proxy_delay", "80", "0"],
  ["net.ipv6.conf.eth0.proxy_ndp", "0", "1"],
];

const CONFIG = `
node: { asn: 64512, routerId: 10.0.0.1 }
mode: l2
pods: { pool: [10.0.0.128/25, "fd00::1:0/112"], uplink: eth0 }`;

describe("what the kernel needs besides", { skip: SKIP }, () => {
  const net = new Net();
  let host: Host;
  before(async () => {
    host = await net.host("node");
    const other = await net.host("other");
    await net.wire([host, "eth0", "10.0.0.1/24", "fd00::1/64"], [other, "eth0", "10.0.0.2/24"]);
    for (const [name, first] of SETTINGS) await host.sysctl(name, first);
  });
  after(() => net.close());

  const path = (name: string): string => name.replaceAll(".", "/");

  it("is set, logged once, and shown; the next start finds it done", async () => {
    const underlay = await Underlay.start(host, CONFIG);
    for (const [name, from, to] of SETTINGS) {
      await until(`${name} is ${to}`, async () => (await host.readSysctl(name)) === to, {
        detail: () => underlay.program.output,
      });
      await underlay.logged("sysctl-set", (line) => line["path"] === path(name));
      const lines = underlay.log().filter((line) => line["path"] === path(name));
      assert.deepEqual(
        lines.map((line) => [line.event, line["from"], line["to"]]),
        [["sysctl-set", from, to]],
      );
    }
    await until("nothing is wrong any more", async () =>
      /^Kernel settings: \d+ right, [1-9]\d* set, 0 wrong$/m.test(await underlay.show("status")),
    );
    const status = await underlay.json<{ kernel: { settings: { path: string; state: string }[] } }>(
      "show",
      "status",
    );
    for (const [name] of SETTINGS) {
      const shown = status.kernel.settings.find((one) => one.path === path(name));
      assert.equal(shown?.state, "set", name);
    }
    assert.equal(await underlay.end(), 0);

    await underlay.launch();
    await underlay.logged("started");
    await until("all are right", async () =>
      /^Kernel settings: [1-9]\d* right, 0 set, 0 wrong$/m.test(await underlay.show("status")),
    );
    assert.deepEqual(
      underlay.log().filter(({ event }) => event.startsWith("sysctl")),
      [],
    );
    for (const [name, , to] of SETTINGS) assert.equal(await host.readSysctl(name), to);
    assert.equal(await underlay.end(), 0);
  });
});
