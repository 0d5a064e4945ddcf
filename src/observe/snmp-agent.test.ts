import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { RouteView } from "../control/index.ts";
import { PLAIN, parsePrefix } from "../route/index.ts";
import { EVERYTHING, address, peer, views } from "./fixture.test.ts";
import { Snmp, type ObservedViews, type SnmpSettings } from "./index.ts";
import { loadNetSnmp } from "./net-snmp.ts";
import { bgp4Mib } from "./bgp4-mib.ts";
import { notificationsOf } from "./notifications.ts";
import { engineId, userOf, type SnmpUser } from "./snmp-agent.ts";
import { SnmpState } from "./snmp-state.ts";

const USER: SnmpUser = {
  name: "nms",
  auth: { type: "sha256", key: "how to sign it" },
  privacy: { type: "aes", key: "how to hide it" },
};

const SETTINGS: SnmpSettings = {
  agentx: undefined,
  listen: undefined,
  users: [USER],
  targets: [],
  notifications: "rfc4273",
  maximumPaths: 10,
  name: "node",
};

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

async function agent(t: TestContext, observed: ObservedViews): Promise<number> {
  const port = await freePort();
  const snmp = await Snmp.open({
    settings: { ...SETTINGS, listen: { host: "127.0.0.1", port } },
    views: observed,
    clock: () => performance.now(),
    onMaster: assert.fail,
    onTarget: assert.fail,
  });
  t.after(() => snmp.close());
  return port;
}

test("its user is answered; who names no user, and whoever sends garbage, is not", async (t) => {
  const port = await agent(t, views(EVERYTHING));
  const library = await loadNetSnmp();
  const garbage = createSocket("udp4");
  t.after(() => garbage.close());
  for (const bytes of [Buffer.alloc(0), Buffer.from([0x30, 0x84]), Buffer.alloc(1400, 0x30)]) {
    garbage.send(bytes, port, "127.0.0.1");
  }
  const ask = (user: Parameters<typeof library.createV3Session>[1]): Promise<string> => {
    const session = library.createV3Session("127.0.0.1", user, { port, retries: 0, timeout: 500 });
    return new Promise<string>((resolve) => {
      session.get(["1.3.6.1.2.1.15.2.0"], (error, varbinds) => {
        resolve(error === null ? String(varbinds[0].value) : "refused");
      });
    }).finally(() => session.close());
  };
  assert.equal(await ask(userOf(library, USER)), "64512");
  assert.equal(await ask({ name: "", level: library.SecurityLevel.noAuthNoPriv }), "refused");
  assert.equal(await ask({ name: "nms", level: library.SecurityLevel.noAuthNoPriv }), "refused");
});

test("who knows a user's name, and writes what is read in two ways, costs no keys", async (t) => {
  const port = await agent(t, views(EVERYTHING));
  const library = await loadNetSnmp();
  const session = library.createV3Session("127.0.0.1", userOf(library, USER), { port });
  t.after(() => session.close());
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  const keys = async (): Promise<number> => {
    const asked = new Promise((resolve) => session.get(["1.3.6.1.2.1.15.2.0"], resolve));
    assert.equal(await asked, null);
    return Object.keys(library.Authentication.authToKeyCache).length;
  };
  const before = await keys();
  for (let engine = 0; engine < 5; engine++) {
    // SNMPv3, its version in two octets; engine 0x000000000000NN, user "nms", authenticated.
    const text = [
      `3049 02020003 300e 020101 020300ffe3 040107 020103`,
      `0429 3027 0407 ${engine.toString(16).padStart(14, "0")} 020100 020100`,
      `0403 6e6d73 040c ${"00".repeat(12)} 0403 000000`,
      `0408 ${"00".repeat(8)}`,
    ];
    const bytes = Buffer.from(text.join("").replaceAll(" ", ""), "hex");
    await new Promise((resolve) => socket.send(bytes, port, "127.0.0.1", resolve));
  }
  assert.equal(await keys(), before);
});

