import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Running, run } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const BIRD = `router id 192.168.1.1;
log stderr all;
protocol device {}
protocol static own { ipv4; route 10.1.0.0/16 blackhole; route 10.2.0.0/16 blackhole; }
protocol bgp node {
  local 192.168.1.1 as 64600;
  neighbor 192.168.1.101 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

const CONFIG = `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
filters: { from-tor: [{ match: { prefix: [10.2.0.0/16] }, then: reject }, { then: accept }] }
peers:
  - { name: tor, address: 192.168.1.1, asn: 64600, families: [ipv4], import: from-tor }`;

/** Debian's own clients, one-shot and with a dialogue, against the daemon. */
describe("birdc and birdcl", { skip: lacking("bird2") }, () => {
  let net: Net;
  let node: Host;
  let underlay: Underlay;
  before(async () => {
    net = new Net();
    node = await net.host("node");
    const tor = await net.host("tor");
    await net.wire([node, "eth0", "192.168.1.101/24"], [tor, "eth0", "192.168.1.1/24"]);
    await Bird.start(tor, BIRD);
    underlay = await Underlay.start(node, CONFIG);
    await underlay.established("tor");
    await until("both routes have come", async () =>
      /10\.2\.0\.0/.test(await underlay.ask("show route filtered")),
    );
  });
  after(() => net.close());

  const birdc = (...words: string[]) => run(["birdc", "-s", underlay.socket, ...words]);

  it("show route in the forms that looking glasses use", async () => {
    const networks = async (question: string): Promise<string[]> => {
      const { code, stdout } = await birdc(...`show route ${question}`.split(" "));
      assert.equal(code, 0, `${question}: ${stdout}`);
      return stdout.match(/^[0-9.]+\/[0-9]+/gm) ?? [];
    };
    assert.deepEqual(await networks("protocol tor"), ["10.1.0.0/16"]);
    assert.deepEqual(await networks("filtered"), ["10.2.0.0/16"]);
    assert.deepEqual(await networks("filtered protocol tor all"), ["10.2.0.0/16"]);
    assert.deepEqual(await networks("export tor"), ["172.16.1.0/24"]);
    assert.deepEqual(await networks("preexport tor"), ["172.16.1.0/24"]);
    assert.deepEqual(await networks("noexport tor"), []);
    assert.deepEqual(await networks("where net ~ [ 10.0.0.0/8+ ]"), ["10.1.0.0/16"]);
    assert.deepEqual(await networks("where bgp_path.last = 64600"), ["10.1.0.0/16"]);
    assert.deepEqual(await networks("where from = 192.168.1.1"), ["10.1.0.0/16"]);
    assert.deepEqual(await networks("table master4 where proto = 'blocks'"), ["172.16.1.0/24"]);
  });

  it("the small tables, and what is done", async () => {
    for (const [command, pattern] of [
      ["show memory", /^Total: +[0-9.]+ [kM]B/m],
      ["show static", /^172\.16\.1\.0\/24\tblackhole$/m],
      ["show symbols", /^from-tor\tfilter$/m],
      ["eval 1+2", /^3$/m],
      ["configure soft", /^Reconfigured$/m],
      ["debug all off", /^BIRD 2\.0\.12 ready\.\n$/],
    ] as const) {
      const { code, stdout } = await birdc(...command.split(" "));
      assert.equal(code, 0, `${command}: ${stdout}`);
      assert.match(stdout, pattern, command);
    }
  });

  it("a dialogue: on a terminal, and of lines with birdcl", async () => {
    const input = "show protocols tor\nshow route count\nquit\n";
    const lines = await run(["birdcl", "-s", underlay.socket], { input });
    assert.match(lines.stdout, /^tor +BGP +--- +up +\S+ +Established/m);
    assert.match(lines.stdout, /^Total: 2 of 2 routes for 2 networks in 2 tables$/m);
    const command = ["script", "-qec", `birdc -s ${underlay.socket}`, "/dev/null"];
    const terminal = await run(command, { input });
    assert.match(terminal.stdout, /bird> [\s\S]*tor +BGP +--- +up/);
    assert.match(terminal.stdout, /Total: 2 of 2 routes/);
  });

  it("the log in a dialogue, while a neighbour is traced", async () => {
    const dialogue = ["script", "-qec", `birdc -s ${underlay.socket}`, "/dev/null"];
    for (const command of [["birdcl", "-s", underlay.socket], dialogue]) {
      await underlay.established("tor");
      const client = new Running(command, { stdin: "pipe" });
      const detail = { detail: () => client.output };
      const says = (pattern: RegExp) =>
        until(`it says ${pattern.source}`, () => pattern.test(client.output), detail);
      /** A line at a time: birdcl forgets what it has read behind the first. */
      const say = async (line: string): Promise<void> => {
        const before = client.output.length;
        client.child.stdin?.write(`${line}\n`);
        await until(`it has read ${line}`, () => client.output.includes(line, before), detail);
      };
      await say("echo { info, warning, trace } 65536");
      await say("debug tor { states, packets }");
      await say("restart tor");
      await says(/>>> tor: sent NOTIFICATION\r?$/m);
      await says(/>>> tor: .*stopped by the operator/);
      await says(/>>> tor: Open\w+ -> Established\r?$/m);
      await says(/>>> tor: received UPDATE/);
      assert.doesNotMatch(client.output, /\?\?\?/, "birdc knows every line");
      // Nothing comes between what is typed now.
      await says(/>>> tor: .*End-of-RIB/);
      await say("debug tor off");
      await say("echo off");
      await say("show protocols tor");
      await says(/^tor +BGP .* Established/m);
      const { length } = client.output;
      await underlay.ask("restart tor");
      await underlay.established("tor");
      assert.doesNotMatch(client.output.slice(length), />>>/);
      await client.end();
    }
    const traced = underlay.log().filter(({ level }) => level === "trace");
    assert.ok(traced.some(({ event, peer }) => event === "message" && peer === "tor"));
  });

  it("a dialogue about a configuration that is to be confirmed", async () => {
    const commands = ["timeout 60", "status", "confirm", "status", "undo", "undo", "timeout 1"];
    const input = commands.map((words) => `configure ${words}\n`).join("");
    const { stdout } = await run(["birdcl", "-s", underlay.socket], { input });
    const reading = `Reading configuration from ${underlay.file}`;
    const expected = [
      ...[reading, "Undo scheduled in 60 s", "Reconfigured"],
      ...["Daemon is up and running", /^Configuration unconfirmed, undo in [1-5]\d\.\d{3} s$/],
      ...["Reconfiguration confirmed", "Daemon is up and running"],
      ...["Undo requested", "Reconfigured", "Undo requested", "Nothing to do"],
      ...[reading, "Undo scheduled in 1 s", "Reconfigured"],
    ];
    const lines = stdout.split("\n").filter((line) => !line.startsWith("bird> "));
    assert.equal(lines.shift(), "BIRD 2.0.12 ready.");
    for (const [index, wanted] of expected.entries()) {
      if (typeof wanted === "string") assert.equal(lines[index], wanted, stdout);
      else assert.match(lines[index], wanted, stdout);
    }
    await underlay.logged("configure-undone", ({ by }) => by === "timeout");
    // Whoever stays is told of it.
    const listener = new Running(["birdcl", "-s", underlay.socket], { stdin: "pipe" });
    listener.child.stdin?.write("configure timeout 1\n");
    await until(
      "birdcl says that it is undone",
      () => />>> Config timeout expired, starting undo$/m.test(listener.output),
      { detail: () => listener.output },
    );
    await listener.end();
  });

  it("birdcl -r may look, and nothing more", async () => {
    const restricted = (...words: string[]) =>
      run(["birdcl", "-r", "-s", underlay.socket, ...words]);
    assert.equal((await restricted("show", "route")).code, 0);
    for (const command of ["disable all", "graceful restart", "debug all off", "down"]) {
      const { code, stdout } = await restricted(...command.split(" "));
      assert.equal(code, 1, command);
      assert.match(stdout, /^Access denied$/m);
    }
  });

  it("graceful restart: it ends, and its routes stay", async () => {
    const { stdout } = await birdc("graceful", "restart");
    assert.match(stdout, /^Graceful restart requested$/m);
    await until("underlayd has ended", () => underlay.program.ended);
    const routes = await node.ipJson("route", "show", "10.1.0.0/16", "proto", "186");
    assert.equal(routes.length, 1);
  });
});
