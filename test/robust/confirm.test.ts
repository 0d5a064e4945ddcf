import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Monitor, ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Running, run } from "../support/process.ts";
import { CLI, Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const SECRET = "the right key";

const BIRD = `router id 192.168.1.1;
log stderr all;
protocol device {}
protocol static own { ipv4; route 10.1.0.0/16 blackhole; }
protocol bgp node {
  local 192.168.1.1 as 64600;
  neighbor 192.168.1.101 as 64512;
  password "${SECRET}";
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

/**
 * Changes that cut a node off from its only ToR, a real BIRD. Without graceful restart a session's end
 * takes its routes away at once, so that the kernel shows both.
 */
describe("a configuration that waits to be confirmed", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let node: Host;
  let tor: Bird;
  let underlay: Underlay;
  let key: string;

  const config = (more = "asn: 64600"): string => `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
metrics: { listen: 127.0.0.1:9179 }
peers:
  - { name: tor, address: 192.168.1.1, password: { file: ${key} }, families: [ipv4],
      gracefulRestart: helper, connectRetry: 1, ${more} }`;

  before(async () => {
    node = await net.host("node");
    const rack = await net.host("tor");
    await net.wire([node, "eth0", "192.168.1.101/24"], [rack, "eth0", "192.168.1.1/24"]);
    key = join(net.folder, "tor.key");
    writeKey(SECRET);
    tor = await Bird.start(rack, BIRD);
    underlay = await Underlay.start(node, config());
    await reached();
  });
  after(() => net.close());

  function writeKey(text: string): void {
    writeFileSync(key, `${text}\n`);
    chmodSync(key, 0o600);
  }

  /** The ToR's route is in the kernel, and it has ours. */
  async function reached(): Promise<void> {
    const detail = () => underlay.program.output.slice(-5000);
    await until(
      "the ToR's route",
      async () => (await ourRoute(node, "10.1.0.0/16")) !== undefined,
      {
        detail,
      },
    );
    await until("the node's block", async () =>
      /172\.16\.1\.0\/24/.test(await tor.ask("show route")),
    );
  }

  /** What the configuration costs that undoes itself, whoever comes too late to see the route away. */
  async function wasCutOff(during: () => Promise<void>): Promise<void> {
    const monitor = await Monitor.start(node, "route");
    await during();
    const changes = (await monitor.changes()).map(({ text }) => text);
    await monitor.end();
    assert.ok(
      changes.some((text) => text.startsWith("Deleted 10.1.0.0/16")),
      changes.join("\n"),
    );
  }

  async function cutOff(): Promise<void> {
    await until(
      "the route is gone",
      async () => (await ourRoute(node, "10.1.0.0/16")) === undefined,
    );
  }

  const birdc = (command: string) => run(["birdc", "-s", underlay.socket, ...command.split(" ")]);
  const undone = (by: string) => underlay.log().filter((line) => line["by"] === by).length;

  it("is undone by itself: a wrong AS of the ToR, and a file that is broken by then", async () => {
    underlay.write(config("asn: 64601"));
    await wasCutOff(async () => {
      const { code, stdout } = await birdc("configure timeout 2");
      assert.equal(code, 0);
      assert.match(stdout, /^ +peers tor: asn changed$/m);
      assert.match(stdout, /^ +peer tor: session reset: /m);
      assert.match(stdout, /^Undo scheduled in 2 s\nReconfigured$/m);
      underlay.write("peers: [");
      await underlay.logged("configure-undone", ({ by }) => by === "timeout");
      await reached();
    });
  });

  it("is undone by itself: a wrong key, though the key's file stays as it is", async () => {
    const before = undone("timeout");
    writeKey("another key");
    underlay.write(config());
    await wasCutOff(async () => {
      const { stdout } = await underlay.ctl("configure", "timeout", "2");
      assert.match(stdout, /^ +peers tor: password: its file changed$/m);
      await until("it is undone", () => undone("timeout") > before);
      await reached();
    });
    writeKey(SECRET);
  });

  it("stays when it is confirmed, until it is undone", async () => {
    const before = undone("timeout");
    underlay.write(config("asn: 64601"));
    assert.match((await birdc("configure timeout 600")).stdout, /^Undo scheduled in 600 s$/m);
    const pending = (await birdc("configure status")).stdout;
    assert.match(pending, /^Configuration unconfirmed, undo in [1-5]\d\d\.\d{3} s$/m);
    assert.match(await underlay.show("status"), /^Configuration unconfirmed, undo in \S+ s$/m);
    assert.equal(await metric("underlay_config_unconfirmed"), 1);
    assert.ok((await metric("underlay_config_undo_seconds")) > 0);
    // logrotate's SIGHUP, say, confirms nothing.
    underlay.program.child.kill("SIGHUP");
    await underlay.logged("configure-refused", ({ message }) =>
      /SIGHUP while/.test(String(message)),
    );
    await cutOff();
    assert.match((await birdc("configure confirm")).stdout, /^Reconfiguration confirmed$/m);
    assert.match((await birdc("configure confirm")).stdout, /^Nothing to do$/m);
    assert.doesNotMatch((await birdc("configure status")).stdout, /unconfirmed/);
    assert.equal(await metric("underlay_config_unconfirmed"), 0);
    assert.equal(undone("timeout"), before);
    await cutOff();
    const { stdout } = await birdc("configure undo");
    assert.match(stdout, /^Undo requested\n +peers tor: asn changed$[^]*^Reconfigured$/m);
    await reached();
    assert.match((await birdc("configure undo")).stdout, /^Nothing to do$/m);
    assert.equal(await metric('underlay_config_reloads_total{result="undone"}'), before + 1);
  });

  it("is gone with the daemon where it was another file than the daemon's own", async () => {
    underlay.write(config());
    const other = join(net.folder, "other.yaml");
    writeFileSync(other, `${config("asn: 64601")}\ncontrol: { socket: ${underlay.socket} }\n`);
    const { stdout } = await run(["birdc", "-s", underlay.socket, `configure "${other}" timeout`]);
    assert.match(stdout, /^Undo scheduled in 300 s$/m);
    assert.ok(stdout.includes(`SIGHUP and the next start read ${underlay.file}, which`), stdout);
    await cutOff();
    assert.equal(await underlay.end(), 0);
    const { message } = await underlay.logged("configure-unconfirmed");
    assert.match(String(message), /not undone, the next start reads \S+node\.yaml$/);
    await underlay.launch();
    await reached();
  });

  describe("underlayctl apply at a terminal", () => {
    const other = (): string => join(net.folder, "new.yaml");

    /** The one with the wrong AS is applied, and the question is asked. */
    async function asked(): Promise<Running> {
      writeFileSync(other(), `${config("asn: 64601")}\ncontrol: { socket: ${underlay.socket} }\n`);
      const command = `${process.execPath} ${CLI} -s ${underlay.socket} apply ${other()} --confirm-within 2m`;
      // script(1) makes the terminal.
      const terminal = new Running(["script", "-qefc", command, "/dev/null"], { stdin: "pipe" });
      await says(terminal, /it runs: keep it\? \[y\/N\] \(\d+ s\) /);
      return terminal;
    }

    async function says(terminal: Running, pattern: RegExp): Promise<void> {
      const detail = () => JSON.stringify(terminal.output);
      await until(`it says ${pattern.source}`, () => pattern.test(terminal.output), { detail });
    }

    async function ends(terminal: Running, status: number): Promise<void> {
      await until("it has ended", () => terminal.ended, { detail: () => terminal.output });
      assert.equal(terminal.child.exitCode, status, terminal.output);
    }

    it("y keeps it", async () => {
      const terminal = await asked();
      assert.match(terminal.output, /new\.yaml\r\n {2}peers tor: asn changed\r\n/);
      assert.match(terminal.output, /^SIGHUP and the next start read \S+node\.yaml, which/m);
      terminal.child.stdin?.write("y");
      await says(terminal, /kept\r\n/);
      await ends(terminal, 0);
      assert.match(await underlay.show("status"), /^Configuration is that of \S+new\.yaml;/m);
      await cutOff();
      assert.equal((await underlay.ctl("configure", "undo")).code, 0);
      await reached();
    });

    for (const [name, key] of [
      ["n", "n"],
      ["Enter", "\r"],
      ["Ctrl-C", "\x03"],
    ]) {
      it(`${name} takes it back`, async () => {
        const terminal = await asked();
        // An arrow is no answer.
        terminal.child.stdin?.write("\x1b[A");
        terminal.child.stdin?.write(key);
        await says(terminal, /not kept: what ran before runs again\r\n/);
        await ends(terminal, 1);
        await reached();
      });
    }

    it("what becomes of it elsewhere ends the question", async () => {
      const confirmed = await asked();
      assert.equal((await underlay.ctl("configure", "confirm")).code, 0);
      await says(confirmed, /kept: it was confirmed elsewhere\r\n/);
      await ends(confirmed, 0);
      assert.equal((await underlay.ctl("configure", "undo")).code, 0);
      const undone = await asked();
      assert.equal((await underlay.ctl("configure", "undo")).code, 0);
      await says(undone, /not kept: something else runs again\r\n/);
      await ends(undone, 1);
    });

    it("whoever is thrown out is not needed for it", async () => {
      const before = undone("timeout");
      const { code, stdout } = await underlay.ctl("apply", other(), "--confirm-within", "2s");
      assert.equal(code, 0);
      assert.match(stdout, /unless you say: underlayctl --socket \S+ configure confirm$/m);
      await until("it is undone", () => undone("timeout") > before);
      await reached();
    });
  });

  async function metric(name: string): Promise<number> {
    const { stdout } = await node.run("curl", "-s", "http://127.0.0.1:9179/metrics");
    const line = stdout.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length));
  }
});
