import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  readMeta,
  readNeighbours,
  readNeighboursShort,
  readRoutes,
  readStatus,
} from "../../test/support/alice.ts";
import { ROUTES, at } from "../control/fixture.test.ts";
import type { RouteQuery } from "../control/index.ts";
import { FixedWebViews, ask, served } from "./fixture.test.ts";

const NOW = new Date(at("21:22:38"));

test("what every answer begins with, and the node's status", async (t) => {
  const base = await served(t);
  const answer = await ask(base, "/status");
  assert.deepEqual(readMeta(answer), {
    version: "1.2.3",
    cachedAt: NOW,
    ttl: new Date(NOW.getTime() + 5000),
  });
  assert.deepEqual(readStatus(answer), {
    version: "underlay 0.1.0",
    message: "Daemon is up and running",
    routerId: "10.0.0.1",
    now: NOW,
    lastReboot: new Date(at("21:22:01")),
    lastReconfig: new Date(at("21:22:01")),
  });
  assert.equal(await fetch(`${base}/version`).then((each) => each.text()), "1.2.3\n");
});

test("neighbours, those of ranges without the range, with sums over both families", async (t) => {
  const base = await served(t);
  const neighbours = readNeighbours({
    ...(await ask(base, "/protocols/bgp")),
    protocols: await ask(base, "/protocols/bgp").then(({ protocols }) => {
      // What is down has an address all the same, in this fixture and in life.
      assert.deepEqual(Object.keys(protocols as object), [
        ...["Mesh_10_0_0_2", "Node_10_0_0_99", "off1"],
      ]);
      return protocols;
    }),
  });
  const [mesh, node] = neighbours;
  assert.deepEqual(
    { ...mesh, since: mesh.since.toISOString() },
    {
      id: "Mesh_10_0_0_2",
      address: "10.0.0.2",
      asn: 65001,
      state: "up",
      since: "2026-11-20T21:22:06.000Z",
      description: "rack1 tor",
      lastError: "",
      received: mesh.accepted + mesh.filtered,
      accepted: mesh.accepted,
      filtered: mesh.filtered,
      exported: 6,
      preferred: mesh.preferred,
    },
  );
  assert.ok(mesh.accepted > 0);
  assert.deepEqual([node.state, node.lastError], ["start", "Socket: No route to host"]);
  assert.equal(node.received, 0);
});

test("all protocols in full and in short", async (t) => {
  const base = await served(t);
  const { protocols } = await ask(base, "/protocols");
  assert.deepEqual(Object.keys(protocols as object), [
    ...["device1", "Mesh_10_0_0_2", "Node_10_0_0_99", "nodes", "off1"],
  ]);
  const short = readNeighboursShort(await ask(base, "/protocols/short?uncached=true"));
  assert.equal(short.get("Mesh_10_0_0_2")?.state, "up");
  assert.equal(short.get("off1")?.state, "down");
  const { symbols } = await ask(base, "/symbols");
  assert.deepEqual((symbols as Record<string, string[]>)["filter"], ["imp"]);
  assert.deepEqual((await ask(base, "/symbols/tables"))["symbols"], ["master4", "master6"]);
  assert.equal(((await ask(base, "/symbols/protocols"))["symbols"] as string[]).length, 5);
});

test("routes with every kind of attribute, and those without any", async (t) => {
  const base = await served(t);
  const routes = readRoutes(await ask(base, "/routes/table/master"));
  assert.equal(routes.length, ROUTES.length);
  assert.deepEqual(routes[0], {
    network: "0.0.0.0/0",
    neighbour: "Mesh_10_0_0_2",
    gateway: "10.0.0.2",
    interface: "vA",
    learntFrom: "10.0.0.2",
    metric: 100,
    primary: true,
    age: new Date(at("21:22:06")),
    type: ["BGP", "univ"],
    origin: "IGP",
    asPath: [65001],
    nextHop: "10.0.0.2",
    localPref: 100,
    med: 0,
    communities: [[65001, 100]],
    largeCommunities: [[65001, 1, 2]],
    extCommunities: [["rt", "65001", "7"]],
  });
  const block = routes.find(({ neighbour }) => neighbour === "blocks");
  assert.deepEqual(
    [block?.network, block?.origin, block?.gateway, block?.metric],
    ["10.244.1.0/24", undefined, "", 200],
  );
});

test("a rejected route has the next hop that was announced", async (t) => {
  const views = new FixedWebViews();
  views.table = [{ ...ROUTES[0], nextHops: [], fib: undefined }];
  const [route] = readRoutes(await ask(await served(t, views), "/routes/filtered/Mesh_10_0_0_2"));
  assert.equal(route.gateway, "10.0.0.2", "by which Alice-LG tells whose it is");
});

