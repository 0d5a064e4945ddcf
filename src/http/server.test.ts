import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { until } from "../../test/support/wait.ts";
import { HttpServer, type HttpServerOptions, Turns, plain } from "./index.ts";

async function served(t: TestContext, options: Partial<HttpServerOptions>): Promise<string> {
  const server = await HttpServer.open({
    ...{
      host: "127.0.0.1",
      port: 0,
      turns: new Turns(),
      names: [],
      answer: () => plain(200, "ok"),
    },
    onError: (error) => assert.fail(error),
    ...options,
  });
  t.after(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

const LINE = `${"x".repeat(99)}\n`;

test("the query is read, other methods are refused, headers are in every answer", async (t) => {
  const base = await served(t, {
    headers: { "x-content-type-options": "nosniff" },
    answer: ({ path, query }) => plain(200, `${path} ${query.getAll("a").join("+")}`),
  });
  const answer = await fetch(`${base}/%41/b?a=1%2f2&a=x?y`);
  assert.equal(await answer.text(), "/%41/b 1/2+x?y\n");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const refused = await fetch(base, { method: "POST", body: "x" });
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal(refused.headers.get("x-content-type-options"), "nosniff");
});

test("pieces are sent as they are made, with pauses in between", async (t) => {
  function* pieces(): Iterable<string | undefined> {
    for (let i = 0; i < 5000; i++) {
      yield LINE;
      yield undefined;
    }
  }
  const body = { [Symbol.iterator]: () => pieces()[Symbol.iterator]() };
  const base = await served(t, { answer: () => ({ status: 200, type: "text/plain", body }) });
  const [one, two, head] = await Promise.all([
    fetch(base).then((answer) => answer.text()),
    fetch(base).then((answer) => answer.text()),
    fetch(base, { method: "HEAD" }),
  ]);
  assert.equal(one, LINE.repeat(5000));
  assert.equal(two, one);
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("whoever does not read is made nothing for, and is cut after a while", async (t) => {
  let made = 0;
  let isOver = false;
  function* endless(): Iterable<string> {
    try {
      for (;;) {
        made++;
        yield LINE;
      }
    } finally {
      isOver = true;
    }
  }
  const base = await served(t, {
    patience: 200,
    answer: () => ({ status: 200, type: "text/plain", body: endless() }),
  });
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
  socket.pause();
  await until("it is given up", () => isOver);
  assert.ok(made < 500_000, `${made} lines for nobody`);
});

test("whoever reads a little now and then is cut all the same", async (t) => {
  const base = await served(t, {
    longestAnswer: 300,
    answer: () => ({ status: 200, type: "text/plain", body: endless() }),
  });
  function* endless(): Iterable<string> {
    for (;;) yield LINE;
  }
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  let octets = 0;
  socket.on("data", (bytes) => (octets += bytes.length));
  await once(socket, "close");
  assert(octets > 0);
});

test("a fault in the middle ends the connection before the last chunk", async (t) => {
  const errors: string[] = [];
  function* failing(): Iterable<string> {
    for (let i = 0; i < 1000; i++) yield LINE;
    throw new Error("broken");
  }
  const base = await served(t, {
    onError: ({ message }) => errors.push(message),
    answer: () => ({ status: 200, type: "text/plain", body: failing() }),
  });
  await assert.rejects(fetch(base).then((answer) => answer.text()));
  assert.deepEqual(errors, ["broken"]);
});

test("whoever goes away in the middle ends the making", async (t) => {
  let isOver = false;
  function* endless(): Iterable<string> {
    try {
      for (;;) yield LINE;
    } finally {
      isOver = true;
    }
  }
  const base = await served(t, {
    answer: () => ({ status: 200, type: "text/plain", body: endless() }),
  });
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await until("it has ended", () => isOver);
});

test("a connection has one question, whatever comes with it", async (t) => {
  let asked = 0;
  const base = await served(t, {
    answer: () => {
      asked++;
      return plain(200, "ok");
    },
  });
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  socket.setEncoding("utf8").write("GET / HTTP/1.1\r\nhost: h\r\n\r\n".repeat(500));
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  await once(socket, "close");
  assert.equal(asked, 1);
  assert.match(text, /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nok\n$/);
});

test("what is made for whoever has gone away ends", async (t) => {
  let isOver = false;
  const turns = new Turns();
  const asked = new EventEmitter();
  function* endless(): Generator<undefined, never> {
    asked.emit("one");
    try {
      for (;;) yield undefined;
    } finally {
      isOver = true;
    }
  }
  const base = await served(t, {
    turns,
    answer: async ({ signal }) => plain(200, await turns.finish<string>(endless(), signal)),
  });
  const one = once(asked, "one");
  const socket = connect(Number(new URL(base).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
  await one;
  socket.destroy();
  await until("it is given up", () => isOver);
});

test("who asks and goes away at once leaves no more than a few questions under way", async (t) => {
  const questions = new EventEmitter();
  const answers: (() => void)[] = [];
  const base = await served(t, {
    answer: () => {
      questions.emit("one");
      return new Promise((resolve) => answers.push(() => resolve(plain(200, "ok"))));
    },
  });
  for (let gone = 0; gone < 64; gone++) {
    const asked = once(questions, "one");
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
    await asked;
    socket.destroy();
  }
  await until("one is refused", async () => (await fetch(base)).status === 503);
  assert.equal(answers.length, 64);
  for (const answer of answers.splice(0)) answer();
  const asked = once(questions, "one");
  const answered = fetch(base);
  await asked;
  answers[0]();
  assert.equal((await answered).status, 200);
});
