import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nexthops, OURS, ourRoute, ourRoutes } from "../support/kernel.ts";
import { Neighbour } from "../support/neighbour.ts";
import { Net } from "../support/net.ts";
import { underlayd } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const EXAMPLES = join(import.meta.dirname, "../../config");

describe("configuration files", () => {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"))) {
    it(`config/${file} passes underlayd --check`, async () => {
      const answer = await underlayd("--check", "--config", join(EXAMPLES, file));
      assert.deepEqual([answer.code, answer.stderr], [0, ""]);
      assert.match(answer.stdout, /configuration OK/);
    });
  }

  it("--check says what is wrong and where, and what may have been meant", async () => {
    const net = new Net();
    try {
      const file = join(net.folder, "wrong.yaml");
      writeFileSync(file, "node: { asn: 64512 }\nkernel:\n  metrik: 5\n");
      const answer = await underlayd("--check", "--config", file);
      assert.equal(answer.code, 2);
      assert.match(answer.stderr, /wrong\.yaml:3:3: .*metrik.*metric/);
    } finally {
      await net.close();
    }
  });
});

/** Two internal neighbours announce the same prefix: ECMP. */
describe("kernel.nexthopObjects: off, manageSysctls: false, a full disk", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  let second: Neighbour;
  before(async () => {
    scene = await Scene.open(net);
    await scene.peer.ip("address", "add", "10.0.0.3/16", "dev", "eth0");
    second = await Neighbour.start(scene.peer, { address: "10.0.0.3", asn: 64601 });
  });
  after(() => net.close());
  const SECOND = "  - { name: second, address: 10.0.0.3, asn: 64601, connectRetry: 1 }";
  const announceAll = (): void => {
    scene.neighbour.announce(["203.0.113.0/24", "198.51.100.0/24"], "10.0.0.2");
    second.announce(["203.0.113.0/24"], "10.0.0.3");
  };

  it("without nexthop objects the same routes are installed, as plain ones", async () => {
    await scene.start(SECOND);
    await second.established(1);
    announceAll();
    const wanted = new Map([
      ["203.0.113.0/24", "10.0.0.2 10.0.0.3"],
      ["198.51.100.0/24", "10.0.0.2"],
      ["172.16.1.0/24", "blackhole"],
    ]);
    for (const [prefix, to] of wanted) await scene.leads(prefix, to);
    assert.notDeepEqual(await nexthops(scene.node), []);
    await scene.underlay.end();

    // The next start finds routes over objects, and makes plain ones of them.
    await scene.start(`${SECOND}\nkernel: { nexthopObjects: off }`);
    await second.established(2);
    announceAll();
    scene.neighbour.endOfRib(0);
    second.endOfRib(0);
    await until("no route leads over an object", async () =>
      (await scene.node.ipJson("route", "show", "proto", OURS)).every(
        (route) => !("nhid" in route),
      ),
    );
    for (const [prefix, to] of wanted) await scene.leads(prefix, to);
    // One of two fails: the other carries on.
    await second.program.end("SIGKILL");
    await scene.leads("203.0.113.0/24", "10.0.0.2");
    second = await Neighbour.start(scene.peer, { address: "10.0.0.3", asn: 64601 });
    await second.established(1);
    second.announce(["203.0.113.0/24"], "10.0.0.3");
    await scene.leads("203.0.113.0/24", "10.0.0.2 10.0.0.3");
    await scene.underlay.down();
    assert.equal((await ourRoutes(scene.node)).size, 0);
  });

  it("kernel.multipath follows a reload, without a session lost", async () => {
    const sessions = [scene.neighbour.sessions, second.sessions];
    await scene.start(SECOND);
    await second.established(sessions[1] + 1);
    announceAll();
    await scene.leads("203.0.113.0/24", "10.0.0.2 10.0.0.3");
    for (const [multipath, to] of [
      [1, "10.0.0.2"],
      [4, "10.0.0.2 10.0.0.3"],
    ] as const) {
      scene.underlay.write(scene.config(`${SECOND}\nkernel: { multipath: ${multipath} }`));
      const answer = await scene.underlay.ctl("configure");
      assert.equal(answer.code, 0, answer.stdout + answer.stderr);
      await scene.leads("203.0.113.0/24", to);
      await scene.leads("198.51.100.0/24", "10.0.0.2");
    }
    assert.deepEqual(
      [scene.neighbour.sessions, second.sessions],
      sessions.map((n) => n + 1),
    );
    await scene.underlay.down();
  });

  it("kernel.manageSysctls: false reports what is wrong, and changes nothing", async () => {
    const { node } = scene;
    const names = ["net.ipv4.ip_forward", "net.ipv4.conf.eth0.send_redirects"];
    for (const [i, name] of names.entries()) await node.sysctl(name, i);
    const all = async (): Promise<string> =>
      (await node.must("sysctl", "-a", "--pattern", "forward|rp_filter|redirects|hash_policy"))
        .split("\n")
        .filter((line) => !line.includes("fib_notify"))
        .join("\n");
    const before = await all();
    await scene.start("kernel: { manageSysctls: false }");
    const line = await scene.underlay.logged("sysctl-wrong", (entry) =>
      String(entry["path"]).endsWith("ip_forward"),
    );
    assert.deepEqual([line["value"], line["wanted"]], ["0", "1"]);
    scene.neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
    await scene.leads("198.51.100.0/24", "10.0.0.2");
    assert.equal(await all(), before);
    assert.match(await scene.underlay.show("status"), /ip_forward/);
    await scene.underlay.down();
  });

  it("a full disk under the log does not stop routing", async () => {
    await scene.start("log: { file: /dev/full, level: debug }");
    for (let n = 0; n < 50; n++) {
      scene.neighbour.announce([`203.0.113.${n}/32`], "10.0.0.2");
      await scene.leads(`203.0.113.${n}/32`, "10.0.0.2");
    }
    assert.equal((await scene.underlay.ctl("configure")).code, 0);
    await until("it says so", async () =>
      /Warning: the log cannot be written: ENOSPC.*no space left/s.test(
        await scene.underlay.show("status"),
      ),
    );
    assert.equal(await scene.underlay.end(), 0, "and it ends as asked");
    assert.equal(await ourRoute(scene.node, "203.0.113.7/32"), "10.0.0.2");
  });
});

