import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FixedViews } from "../control/fixture.test.ts";
import { type TestServer, serve } from "../control/serve.test.ts";
import { FILES, candidates, namesOf } from "./complete.ts";
import { DAEMON_COMMANDS, entriesFor } from "./help.ts";
import { History, historyFile } from "./history.ts";
import { Session } from "./session.ts";
import { splitWords } from "./words.ts";

describe("completion", () => {
  const NAMES = new Map([
    ["protocol", ["tor-a", "tor-b", "nodes"]],
    ["routing table", ["master4", "master6"]],
    ["filter", ["from-tor"]],
    ["interface", ["eth0"]],
  ]);
  const complete = (typed: string): Promise<string[]> => {
    const words = splitWords(typed);
    const begun = typed.endsWith(" ") ? "" : (words.pop() ?? "");
    return candidates(words, begun, () => Promise.resolve(NAMES));
  };
  for (const [typed, expected] of [
    ["sh", ["show"]],
    ["show p", ["protocols"]],
    ["show protocols ", ["all", "tor-a", "tor-b", "nodes"]],
    ["sh pr a", ["all"]],
    ["show protocols all t", ["tor-a", "tor-b"]],
    ["show protocols tor-a ", ["all"]],
    ["show route protocol t", ["tor-a", "tor-b"]],
    ["sh ro export n", ["nodes"]],
    ["show route table ", ["master4", "master6"]],
    ["show route for ", []],
    ["show route for 10.0.0.1 a", ["all"]],
    ["show route all p", ["preexport", "primary", "protocol"]],
    ["show route primary p", ["preexport", "protocol"]],
    ["disable tor-", ["tor-a", "tor-b"]],
    ["reload ", ["in", "out", "all", "tor-a", "tor-b", "nodes"]],
    ["reload in tor-a", ["tor-a"]],
    ["filter test f", ["from-tor"]],
    ["filter test from-tor 10.0.0.0/8 p", ["peer"]],
    ["filter test from-tor 10.0.0.0/8 peer n", ["nodes"]],
    ["show interfaces ", ["summary", "eth0"]],
    ["show symbols m", ["master4", "master6"]],
    ["mrt dump table master4 to ", [FILES]],
    ["show status ", []],
    ["plan ", [FILES]],
    ["drain ", ["nodes", "status", "tor-a", "tor-b"]],
    ["nonsense ", []],
    ["show route --j", ["--json"]],
  ] as const) {
    test(JSON.stringify(typed), async () =>
      assert.deepEqual((await complete(typed)).sort(), [...expected].sort()),
    );
  }
});

