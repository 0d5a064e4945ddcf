import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ControlConnection } from "../control/index.ts";
import {
  QUIET,
  SOUND,
  TestViews,
  conversation,
  fail,
  folderOf,
  open,
  pause,
  quiet,
  turns,
  until,
} from "./control-fixture.test.ts";
import { ControlServer } from "./control-server.ts";

test("the socket is for the owner and the group, whatever the umask, which stays as it is", async (t) => {
  const mask = process.umask(0);
  t.after(() => process.umask(mask));
  const { path } = await open(t);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  assert.equal(process.umask(), 0);
});

test("a client that closes its side still gets all answers", async (t) => {
  const { path } = await open(t, 3000);
  const text = await conversation(path, (socket) => socket.end("show route\nshow status\n"));
  assert.match(text, /^0001 BIRD 2\.0\.12 ready\.\n1007-/);
  assert.equal(text.match(/\/32/g)?.length, 3000);
  assert.match(text, /\n0013 Daemon is up and running\n$/);
});

test("the socket of a killed daemon is replaced", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const killed = spawn(process.execPath, ["-e", script]);
  await new Promise((resolve) => killed.stdout.once("data", resolve));
  killed.kill("SIGKILL");
  await new Promise((resolve) => killed.once("exit", resolve));
  assert.ok(statSync(path).isSocket());
  const server = await ControlServer.open(path, new TestViews(0), SOUND);
  assert.match(await conversation(path, (socket) => socket.end("show status\n")), /0013 /);
  await server.close();
  assert.ok(!existsSync(path));
});

test("what is no socket is left alone", async (t) => {
  const folder = folderOf(t);
  const path = join(folder, "file");
  writeFileSync(path, "precious");
  await assert.rejects(ControlServer.open(path, new TestViews(0), SOUND), {
    message: `${path} is there and is no socket`,
  });
  const other = join(folder, "folder");
  mkdirSync(other);
  await assert.rejects(ControlServer.open(other, new TestViews(0), SOUND), /is no socket$/);
  await assert.rejects(
    ControlServer.open(join(path, "below"), new TestViews(0), SOUND),
    /EEXIST|ENOTDIR/,
  );
});

test("a second daemon is refused, and the first goes on", async (t) => {
  const { path } = await open(t);
  await assert.rejects(ControlServer.open(path, new TestViews(0), SOUND), {
    message: `another daemon listens on ${path}`,
  });
  assert.match(await conversation(path, (socket) => socket.end("show status\n")), /0013 /);
});

test("a client that asks and does not read costs no memory, whatever else it sends", async (t) => {
  const { path, views } = await open(t, 1_000_000);
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.pause();
  socket.write("show route\n");
  // Until the socket takes nothing more.
  await until(() => views.looked > 0);
  const before = await quiet(() => views.looked);
  for (let i = 0; i < 50; i++) {
    socket.write(i % 2 === 0 ? "show " : "status\n");
    await turns(4);
  }
  await turns(QUIET);
  assert.ok(before < 20_000, `${before} routes looked at`);
  assert.equal(views.looked, before);
  // Once it reads, everything comes.
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  socket.resume();
  await until(() => views.looked >= before * 3 && bytes > 0);
});

test("a client that goes in the middle of a listing ends the listing", async (t) => {
  const { path, views } = await open(t, 1_000_000);
  const socket = connect(path);
  socket.write("show route\n");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await until(() => views.ended === 1);
  assert.ok(views.looked < 1_000_000);
});

test("a fault in an answer costs who asked for it the connection, and nobody else anything", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const views = new TestViews(3000);
  views.status = function* () {
    yield undefined;
    throw new Error("no status");
  };
  const faults: string[] = [];
  const onFault = ({ message }: Error): void => void faults.push(message);
  const server = await ControlServer.open(path, views, { onError: fail, onFault });
  t.after(() => server.close());
  const other = await silent(t, path, "show route\n");
  const text = await conversation(path, (socket) => socket.write("show status\nshow route\n"));
  assert.equal(text, "0001 BIRD 2.0.12 ready.\n");
  assert.deepEqual(faults, ["no status"]);
  other.end("show route\n").resume();
  await once(other, "end");
  assert.match(await conversation(path, (socket) => socket.end("show route\n")), /\n0000 \n$/);
});