describe("a bad configuration on reload", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    await scene.start();
    scene.neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
    await scene.leads("198.51.100.0/24", "10.0.0.2");
  });
  after(() => net.close());

  const BAD: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown key", "kernel: { metrik: 5 }", /:6:11: .*metrik.*metric/],
    ["a value out of range", "kernel: { multipath: 1000 }", /:6:22: .*1000.*128/],
    ["YAML that is none", "kernel: { multipath: 8", /node\.yaml:\d+:\d+: /],
    ["a key that cannot change", "kernel: { protocol: 77 }", /protocol cannot change/],
  ];
  for (const [what, line, said] of BAD) {
    it(`${what}: says where, and changes nothing`, async () => {
      const { underlay, neighbour } = scene;
      // Besides the mistake: a neighbour less.
      const peers = scene.config().replace(/^ {2}- .*$/m, "  []");
      underlay.write(`${peers}${line}`);
      const answer = await underlay.ctl("configure");
      assert.notEqual(answer.code, 0);
      assert.match(answer.stdout + answer.stderr, said);
      assert.match((await underlay.ctl("configure", "check")).stdout + answer.stderr, said);
      assert.match(await ask(underlay.socket, "configure"), said);
      const refused = underlay.log().filter(({ event }) => event === "configure-refused").length;
      underlay.program.child.kill("SIGHUP");
      await until("SIGHUP is answered in the log", () => {
        const now = underlay.log().filter(({ event }) => event === "configure-refused").length;
        return now > refused;
      });
      assert.equal(neighbour.sessions, 1);
      assert.equal(await ourRoute(scene.node, "198.51.100.0/24"), "10.0.0.2");
      assert.match(await underlay.show("protocols"), /peer .*Established/);
      assert.ok(!underlay.log().some(({ event }) => event === "configured"));
    });
  }

  it("a good one after them is taken, and keeps the session", async () => {
    scene.underlay.write(scene.config("log: { level: debug }"));
    const answer = await scene.underlay.ctl("configure");
    assert.equal(answer.code, 0, answer.stdout + answer.stderr);
    assert.equal(scene.neighbour.sessions, 1);
  });
});

/** What the control socket answers to one command, as BIRD's protocol has it. */
function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const connection = connect(socket, () => connection.end(`${command}\n`));
    connection.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    connection.on("end", () => resolve(text)).on("error", reject);
  });
}