describe("names", () => {
  let server: TestServer;
  before(async () => {
    server = await serve(new FixedViews());
  });
  after(() => server.close());

  const KINDS = ["filter", "interface", "protocol", "routing table"] as const;

  test("of all kinds, from the daemon", async () => {
    const names = await namesOf(server.path, KINDS);
    assert.ok(names.get("protocol")?.includes("Mesh_10_0_0_2"));
    assert.deepEqual(names.get("routing table"), ["master4", "master6"]);
    assert.deepEqual(names.get("filter"), ["imp"]);
    assert.deepEqual(names.get("interface"), ["lo", "vA"]);
  });

  test("none where the daemon is away, and none where it is silent", async () => {
    assert.equal((await namesOf(`${server.path}-not`, KINDS)).size, 0);
    const path = `${server.path}.silent`;
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    silent.on("connection", (socket) => socket.on("error", () => undefined).resume());
    assert.equal((await namesOf(path, KINDS)).size, 0);
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("help from where one is", () => {
  const usages = (...words: string[]): string[] =>
    entriesFor(DAEMON_COMMANDS, words).map(({ usage }) => usage.trim());

  test("the beginning of a word, a word, what takes arguments, and nonsense", () => {
    assert.deepEqual(usages("show", "pro"), ["show protocols [NAME]", "show protocols all [NAME]"]);
    assert.ok(usages("show", "route", "").includes("... primary | filtered"));
    assert.ok(!usages("show", "status").includes("... primary | filtered"));
    assert.deepEqual(usages("show", "sym"), ["show static | symbols | memory"]);
    assert.deepEqual(usages("disable", "tor-a", ""), [
      'enable | disable | restart NAME ["MESSAGE"]',
    ]);
    assert.deepEqual(usages("xyz"), []);
    assert.equal(usages("").length, DAEMON_COMMANDS.length);
  });
});

describe("history", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-history-"));
  after(() => rmSync(folder, { recursive: true }));

  test("where it is", () => {
    assert.equal(historyFile({ XDG_STATE_HOME: "/x" }), "/x/underlay/history");
    assert.match(historyFile({}), /^\/.*\/\.local\/state\/underlay\/history$/);
    assert.match(historyFile({ XDG_STATE_HOME: "relative" }), /\.local/);
  });

  test("is kept for the owner alone, the newest first, without what is repeated", () => {
    const file = join(folder, "a/b/history");
    const first = new History(file);
    for (const line of ["one", "two", "two", "  "]) first.add(line);
    new History(file).add("three");
    assert.deepEqual(new History(file).lines, ["three", "two", "one"]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "a/b")).mode & 0o777, 0o700);
  });

  test("is bounded", () => {
    const file = join(folder, "long");
    writeFileSync(file, Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join(""));
    const history = new History(file);
    assert.equal(history.lines.length, 1000);
    assert.equal(history.lines[0], "line 2999");
    assert.equal(readFileSync(file, "utf8").split("\n").length, 1001);
  });

  test("has no line that would steer the terminal", () => {
    const file = join(folder, "hostile");
    writeFileSync(file, "show route\n\x1b]0;x\x07show\nshow \x9b2J\nshow status\n");
    assert.deepEqual(new History(file).lines, ["show status", "show route"]);
  });

  test("a pipe or a device in its place is neither waited for nor written to", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const file of [pipe, "/dev/zero"]) {
      const history = new History(file);
      history.add("one");
      assert.deepEqual(history.lines, ["one"]);
    }
    // With a reader there, nothing would keep the line from going in.
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    new History(pipe).add("two");
    assert.equal(readSync(reader, new Uint8Array(8)), 0);
    closeSync(reader);
  });

  test("that cannot be written is no error", () => {
    const history = new History("/dev/null/history");
    history.add("one");
    assert.deepEqual(history.lines, ["one"]);
  });
});

describe("a session", () => {
  const answered = async (session: Session, line: string): Promise<string[]> => {
    const rows: string[] = [];
    for await (const { text } of session.ask(line, new AbortController().signal)) rows.push(text);
    return rows;
  };

  test("many questions over one connection; one that is left does not end it; restricted stays so", async () => {
    const server = await serve(new FixedViews());
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const session = new Session({ path: server.path, restricted: true, say });
    assert.equal((await answered(session, "show status")).at(-1), "Daemon is up and running");
    for await (const { text } of session.ask("show route", new AbortController().signal)) {
      assert.equal(text, "Table master4:");
      break;
    }
    assert.deepEqual(await answered(session, "disable all"), ["Access denied"]);
    session.close();
    await server.close();
    assert.deepEqual(said, []);
  });

  test("a daemon that goes between two questions, and the next one, which has something to say", async () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-session-"));
    const path = join(folder, "x.ctl");
    const sockets: Socket[] = [];
    const daemon = async (greeting: string): Promise<Server> => {
      const server = createServer((socket) => {
        sockets.push(socket.on("error", () => undefined));
        socket.write(greeting);
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
      return server;
    };
    const close = async (server: Server): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    };
    const said: string[] = [];
    const heard = Promise.withResolvers<void>();
    const say = (text: string): void => {
      said.push(text);
      if (said.length === 3) heard.resolve();
    };
    const session = new Session({ path, restricted: false, say });
    const first = await daemon("0001 BIRD 2.0.12 ready.\n");
    await session.connect();
    await close(first);
    const second = await daemon("0001 BIRD 2.0.12 ready.\n+something happens\n");
    await heard.promise;
    assert.equal(said[0], "underlayd has gone; waiting for it to come back");
    assert.deepEqual(said.slice(1).sort(), ["something happens", "underlayd is back"]);
    session.close();
    await close(second);
    rmSync(folder, { recursive: true });
  });
});
