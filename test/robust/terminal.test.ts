import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { must } from "../support/process.ts";
import { Terminal } from "../support/terminal.ts";
import { CLI } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene } from "./scene.ts";

const SOURCES = join(import.meta.dirname, "../../src");

/** On a terminal of its own, made by script(1) of util-linux. */
const onTerminal = (command: string): string[] => ["script", "-qefc", command, "/dev/null"];

/** What a person at a terminal sees, and a program at a pipe. */
describe("terminals, pipes and birdc", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    await scene.start(
      '  - { name: a-neighbour-with-a-long-name, address: "fd00::2", asn: 64600, description: "rack 7, second from the top, on the left" }',
    );
    scene.neighbour.announce(["203.0.113.0/24", "198.51.100.0/24"], "10.0.0.2");
    await scene.leads("203.0.113.0/24", "10.0.0.2");
    await scene.leads("198.51.100.0/24", "10.0.0.2");
  });
  after(() => net.close());

  const uncoloured = (text: string): string => text.replaceAll(/\x1b\[[\d;]*m/g, "");

  /** Lines of `underlayctl WORDS` on a terminal so wide, colours taken out. */
  async function shown(columns: number, words: string): Promise<string[]> {
    const command = `${process.execPath} ${SOURCES}/cli/main.ts --socket ${scene.underlay.socket} ${words}`;
    const text = await must(onTerminal(`stty cols ${columns}; ${command}`));
    return uncoloured(text.trimEnd()).split(/\r?\n/);
  }

  for (const command of ["show protocols", "show route", "show interfaces"]) {
    it(`${command}: a table that fits the terminal, and plain text in a pipe`, async () => {
      const heads = new Map<number, string>();
      for (const columns of [60, 80, 200]) {
        const lines = await shown(columns, command);
        const widest = Math.max(...lines.map((line) => line.length));
        assert.ok(widest <= columns, `${widest} of ${columns}:\n${lines.join("\n")}`);
        assert.match(lines[0], /^[A-Z]+( +[A-Z]+)+$/);
        heads.set(columns, lines.join("\n"));
      }
      assert.notEqual(heads.get(60), heads.get(200), "room is used where it is");
      const plain = await scene.underlay.show(...command.split(" ").slice(1));
      assert.equal(minutes(plain), minutes(await birdc(command)));
    });
  }

  /** Times without what is finer: a moment's place on the wall clock is worked out each time. */
  const minutes = (text: string): string => text.replaceAll(/(\d\d:\d\d):\d\d\.\d+/g, "$1");

  const birdc = async (command: string): Promise<string> =>
    (await must(["birdc", "-s", scene.underlay.socket, ...command.split(" ")])).replace(
      /^BIRD .* ready\.\n/,
      "",
    );

  it("Debian's birdc: every show command, for the running daemon", async () => {
    for (const [command, said] of [
      ["show status", /^Router ID is 10\.0\.0\.1$[^]*^Daemon is up and running$/m],
      ["show protocols", /^peer +BGP +--- +up +\S+ +Established *$/m],
      ["show protocols all peer", /^ {2}BGP state: +Established$[^]*Neighbor AS: +64600/m],
      ["show route", /^203\.0\.113\.0\/24 +unicast \[peer .*\] \* \(100\) \[AS64600i\]$/m],
      ["show route all", /BGP\.as_path: 64600$/m],
      ["show route for 203.0.113.7", /^203\.0\.113\.0\/24 /m],
      ["show route protocol peer", /^198\.51\.100\.0\/24 /m],
      ["show route count", /^3 of 3 routes for 3 networks/m],
      ["show interfaces", /^eth0 up /m],
    ] as const) {
      assert.match(await birdc(command), said, command);
    }
    assert.doesNotMatch(await birdc("show route protocol peer"), /172\.16\.1\.0/);
    assert.doesNotMatch(await birdc("show route for 203.0.113.7"), /198\.51\.100/);
  });

  it("Debian's birdc: every command that does something", async () => {
    const state = async (): Promise<string> => birdc("show protocols peer");
    assert.match(await birdc("configure check"), /^Configuration OK$/m);
    assert.match(await birdc("configure"), /^Reconfigured$/m);
    assert.match(await birdc("disable peer"), /^peer: disabled$/m);
    assert.match(await state(), /down/);
    assert.match(await birdc("enable peer"), /^peer: enabled$/m);
    await scene.underlay.established("peer");
    const sessions = scene.neighbour.sessions;
    assert.match(await birdc("restart peer"), /^peer: restarted$/m);
    await scene.neighbour.established(sessions + 1);
  });

  it(
    "top, --watch and the prompt go on with the next daemon",
    { skip: lacking("tmux") },
    async () => {
      const { underlay } = scene;
      const open = (...words: string[]): Promise<Terminal> =>
        Terminal.open([process.execPath, CLI, "--socket", underlay.socket, ...words], {
          columns: 120,
          env: { XDG_STATE_HOME: net.folder },
        });
      await underlay.established("peer");
      const terminals = [
        await open("top", "--interval", "0.2"),
        await open("--watch", "0.2", "show", "protocols"),
        await open(),
      ];
      const [top, watch, prompt] = terminals;
      try {
        await top.shows(/1 of 2 sessions up[^]*^peer +Established +\S+ +\d/m);
        await watch.shows(/^peer +Established/m);
        await prompt.shows(/^underlay>$/m);
        await prompt.type("show stat");
        await underlay.end("SIGKILL");
        await top.shows(/underlayd is away since/);
        await watch.shows(/underlayd is away since [^]*^peer +Established/m);
        await prompt.shows(
          /^underlayd has gone; waiting for it to come back\nunderlay> show stat$/m,
        );
        await scene.restart();
        await top.shows(/underlayd is back since[^]*^peer +Established +\S+ +\d/m);
        await watch.shows(/underlayd is back since[^]*^peer +Established/m);
        await prompt.shows(/^underlayd is back\nunderlay> show stat$/m);
        await prompt.type("us", "Enter");
        await prompt.shows(/^Daemon is up and running$/m);
      } finally {
        for (const terminal of terminals) terminal.close();
      }
    },
  );

  it("--json: one value, with what the tables show", async () => {
    const { underlay } = scene;
    await underlay.established("peer");
    const protocols = await underlay.json<{ name: string }[]>("show", "protocols");
    assert.ok(protocols.some(({ name }) => name === "peer"));
    scene.neighbour.announce(["203.0.113.0/24"], "10.0.0.2");
    await scene.leads("203.0.113.0/24", "10.0.0.2");
    const routes = await underlay.json<{ network: string }[]>(
      "show",
      "route",
      "for",
      "203.0.113.1",
    );
    assert.deepEqual(
      routes.map(({ network }) => network),
      ["203.0.113.0/24"],
    );
    const interfaces = await underlay.json<{ name: string }[]>("show", "interfaces");
    assert.ok(interfaces.some(({ name }) => name === "eth0"));
    assert.equal(
      (await underlay.json<{ routerId: string }>("show", "status")).routerId,
      "10.0.0.1",
    );
  });

  it("the log: JSON lines in a pipe, text for people on a terminal", async () => {
    const { underlay, node } = scene;
    const lines = underlay.program.output.trim().split("\n");
    assert.ok(lines.length > 3);
    for (const line of lines) {
      const { event, level, time, message } = JSON.parse(line) as Record<string, unknown>;
      for (const part of [event, level, time, message]) assert.equal(typeof part, "string", line);
    }
    await birdc("down");
    await until("underlayd has ended", () => underlay.program.ended);

    const daemon = `${process.execPath} ${SOURCES}/daemon/main.ts --config ${underlay.file}`;
    const terminal = node.start(onTerminal(daemon));
    try {
      await until(
        "it runs",
        () => /INFO: underlayd .* runs: AS/.test(uncoloured(terminal.output)),
        {
          detail: () => terminal.output,
        },
      );
      assert.doesNotMatch(terminal.output, /"event":/);
    } finally {
      await birdc("down"); // script(1) does not take it along when it is killed
    }
    await until("it has ended", () => terminal.ended);
  });
});