describe("what is asked of the tables", () => {
  const cases: Readonly<Record<string, Partial<RouteQuery>>> = {
    "/routes/protocol/Mesh_10_0_0_2": { protocol: "Mesh_10_0_0_2" },
    "/routes/filtered/Mesh_10_0_0_2": { protocol: "Mesh_10_0_0_2", filtered: true },
    "/routes/export/off1": { exported: { to: "off1", how: "export" } },
    "/routes/noexport/off1": { exported: { to: "off1", how: "noexport" } },
    "/routes/count/protocol/Mesh_10_0_0_2": { protocol: "Mesh_10_0_0_2" },
    "/routes/count/primary/Mesh_10_0_0_2": { protocol: "Mesh_10_0_0_2", primary: true },
    "/routes/count/export/off1": { exported: { to: "off1", how: "export" } },
    "/routes/table/master4": { family: 0 },
    "/routes/table/master6": { family: 1 },
    "/routes/table/master/filtered": { filtered: true },
    "/routes/peer/10.0.0.2": {},
    "/routes/table/master6/peer/10.0.0.2": { family: 1 },
  };
  for (const [path, wanted] of Object.entries(cases)) {
    test(path, async (t) => {
      const views = new FixedWebViews();
      const asked: RouteQuery[] = [];
      const routes = views.routes.bind(views);
      views.routes = (query) => {
        asked.push(query);
        return routes(query);
      };
      readMeta(await ask(await served(t, views), path));
      const plain = { family: undefined, network: undefined, covering: undefined };
      const rest = { inside: undefined, protocol: undefined, primary: false, filtered: false };
      assert.deepEqual(asked, [{ ...plain, ...rest, exported: undefined, ...wanted }]);
    });
  }
});

test("networks and addresses, with escapes and without", async (t) => {
  const base = await served(t);
  const networks = async (path: string): Promise<string[]> =>
    readRoutes(await ask(base, path)).map(({ network }) => network);
  assert.deepEqual(await networks("/routes/prefix?prefix=fd01::/64"), ["fd01::/64"]);
  assert.deepEqual(await networks("/routes/prefix?prefix=fd01%3a%3a%2F64"), ["fd01::/64"]);
  assert.deepEqual(await networks("/routes/prefix?prefix=10.9.0.0/16"), []);
  for (const path of [
    "/routes/prefix?prefix=10.244.2.5",
    "/route/net/10.244.2.5",
    "/route/net/10.244.2.5%2F32/table/master4",
    "/route/net/10.244.2.5/mask/32",
    "/route/net/10.244.2.5/mask/32/table/master",
  ]) {
    assert.deepEqual(await networks(path), ["10.244.2.0/26"], path);
  }
});

test("routes of a peer are those of whoever has the address", async (t) => {
  const base = await served(t);
  const mesh = readRoutes(await ask(base, "/routes/peer/10.0.0.2"));
  assert.ok(mesh.length > 0 && mesh.every(({ neighbour }) => neighbour === "Mesh_10_0_0_2"));
  assert.deepEqual(readRoutes(await ask(base, "/routes/peer/10.9.9.9")), []);
});

test("counts, pipes that there are not, and everything at once", async (t) => {
  const base = await served(t);
  const count = async (path: string): Promise<unknown> => (await ask(base, path))["routes"];
  assert.equal(await count("/routes/count/table/master4"), 4);
  assert.equal(await count("/routes/count/table/master"), 5);
  assert.equal(await count("/routes/count/primary/Mesh_10_0_0_2"), 3);
  assert.equal(await count("/routes/pipe/filtered/count?table=T&pipe=P&address=10.0.0.2"), 0);
  assert.deepEqual(await count("/routes/pipe/filtered/?table=T&pipe=P"), []);
  const dump = await ask(base, "/routes/dump");
  assert.equal(readRoutes(dump, "imported").length, ROUTES.length);
  assert.ok(Array.isArray(dump["filtered"]));
});

test("what is not there is said in a form that Alice-LG shows", async (t) => {
  const base = await served(t);
  const wrong: Readonly<Record<string, readonly [number, RegExp]>> = {
    "/routes/protocol/nobody": [404, /^no protocol is called nobody$/],
    "/routes/count/protocol/x%0Ay": [404, /^no protocol is called x\ny$/],
    "/routes/noexport/": [404, /^not found/],
    "/routes/table/inet.0": [404, /^no table is called inet\.0/],
    "/routes/table/x/peer/10.0.0.1": [404, /^no table is called x/],
    "/routes/peer/tor": [400, /^tor is no address$/],
    "/routes/prefix": [400, /^need a prefix/],
    "/routes/prefix?prefix=a&prefix=b": [400, /^need a prefix/],
    "/routes/prefix?prefix=10.0.0.1/8": [400, /^10\.0\.0\.1\/8 is no address and no network/],
    "/route/net/x/table/master4": [400, /^x is no address/],
    "/routes/protocol/%zz": [400, /^the path has escapes/],
    "/": [404, /^not found/],
    "/page.js": [404, /^not found/],
    "/page/state": [404, /^not found/],
    "/status/x": [404, /^not found/],
    "//status": [404, /^not found/],
  };
  for (const [path, [status, words]] of Object.entries(wrong)) {
    const answer = await fetch(base + path);
    assert.equal(answer.status, status, path);
    const body = (await answer.json()) as Record<string, unknown>;
    assert.throws(() => readMeta(body), { message: words }, path);
  }
});

test("a list of any length has a pause wherever there is one in the views", async (t) => {
  const views = new FixedWebViews();
  const many = 30_000;
  let made = 0;
  views.table = {
    *[Symbol.iterator]() {
      for (; made < many; made++) {
        if (made % 64 === 0) yield undefined;
        yield ROUTES[0];
      }
    },
  };
  const routes = readRoutes(await ask(await served(t, views), "/routes/table/master4"));
  assert.equal(routes.length, many);
});