test("a fault in taking a client's words, or in giving an answer up, is the same", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const views = new TestViews(1_000_000);
  const routes = views.routes.bind(views);
  views.routes = function* () {
    try {
      yield* routes();
    } finally {
      throw new Error("no end");
    }
  };
  const faults: string[] = [];
  const onFault = ({ message }: Error): void => void faults.push(message);
  const server = await ControlServer.open(path, views, { onError: fail, onFault });
  t.after(() => server.close());
  const receive = t.mock.method(ControlConnection.prototype, "receive", () => {
    throw new Error("no word");
  });
  const text = await conversation(path, (socket) => socket.write("show status\n"));
  assert.match(text, /^(0001 BIRD 2\.0\.12 ready\.\n)?$/);
  assert.deepEqual(faults.splice(0), ["no word"]);
  receive.mock.restore();
  (await silent(t, path, "show route\n")).destroy();
  await until(() => faults.length > 0);
  assert.deepEqual(faults, ["no end"]);
  assert.match(await conversation(path, (socket) => socket.end("show status\n")), /\n0013 /);
});

test("a command that never ends is refused, and the connection closed", async (t) => {
  const { path } = await open(t);
  const text = await conversation(path, (socket) => socket.write("x".repeat(10_000)));
  assert.match(text, /\n9000 Command too long\n$/);
});

test("200 clients at once are all answered, and the event loop is never held for long", async (t) => {
  const { path } = await open(t, 200);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  t.after(() => clearInterval(timer));
  const one = (): Promise<string> =>
    conversation(path, (socket) => socket.end("show route\nshow status\n"));
  const all = await Promise.all(Array.from({ length: 200 }, one));
  assert.equal(new Set(all).size, 1);
  assert.equal(all[0].match(/\/32/g)?.length, 200);
  t.diagnostic(`the event loop was held for ${longest.toFixed(1)} ms at most, clients included`);
});

test("closing ends all conversations, also with clients that do not read", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const views = new TestViews(1_000_000);
  const server = await ControlServer.open(path, views, SOUND);
  const socket = connect(path);
  socket.on("error", () => undefined);
  socket.pause();
  socket.write("show route\n");
  await until(() => views.looked > 0);
  await server.close();
  assert.ok(!existsSync(path));
  socket.destroy();
});

test("who has told the daemon to end hears how it went, and nobody else does", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const server = await ControlServer.open(path, new TestViews(0), SOUND);
  /** Sends a line; what has come by the end of the answer, and what comes then until the end. */
  const ask = async (line: string, answer: RegExp): Promise<{ after: Promise<string> }> => {
    const socket = connect(path).setEncoding("utf8");
    let text = "";
    const answered = new Promise<number>((resolve) => {
      socket.on("data", (chunk: string) => {
        text += chunk;
        if (answer.test(text)) resolve(text.length);
      });
    });
    const closed = once(socket, "close");
    socket.write(line);
    const length = await answered;
    return { after: closed.then(() => text.slice(length)) };
  };
  const ending = await ask("down\n", /\n0007 Shutdown requested\n$/);
  const other = await ask("show status\n", /\n0013 Daemon is up and running\n$/);
  await server.close("Shutdown complete");
  assert.equal(await ending.after, "+Shutdown complete\n");
  assert.equal(await other.after, "");
});

test("of too many clients, the one that was silent for longest goes", async (t) => {
  const { path } = await open(t, 0, 10);
  const sockets: Socket[] = [];
  const closed: number[] = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const greet = async (): Promise<void> => {
    const socket = connect(path);
    const index = sockets.push(socket) - 1;
    socket.on("close", () => closed.push(index));
    socket.on("error", () => undefined);
    await once(socket, "data");
  };
  for (let i = 0; i < 10; i++) await greet();
  sockets[0].write("show status\n");
  await once(sockets[0], "data");
  for (let i = 0; i < 5; i++) await greet();
  await until(() => closed.length >= 5);
  assert.deepEqual(closed, [1, 2, 3, 4, 5]);
  assert.match(await conversation(path, (s) => s.end("show status\n")), /0013 Daemon is up/);
});

test("clients that never read shut nobody out for longer than a second: who has not read for longest goes", async (t) => {
  const { path } = await open(t, 1_000_000, 10);
  const sockets: Socket[] = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 10; i++) {
    const socket = connect(path);
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.write("show route\n");
    await once(socket, "data");
    socket.pause(); // and does not read on
  }
  assert.equal(await conversation(path, () => undefined), "", "they may just be slow");
  const closed = once(sockets[0], "close");
  const retry = (): Promise<string> => conversation(path, (s) => s.end("show status\n"));
  while (!(await retry().catch(() => "")).includes("0013 Daemon is up")) await pause(5);
  sockets[0].resume();
  await closed;
  assert.ok(sockets.slice(1).every((socket) => !socket.destroyed));
});

