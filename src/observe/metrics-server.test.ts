import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { parseExposition } from "../../test/support/exposition.ts";
import { until } from "../../test/support/wait.ts";
import { EVERYTHING, views } from "./fixture.test.ts";
import { MetricsServer, type MetricsServerOptions, type ObservedViews } from "./index.ts";

async function served(
  t: TestContext,
  observed: ObservedViews,
  more: Partial<MetricsServerOptions> = {},
): Promise<MetricsServer> {
  const onError = (error: Error): never => assert.fail(error);
  const server = await MetricsServer.open({
    ...{ host: "127.0.0.1", port: 0, views: observed, onError },
    ...more,
  });
  t.after(() => server.close());
  return server;
}

async function get(server: MetricsServer, path: string, method = "GET") {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  const { status, headers } = answer;
  return { status, headers, text: await answer.text() };
}

/** What comes back for raw bytes until the connection ends. */
async function raw(server: MetricsServer, ...parts: string[]): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (data: string) => (text += data));
  socket.on("error", () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, "close");
  return text;
}

test("metrics, health and readiness, and nothing else", async (t) => {
  let missing: string[] = ["no session is Established: tor"];
  const server = await served(t, views(EVERYTHING, { unready: () => missing }));
  const metrics = await get(server, "/metrics?x=1");
  assert.equal(metrics.status, 200);
  assert.equal(metrics.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(parseExposition(metrics.text).get("underlay_ready")?.samples[0].value, 0);
  assert.deepEqual(await get(server, "/healthz").then(({ status, text }) => [status, text]), [
    200,
    "ok\n",
  ]);
  const notReady = await get(server, "/readyz");
  assert.deepEqual([notReady.status, notReady.text], [503, "no session is Established: tor\n"]);
  missing = [];
  assert.deepEqual(await get(server, "/readyz").then(({ status, text }) => [status, text]), [
    200,
    "ready\n",
  ]);
  for (const path of ["/", "/metrics/", "/metrics/x", "/Metrics", "/..%2fmetrics", "/healthz%00"]) {
    assert.equal((await get(server, path)).status, 404, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const { status, headers } = await get(server, "/metrics", method);
    assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD"], method);
  }
  const head = await get(server, "/healthz", "HEAD");
  assert.deepEqual([head.status, head.text, head.headers.get("content-length")], [200, "", "3"]);
});

test("hostile requests cost little and end", async (t) => {
  const server = await served(t, views(EVERYTHING), { patience: 100 });
  const filler = "x".repeat(5000);
  assert.match(
    await raw(server, `GET /metrics HTTP/1.1\r\nhost: h\r\nx: ${filler}\r\n\r\n`),
    / 431 /,
  );
  assert.match(await raw(server, "\x16\x03\x01 this is TLS\r\n\r\n"), / 400 /);
  assert.doesNotMatch(
    await raw(server, "CONNECT 10.0.0.1:22 HTTP/1.1\r\nhost: h\r\n\r\n"),
    / 200 /,
  );
  // Never finished: the head, the body.
  assert.doesNotMatch(await raw(server, "GET /metrics HTTP/1.1\r\nhost: h\r\n"), / 200 /);
  await raw(server, "");
  const body = "POST /metrics HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\nx";
  assert.match(await raw(server, body), / 405 /);
  // One request a connection, however many are sent at once.
  const two = "GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n".repeat(2);
  assert.equal((await raw(server, two)).match(/HTTP\/1\.1 200/g)?.length, 1);
  assert.equal((await get(server, "/healthz")).status, 200);
});

test("a crowd of connections is cut, and leaves room when its time is over", async (t) => {
  const server = await served(t, views(EVERYTHING), { patience: 200 });
  const sockets: Socket[] = [];
  let closed = 0;
  for (let i = 0; i < 40; i++) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined).on("close", () => closed++);
    socket.resume();
    sockets.push(socket);
  }
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await until("those that are too many are cut", () => closed >= 24);
  await until("there is room", () =>
    get(server, "/healthz").then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test("answers in the making are shared", async (t) => {
  let made = 0;
  const observed = views(EVERYTHING);
  const many = Array.from({ length: 2000 }, () => EVERYTHING[0]);
  const protocols = (): typeof EVERYTHING => {
    made++;
    return [...many, ...EVERYTHING];
  };
  const server = await served(t, { ...observed, protocols });
  const texts = await Promise.all(
    Array.from({ length: 8 }, () => get(server, "/metrics").then(({ text }) => text)),
  );
  assert.ok(texts.every((text) => parseExposition(text).size > 50));
  assert.ok(made >= 1 && made <= 8);
});

test("a fault in a view is answered, and told", async (t) => {
  const errors: string[] = [];
  const server = await served(
    t,
    views(EVERYTHING, {
      daemon: () => {
        throw new Error("broken");
      },
    }),
    { onError: ({ message }) => errors.push(message) },
  );
  const { status, text } = await get(server, "/metrics");
  assert.deepEqual([status, text], [500, "a fault in underlayd: see its log\n"]);
  assert.deepEqual(errors, ["broken"]);
  assert.equal((await get(server, "/healthz")).status, 200);
});

test("on loopback no page can ask by a name of its own (DNS rebinding), nor from elsewhere", async (t) => {
  const status = async (server: MetricsServer, ...headers: string[]): Promise<string> => {
    const text = await raw(server, `GET /healthz HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    return text.slice(9, 12);
  };
  const alone = await served(t, views(EVERYTHING));
  for (const host of ["127.0.0.1:9179", "node1:9179", "[::1]"]) {
    assert.equal(await status(alone, `Host: ${host}`), "200", host);
  }
  assert.equal(await status(alone, "Host: evil.example:9179"), "421");
  assert.equal(await status(alone, "Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"), "403");
  const open = await served(t, views(EVERYTHING), { host: "0.0.0.0" });
  assert.equal(await status(open, "Host: node1.example.net:9179"), "200", "a scrape's name for it");
  assert.equal(await status(open, "Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"), "403");
});
