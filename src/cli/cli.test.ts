import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FixedViews, ROUTES, converse } from "../control/fixture.test.ts";
import { type TestServer, serve } from "../control/serve.test.ts";
import type { RouteView } from "../control/index.ts";
import { ask } from "./client.ts";
import { commandLine } from "./words.ts";

const MAIN = join(import.meta.dirname, "main.ts");

interface Result {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs underlayctl; `until`: its output is closed when it has so many characters. `onComplaint`: it
 * has said something on standard error.
 */
function underlayctl(
  words: readonly string[],
  until = Infinity,
  onComplaint = (): void => undefined,
): Promise<Result> {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.length >= until) child.stdout.destroy();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    onComplaint();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

describe("underlayctl", () => {
  const views = new FixedViews();
  let server: TestServer;
  const ctl = (...words: string[]) => underlayctl(["--socket", server.path, ...words]);
  before(async () => {
    server = await serve(views);
  });
  after(() => server.close());

  test("in a pipe: the reply without its codes", async () => {
    const { status, out, err } = await ctl("show", "protocols", "all", "Mesh_10_0_0_2");
    const plain = converse("show protocols all Mesh_10_0_0_2\n")
      .split("\n")
      .slice(0, -2)
      .map((line) => line.replace(/^(\d{4}-| )/, ""));
    assert.deepEqual(out.split("\n").slice(0, -1), plain);
    assert.match(out, /^ {2}BGP state: {10}Established$/m);
    assert.deepEqual([status, err], [0, ""]);
  });

  test("shortened words, and a whole command in one argument", async () => {
    const { out } = await ctl("sh", "ro", "for", "10.244.2.5");
    assert.match(out, /^Table master4:\n10.244.2.0\/26 /);
    assert.equal((await ctl("show route for 10.244.2.5")).out, out);
  });

  test("errors: on standard error, with status 1", async () => {
    const absent = await ctl("show", "route", "10.99.0.0/16");
    assert.deepEqual(absent, { status: 1, out: "", err: "Network not found\n" });
    const wrong = await ctl("show", "nothing");
    assert.deepEqual(wrong, { status: 1, out: "", err: "syntax error, unexpected nothing\n" });
  });

  test("--json gives one value", async () => {
    const parse = async (...words: string[]): Promise<unknown> => {
      const { status, out, err } = await ctl("--json", ...words);
      assert.deepEqual([status, err], [0, ""]);
      return JSON.parse(out);
    };
    const status = (await parse("show", "status")) as { routerId: string };
    assert.equal(status.routerId, "10.0.0.1");
    const routes = (await parse("show", "route")) as { network: string }[];
    assert.equal(routes.length, ROUTES.length);
    assert.deepEqual(await parse("show", "route", "protocol", "off1"), []);
    const absent = await ctl("--json", "show", "route", "10.99.0.0/16");
    const err = '{"error":"Network not found","code":8001}\n';
    assert.deepEqual(absent, { status: 1, out: "[]\n", err });
  });

  test("--json: on everything, errors too", async () => {
    const commands = [
      ...["show status", "show protocols all", "show route count", "show route stats"],
      ...["show interfaces summary", "show bfd sessions", "show load", "show memory"],
      ...["show static", "show symbols", "eval 1+2", "eval 1+", "explain 10.99.0.1", "foo"],
      ...["show protocols nosuch", "configure check /x.yaml", "enable off1", "reload in off1"],
      ...["restrict", "echo all", "debug all all", "mrt dump to /x.mrt", "exit", "show --jsn"],
      ...["graceful", "show interfaces nosuch", "top --once --interval 0.1"],
    ];
    const check = async (command: string): Promise<void> => {
      const { status, out, err } = await ctl("--json", ...command.split(" "));
      if (out !== "") JSON.parse(out);
      if (err !== "") assert.equal(typeof (JSON.parse(err) as { error: unknown }).error, "string");
      assert.ok(out !== "" || err !== "", command);
      assert.equal(status, err === "" ? 0 : 1, `${command}: ${out}${err}`);
    };
    for (const command of commands) await check(command);
    views.done.length = 0;
  });

  test("-r: nothing is changed, and what only looks is answered", async () => {
    for (const command of ["disable all", "configure", "down", "drain", "undrain"]) {
      const { status, err } = await ctl("-r", ...command.split(" "));
      assert.deepEqual([status, /Access denied\n$/.test(err)], [1, true], `${command}: ${err}`);
    }
    assert.deepEqual(views.done, []);
    assert.equal((await ctl("-r", "drain", "status")).status, 0);
    assert.equal((await ctl("-r", "show", "status")).status, 0);
  });

  test("a line end in a word is refused: what is behind it would be a command", async () => {
    views.done.length = 0;
    for (const words of [
      ["x\ndisable all", ""],
      ["disable", "a\ndisable all"],
      ["disable", "a", '"moving\rracks"'],
      ["configure", "check", "/a\nb"],
      ["plan", "--first", "1\ndisable all"],
      ["disable", "a\ndisable all", "--json"],
    ]) {
      const { status, out, err } = await ctl(...words);
      assert.deepEqual([status, out], [words[0] === "plan" ? 2 : 1, ""], words.join());
      assert.match(err, /a command is one line: there is a line end in one of its words/);
    }
    assert.deepEqual(views.done, []);
  });

  test("expressions go as they are, in one word of the shell or in many", () => {
    for (const [words, line] of [
      [["sh", "ro", "where", "net", "~", "[", "10.0.0.0/8+", "]", "count"], ""],
      [["show route where net ~ [ 10.0.0.0/8+ ] count"], ""],
      [["show", "route", "where", "net ~ [ 10.0.0.0/8+ ]", "count"], ""],
      [["eval", "1+1"], "eval 1+1"],
      [["eval", "(65001, 100)", "~", "[(65001, *)]"], "eval (65001, 100) ~ [(65001, *)]"],
      [["disable", "tor", "a + b"], 'disable tor "a + b"'],
    ] as const) {
      const expected = line === "" ? "show route where net ~ [ 10.0.0.0/8+ ] count" : line;
      assert.equal(commandLine(words).line, expected);
    }
  });

  test("files are named from where the user is", async () => {
    views.done.length = 0;
    await ctl("configure", "check", "./my.yaml");
    await ctl("configure", "check", "/etc/a b.yaml");
    assert.deepEqual(views.done, [
      `configure true ${join(process.cwd(), "my.yaml")}`,
      "configure true /etc/a b.yaml",
    ]);
  });

  test("patterns need no quotes", async () => {
    const { out } = await ctl("disable", "N*");
    assert.equal(out, "Node_10_0_0_99: disabled\n");
  });

  test("a long answer streams, and ends quietly when nobody reads on", async () => {
    const one = ROUTES[0];
    let made = 0;
    views.table = {
      *[Symbol.iterator](): Generator<RouteView> {
        for (; made < 500_000; made++) yield one;
      },
    };
    const { status, out, err } = await underlayctl(
      ["--socket", server.path, "show", "route"],
      10_000,
    );
    assert.deepEqual([status, err], [0, ""]);
    assert.ok(out.length < 1_000_000);
    assert.ok(made < 100_000, `${made} routes were made for nobody`);
    views.table = ROUTES;
  });
});

describe("underlayctl without a daemon", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-cli-"));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "x.ctl");

  /**
   * Something that listens and sends `text` to whoever asks, then hangs up: at once, or (`slow`) when
   * underlayctl has said something about it.
   */
  async function against(
    text: string,
    words: readonly string[] = ["show", "status"],
    slow = false,
  ): Promise<Result> {
    const sockets: Socket[] = [];
    const hangUp = (): void => sockets.forEach((socket) => socket.end());
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write(text);
        if (!slow) hangUp();
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const result = await underlayctl(["-s", path, ...words], Infinity, hangUp);
    await new Promise((resolve) => server.close(resolve));
    return result;
  }

  test("no socket", async () => {
    const { status, out, err } = await underlayctl(["-s", join(folder, "none"), "show", "status"]);
    assert.deepEqual([status, out], [1, ""]);
    assert.match(err, /^underlayctl: there is no socket .*none: is underlayd running\?.*\n$/);
  });

  test("nobody listens", async () => {
    writeFileSync(join(folder, "file"), "");
    const { status, err } = await underlayctl(["-s", join(folder, "file"), "show", "status"]);
    assert.equal(status, 1);
    assert.match(err, /^underlayctl: nobody listens on .*file: underlayd is not running\n$/);
  });

  test("the daemon goes away in the middle", async () => {
    const { status, out, err } = await against(
      "0001 BIRD 2.0.12 ready.\n1000-BIRD 2.0.12\n1011-Ro",
    );
    assert.deepEqual([status, out], [1, "BIRD 2.0.12\n"]);
    assert.match(err, /^underlayctl: underlayd .* before its answer was complete\n$/);
  });

  const REQUESTED = "0001 BIRD 2.0.12 ready.\n0007 Shutdown requested\n";

  test("down: comes back when the daemon has said that nothing is left", async () => {
    const result = await against(`${REQUESTED}+Shutdown complete\n`, ["down"]);
    const out = "Shutdown requested\nShutdown complete\n";
    assert.deepEqual(result, { status: 0, out, err: "" });
    const json = await against(
      '0001 BIRD 2.0.12 ready.\n1100-{"shutdown":true}\n0000 \n+Shutdown complete\n',
      ["--json", "down"],
    );
    assert.deepEqual(json, { status: 0, out: '{"shutdown":true}\n', err: "" });
  });

  test("down: says that it waits, when that takes its time", async () => {
    const { status, err } = await against(`${REQUESTED}+Shutdown complete\n`, ["down"], true);
    assert.deepEqual([status, err], [0, "underlayctl: still removing routes ...\n"]);
  });

  test("down: what is left, and an end without a word, are failures", async () => {
    const out = "Shutdown requested\n";
    const left = await against(`${REQUESTED}+Shutdown incomplete: 3 routes\n`, ["down"]);
    const err = "underlayctl: Shutdown incomplete: 3 routes\n";
    assert.deepEqual(left, { status: 1, out, err });
    const died = await against(REQUESTED, ["down"]);
    assert.deepEqual([died.status, died.out], [1, out]);
    assert.match(died.err, /^underlayctl: underlayd ended without a word on what is left/);
    const json = await against(
      '0001 BIRD 2.0.12 ready.\n1100-{"shutdown":true}\n0000 \n+Shutdown incomplete: 3 routes\n',
      ["--json", "down"],
    );
    const jsonErr = '{"error":"Shutdown incomplete: 3 routes"}\n';
    assert.deepEqual(json, { status: 1, out: '{"shutdown":true}\n', err: jsonErr });
  });

  test("down: refused, and cut off before the answer", async () => {
    const denied = await against("0001 BIRD 2.0.12 ready.\n8007 Access denied\n", ["down"]);
    assert.deepEqual(denied, { status: 1, out: "", err: "Access denied\n" });
    const cut = await against("0001 BIRD 2.0.12 ready.\n", ["down"]);
    assert.deepEqual([cut.status, cut.out], [1, ""]);
    assert.match(cut.err, /before its answer was complete\n$/);
  });

  test("something else listens", async () => {
    const { status, err } = await against("HTTP/1.1 400 Bad Request\r\n");
    assert.equal(status, 1);
    assert.match(err, /^underlayctl: what listens on .* is no underlayd: it sent the line "HTTP/);
  });

  test("what listens says nothing", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket.on("error", () => undefined)));
    await assert.rejects(async () => {
      for await (const row of ask(path, "show status", { patience: 50 })) assert.fail(row.text);
    }, /^Error: underlayd takes the connection and says nothing/);
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });

  test("words that birdc keeps to itself do not wait for an answer", async () => {
    const help = await underlayctl(["help"]);
    assert.deepEqual([help.status, help.err], [0, ""]);
    assert.match(help.out, /^Usage: underlayctl/);
    const quit = await underlayctl(["quit"]);
    assert.deepEqual([quit.status, quit.out], [1, ""]);
  });

  test("--version", async () => {
    const answer = await underlayctl(["--version"]);
    assert.deepEqual([answer.status, answer.err], [0, ""]);
    assert.match(answer.out, /^underlayctl \d+\.\d+\.\d+\n$/);
  });

  test("--help and mistakes", async () => {
    const help = await underlayctl(["--help"]);
    assert.equal(help.status, 0);
    assert.match(help.out, /Examples:\n {2}underlayctl show protocols\n/);
    assert.ok(help.out.split("\n").every((line) => line.length <= 100));
    const nothing = await underlayctl([]);
    assert.deepEqual([nothing.status, nothing.out], [1, ""]);
    const unknown = await underlayctl(["--jsn", "show", "status"]);
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /unknown option '--jsn'\n\(Did you mean --json\?\)/);
  });
});