/** Plans that never end, and so many at a time; gives how many there are. */
function endlessPlans(views: TestViews, most: number): () => number {
  let plans = 0;
  views.plan = () => {
    if (plans >= most) return { kind: "busy", text: "wait" };
    plans++;
    const nothing = {
      routes: [],
      install: true,
      blackholes: { added: [], removed: [] },
      settings: [],
    };
    return {
      ...{ kind: "plan", file: "f", notes: [], total: 1_000_000, peers: [], kernel: nothing },
      ...{ done: 0, changes: {}, disturbed: false },
      *walk() {
        for (let i = 0; i < 1_000_000; i++) yield { kind: "item", text: "x".repeat(100) };
      },
      close: () => void plans--,
    } as never;
  };
  return () => plans;
}

/** A client that asks, and then does not read on. */
async function silent(t: TestContext, path: string, line: string): Promise<Socket> {
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.write(line);
  await once(socket, "data");
  socket.pause();
  return socket;
}

test("clients that do not read on keep nobody from a plan of his own", async (t) => {
  const { path, views } = await open(t, 0, 256, 600_000);
  const plans = endlessPlans(views, 2);
  const planners: Socket[] = [];
  for (let at = 1; at <= 2; at++) {
    planners.push(await silent(t, path, "underlay json plan all\n"));
    await until(() => plans() === at);
  }
  const gone = once(planners[0], "close");
  assert.equal(await isPlanned(path), false, "they may just be slow");
  while (!(await isPlanned(path))) await pause(5);
  planners[0].resume();
  await gone;
  assert.equal(planners[1].destroyed, false);
  await until(() => plans() === 1);
});

test("a fault in what a client keeps that does not read on is not that of who needs its place", async (t) => {
  const path = join(folderOf(t), "test.ctl");
  const views = new TestViews(0);
  const plans = endlessPlans(views, 1);
  const plan = views.plan.bind(views);
  views.plan = (asked) => {
    const found = plan(asked);
    if (found.kind !== "plan") return found;
    const close = (): void => {
      found.close();
      throw new Error("no end");
    };
    return { ...found, close };
  };
  const faults: string[] = [];
  const onFault = ({ message }: Error): void => void faults.push(message);
  const server = await ControlServer.open(path, views, { onError: fail, onFault });
  t.after(() => server.close());
  await silent(t, path, "underlay json plan all\n");
  await until(() => plans() === 1);
  while (!(await isPlanned(path))) await pause(5);
  assert.equal(faults[0], "no end");
});

/** Whether a plan is begun; it is not read to its end. */
async function isPlanned(path: string): Promise<boolean> {
  const socket = connect(path);
  socket.setEncoding("utf8");
  socket.write("underlay json plan all\n");
  let text = "";
  for await (const chunk of socket) {
    text += chunk as string;
    if (/^8001 wait$/m.test(text)) return false;
    if (/^2100-list$/m.test(text)) return true;
  }
  return assert.fail(text);
}

test("a client that does not read keeps no plan", async (t) => {
  const { path, views } = await open(t, 1_000_000);
  const plans = endlessPlans(views, 4);
  const reader = await silent(t, path, "show route\n");
  const planner = await silent(t, path, "underlay json plan all\n");
  await until(() => plans() === 1);
  const gone = once(planner, "close");
  await until(() => plans() === 0);
  planner.resume();
  await gone;
  assert.equal(reader.destroyed, false);
});

test("who hears the log and does not read costs its buffer, and is told how much is missing", async (t) => {
  const { path, views } = await open(t);
  const socket = connect(path);
  socket.setEncoding("utf8");
  socket.write("echo all 4096\n");
  await until(() => views.listeners.size === 1);
  const count = 40_000;
  for (let i = 0; i < count; i++) {
    for (const tell of views.listeners) tell(`line ${i} ${"x".repeat(100)}`);
    if (i % 20 === 0) await turns(1);
  }
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  await until(() => text.includes(`+line ${count - 1} `));
  const lost = [...text.matchAll(/^\+<(\d+) messages lost>$/gm)];
  assert.equal(lost.length, 1);
  assert.equal((text.match(/^\+line /gm)?.length ?? 0) + Number(lost[0][1]), count);
  socket.destroy();
  await until(() => views.listeners.size === 0);
});
