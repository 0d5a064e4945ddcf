import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { until } from "../../test/support/wait.ts";
import type { MetricsConfig } from "../config/index.ts";
import { MetricsServer, type ObservedViews } from "../observe/index.ts";
import { address } from "./fixture.test.ts";
import { HttpKeeper } from "./http-keeper.ts";
import { Warnings } from "./warnings.ts";

const unused = (): never => assert.fail("nobody asks");

const VIEWS: ObservedViews = {
  daemon: unused,
  unready: () => [],
  protocols: unused,
  interfaces: unused,
  bfdSessions: unused,
  routes: unused,
  tableSize: unused,
};

function keeper(t: TestContext) {
  const logged: string[] = [];
  const warnings = new Warnings({
    error: (_: unknown, text?: string) => void logged.push(text ?? ""),
  } as ConstructorParameters<typeof Warnings>[0]);
  const made = new HttpKeeper<MetricsConfig>({
    subject: "metrics",
    open: ({ listen }, host, onError) =>
      MetricsServer.open({ host, port: listen.port, views: VIEWS, onError }),
    warnings,
    retryAfter: 20,
  });
  t.after(() => made.close());
  return { keeper: made, warnings, logged };
}

/** A port that somebody listens on. */
async function taken(t: TestContext) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

const answers = (port: number | undefined): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

const at = (port: number, host = "127.0.0.1") => ({ listen: { address: address(host), port } });

test("it serves where it is told, moves, and stops", async (t) => {
  const { keeper: metrics, logged } = keeper(t);
  await metrics.update(undefined);
  assert.equal(metrics.port, undefined);
  await metrics.update(at(0));
  const first = metrics.port;
  assert.ok(await answers(first));
  await metrics.update(at(0));
  assert.equal(metrics.port, first, "what has not changed goes on");
  const { server, port } = await taken(t);
  server.close();
  await once(server, "close");
  await metrics.update(at(port));
  assert.ok((await answers(port)) && !(await answers(first)));
  await metrics.update(undefined);
  assert.equal(await answers(port), false);
  assert.deepEqual(logged, []);
});

test("a port that is taken is said once, shown, and tried again until it is free", async (t) => {
  const { keeper: metrics, warnings, logged } = keeper(t);
  const { server, port } = await taken(t);
  await metrics.update(at(port));
  const text = `metrics.listen: 127.0.0.1 port ${port}: somebody else listens there; it is tried again`;
  assert.deepEqual(warnings.list(), [text]);
  await metrics.update(at(port));
  server.close();
  await until("it listens there", () => metrics.port === port);
  assert.deepEqual([logged, warnings.list()], [[text], []]);
});

test("an address that the node does not have is no reason to end", async (t) => {
  const { keeper: metrics, warnings } = keeper(t);
  await metrics.update(at(9179, "192.0.2.254"));
  assert.match(warnings.list()[0], /192\.0\.2\.254 port 9179: this node does not have the address/);
  await metrics.update(at(0));
  assert.deepEqual(warnings.list(), []);
  assert.ok(await answers(metrics.port));
});