test("an address that is taken is an error, not the end", async (t) => {
  const taken = createSocket("udp4").bind(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const listen = { host: "127.0.0.1", port: taken.address().port };
  const options = {
    views: views([]),
    clock: () => 0,
    onMaster: assert.fail,
    onTarget: assert.fail,
  };
  const settings = { ...SETTINGS, listen };
  await assert.rejects(Snmp.open({ ...options, settings }), /EADDRINUSE/);
  // It is tried again for as long as it takes: each attempt gives its socket back.
  const before = openFiles();
  for (let i = 0; i < 5; i++) await assert.rejects(Snmp.open({ ...options, settings }));
  await setImmediate();
  assert.equal(openFiles(), before);
});

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test("the engine's id is of its name, and as long as it may be", () => {
  assert.match(engineId("a"), /^8000b98380[0-9a-f]{24}$/);
  assert.notEqual(engineId("a"), engineId("b"));
});

function route(network: string, protocol: string): RouteView {
  return {
    network: parsePrefix(network) ?? assert.fail(network),
    type: "unicast",
    protocol,
    source: "BGP",
    since: 0,
    from: undefined,
    primary: true,
    preference: 100,
    nextHops: [],
    attributes: { origin: 0, asPath: [], nextHop: undefined, atomicAggregate: false, unknown: [] },
    handling: PLAIN,
    fib: undefined,
    stale: false,
    reason: undefined,
  };
}

test("paths are shown up to a limit, and read again after half a minute only", async () => {
  let [now, reads, size] = [0, 0, 10];
  const observed = views(EVERYTHING, {
    tableSize: () => ({ routes: size, networks: size }),
    *routes() {
      reads++;
      yield undefined;
      yield route("10.9.0.0/16", "tor-a");
      yield route("10.8.0.0/16", "tor-a");
      yield route("10.8.0.0/16", "tor-a"); // a second path of the same neighbour
      yield route("10.7.0.0/16", "pods");
    },
  });
  const state = new SnmpState(observed, () => now, 10);
  const networks = async (): Promise<string[]> => {
    await state.refresh();
    return state.paths.map(({ row }) => row.prefix.join("."));
  };
  assert.deepEqual(await networks(), ["10.8.0.0", "10.9.0.0"]);
  now = 29_999;
  await Promise.all([networks(), networks()]);
  assert.equal(reads, 1);
  now = 30_000;
  assert.equal((await networks()).length, 2);
  assert.equal(reads, 2);
  [now, size] = [60_000, 11];
  assert.deepEqual(await networks(), []);
  assert.equal(reads, 2, "nobody looks at the routes then");
});

test("two neighbours with one address are one row", async () => {
  const state = new SnmpState(views([peer("a"), peer("b")]), () => 0, 0);
  await state.refresh();
  assert.deepEqual(
    [state.peers4, state.peers].map((rows) => rows.map(({ row }) => row.protocol.name)),
    [["a"], ["a"]],
  );
});

test("one link-local address on two links is two rows, told apart by the interface", async () => {
  const neighbourAddress = address("fe80::1");
  const observed = views(
    [
      peer("tor-b", { neighbourAddress, interface: "eth1" }),
      peer("tor-a", { neighbourAddress, interface: "eth0" }),
      peer("far", { neighbourAddress: address("fd00::1"), interface: "eth1" }),
    ],
    {
      interfaces: () => [
        { name: "eth0", index: 2 },
        { name: "eth1", index: 259 },
      ],
    },
  );
  const state = new SnmpState(observed, () => 0, 0);
  await state.refresh();
  const local = [0xfe, 0x80, ...new Array<number>(13).fill(0), 1];
  const global = [0xfd, ...new Array<number>(14).fill(0), 1];
  assert.deepEqual(
    state.peers.map(({ index, row }) => [row.protocol.name, index]),
    [
      ["far", [1, 2, 16, ...global]],
      ["tor-a", [1, 4, 20, ...local, 0, 0, 0, 2]],
      ["tor-b", [1, 4, 20, ...local, 0, 0, 1, 3]],
    ],
  );
  const told = state.named(new Set(["tor-b"])).get("tor-b") ?? assert.fail();
  const [{ objects }] = notificationsOf(told, true, "both");
  assert.equal(objects[0].oid.slice(-22).join("."), [4, 20, ...local, 0, 0, 1, 3].join("."));
});

test("a long AS path is cut to the column's 255 octets between two AS numbers", async () => {
  const asPath = [
    { type: 2, asns: new Array<number>(100).fill(64_600) },
    { type: 1, asns: new Array<number>(100).fill(64_601) },
  ] as const;
  const observed = views(EVERYTHING, {
    *routes() {
      const { attributes, ...rest } = route("10.9.0.0/16", "tor-a");
      yield { ...rest, attributes: { ...(attributes ?? assert.fail()), asPath } };
    },
  });
  const state = new SnmpState(observed, () => 0, 10_000);
  await state.refresh();
  const paths = bgp4Mib(state).find(({ oid }) => oid.join(".") === "1.3.6.1.2.1.15.6.1");
  assert(paths !== undefined && "columns" in paths);
  const segments = paths.columns.find(({ number }) => number === 5)?.value(paths.rows()[0].row);
  assert(segments instanceof Buffer);
  assert.equal(segments.length, 2 + 200 + 2 + 50);
  assert.deepEqual([...segments.subarray(202, 204)], [1, 25]);
});

test("a notification has the name that was asked for, and of an IPv6 neighbour BGP4V2-MIB's", () => {
  const of = (more: Parameters<typeof peer>[1]) => {
    const protocol = peer("tor", more);
    return { protocol, bgp: protocol.bgp ?? assert.fail(), zone: undefined };
  };
  const names = (...words: Parameters<typeof notificationsOf>): string[] =>
    notificationsOf(...words).map(({ oid }) => oid.slice(4).join("."));
  assert.deepEqual(names(of({}), true, "rfc4273"), ["2.1.15.0.1"]);
  assert.deepEqual(names(of({}), false, "rfc1657"), ["2.1.15.7.2"]);
  assert.deepEqual(names(of({}), false, "both"), ["2.1.15.0.2", "2.1.15.7.2"]);
  const six = of({ neighbourAddress: address("fd00::2") });
  assert.deepEqual(names(six, true, "both"), ["3.5.1.0.1"]);
  assert.deepEqual(names(of({ neighbourAddress: undefined }), true, "both"), []);
  // Established again before it could be told that it was not.
  const [{ objects }] = notificationsOf(of({}), false, "rfc4273");
  assert.equal(objects.at(-1)?.value, 5);
});
