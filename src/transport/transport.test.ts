// The transport against a speaker that only notes what it is told, on loopback.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { connect as netConnect } from "node:net";
import type { Socket } from "node:net";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { parseAddress, Prefix } from "../speaker/index.ts";
import type {
  Acceptance,
  Address,
  ConnectEffect,
  Endpoints,
  EventEffect,
  ListenKey,
  PathChange,
  SpeakerEffect,
} from "../speaker/index.ts";
import { isSystemFault, readTcpOptions } from "../sysdep/index.ts";
import { HIGH_WATER } from "./connection.ts";
import { Transport } from "./transport.ts";
import type { TransportSpeaker } from "./transport.ts";

const LOOPBACK = address("127.0.0.1");
const LOOPBACK6 = address("::1");
const SOCKET = { ttl: 0, minimumTtl: 0, userTimeout: 0 };
const GTSM = { ttl: 255, minimumTtl: 255, userTimeout: 5000 };
const KEY = new TextEncoder().encode("correct horse");

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

/** Notes events, lets a test wait for them, and hands out the effects that it is given. */
class Recorder implements TransportSpeaker {
  readonly log: string[] = [];
  readonly endpoints = new Map<number, Endpoints>();
  readonly received = new Map<number, number[]>();
  /** Connections that had input when a deadline had come. */
  readonly unread = new Set<number>();
  effects: SpeakerEffect[] = [];
  keys: ListenKey[] = [];
  socket = SOCKET;
  isCongested = false;
  deadline = Infinity;
  expirations = 0;
  refuse = false;
  /** What receive() says. */
  leadsToWork = true;
  endsByTimer = true;
  #next = 1000;

  accept(): Acceptance {
    if (this.refuse) return { kind: "refused", why: "unknown" };
    const connection = this.#next++;
    return { kind: "accepted", connection, neighbour: "in", socket: this.socket };
  }
  connected(connection: number, endpoints: Endpoints): void {
    this.endpoints.set(connection, endpoints);
    this.log.push(`connected ${connection}`);
  }
  found(): void {
    // Nobody is unnumbered here.
  }

  notFound(): void {
    // Nor is anybody lost.
  }

  pathChanged(name: string, { isUp }: PathChange): boolean {
    this.log.push(`path to ${name} ${isUp ? "up" : "down"}`);
    return true;
  }
  endpointsChanged(connection: number, endpoints: Endpoints): void {
    this.endpoints.set(connection, endpoints);
    this.log.push(`endpoints ${connection}`);
  }
  connectFailed(connection: number, error: string): void {
    this.log.push(`failed ${connection}: ${error}`);
  }
  disconnected(connection: number, error: string | undefined): void {
    this.log.push(`disconnected ${connection}: ${error ?? "end"}`);
  }
  receive(connection: number, bytes: Uint8Array, start: number, end: number): boolean {
    const all = this.received.get(connection) ?? [];
    for (let i = start; i < end; i++) all.push(bytes[i]);
    this.received.set(connection, all);
    return this.leadsToWork;
  }
  blocked(connection: number): void {
    this.log.push(`blocked ${connection}`);
  }
  progressed(connection: number): void {
    if (!this.log.includes(`progressed ${connection}`)) this.log.push(`progressed ${connection}`);
  }
  stalled(connection: number): void {
    if (!this.log.includes(`stalled ${connection}`)) this.log.push(`stalled ${connection}`);
  }
  flowing(connection: number): void {
    this.log.push(`flowing ${connection}`);
  }
  drained(connection: number): void {
    this.log.push(`drained ${connection}`);
  }
  congested(): boolean {
    return this.isCongested;
  }
  expire(_now: number, unread?: (connection: number) => boolean): boolean {
    for (const id of this.endpoints.keys()) if (unread?.(id)) this.unread.add(id);
    this.deadline = Infinity;
    this.expirations++;
    return this.endsByTimer;
  }
  nextDeadline(): number {
    return this.deadline;
  }
  listenKeys(): ListenKey[] {
    return this.keys;
  }
  take(): SpeakerEffect[] {
    const effects = this.effects;
    this.effects = [];
    return effects;
  }
}

interface Side {
  readonly speaker: Recorder;
  readonly transport: Transport;
  readonly events: EventEffect[];
  /** How often others' work was asked for. */
  slices: number;
}

function side(t: TestContext): Side {
  const speaker = new Recorder();
  const events: EventEffect[] = [];
  const transport = new Transport({
    speaker,
    clock: () => performance.now(),
    localAddresses: (local) => ({ interface: 1, interfaceName: "lo", ipv4: local }),
    onEvent: (event) => events.push(event),
    isConnected: () => true,
    link: () => undefined,
    onPath: () => undefined,
    slice: () => {
      made.slices++;
      return false;
    },
  });
  const made: Side = { speaker, transport, events, slices: 0 };
  t.after(() => transport.close());
  return made;
}

function connectTo(port: number, change: Partial<ConnectEffect> = {}): ConnectEffect {
  return {
    kind: "connect",
    connection: 1,
    neighbour: "out",
    remote: LOOPBACK,
    port,
    socket: SOCKET,
    ...change,
  };
}

function give(to: Side, ...effects: SpeakerEffect[]): void {
  to.speaker.effects.push(...effects);
  to.transport.wake();
}

/** Milliseconds that nothing takes, however busy the machine is. */
const LIMIT = 60_000;

async function until(what: () => boolean, why: string): Promise<void> {
  for (const end = performance.now() + LIMIT; !what(); await sleep(2)) {
    assert.ok(performance.now() < end, `waited in vain: ${why}`);
  }
}

/** Until input waits that the speaker, being congested, has not been given. */
function untilUnread({ speaker, transport }: Side, connection: number): Promise<void> {
  return until(() => {
    speaker.deadline = 0;
    transport.wake();
    return speaker.unread.has(connection);
  }, `input of ${connection}`);
}

function has(to: Side, line: string): () => boolean {
  return () => to.speaker.log.includes(line);
}

async function listen(on: Side, at: Address = LOOPBACK): Promise<number> {
  await on.transport.listen({ addresses: [at], port: 0 });
  return on.transport.listening[0].port;
}

/** Both ends of one connection between two transports; 1 is the id of the connecting end. */
async function pair(t: TestContext, change: Partial<ConnectEffect> = {}): Promise<[Side, Side]> {
  const server = side(t);
  const client = side(t);
  if (change.socket !== undefined) server.speaker.socket = change.socket;
  const port = await listen(server, change.remote);
  give(client, connectTo(port, change));
  await until(has(client, "connected 1"), "client");
  await until(has(server, "connected 1000"), "server");
  return [client, server];
}

function rawClient(t: TestContext, port: number): Socket {
  const socket = netConnect({ host: "127.0.0.1", port });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  return socket;
}

for (const remote of [LOOPBACK, LOOPBACK6]) {
  test(`bytes both ways over ${remote.family === 0 ? "IPv4" : "IPv6"}, with the right ends`, async (t) => {
    const [client, server] = await pair(t, { remote });
    give(client, { kind: "write", connections: [1], bytes: new Uint8Array([1, 2, 3]) });
    give(server, { kind: "write", connections: [1000], bytes: new Uint8Array([4]) });
    await until(() => server.speaker.received.get(1000)?.length === 3, "three bytes");
    await until(() => client.speaker.received.get(1)?.length === 1, "one byte");
    assert.deepEqual(server.speaker.received.get(1000), [1, 2, 3]);
    const [near, far] = [client.speaker.endpoints.get(1), server.speaker.endpoints.get(1000)];
    assert.ok(near && far);
    assert.deepEqual(near.local, far.remote);
    assert.equal(near.localPort, far.remotePort);
    assert.equal(near.interfaceName, "lo");
    assert.deepEqual(far.nextHopSelf[0], far.local);
  });
}

test("MD5 with the same key connects, with another key or none it does not (RFC 2385)", async (t) => {
  const server = side(t);
  server.speaker.keys = [{ peers: new Prefix(0, 0x7f000001, 0, 0, 0, 32), key: KEY }];
  const port = await listen(server);
  const client = side(t);
  give(client, connectTo(port, { connection: 1, key: new Uint8Array([1, 2]) }));
  give(client, connectTo(port, { connection: 2 }));
  // Who sets out later and arrives shows that the two would have arrived.
  for (const connection of [3, 4]) {
    give(client, connectTo(port, { connection, key: KEY }));
    await until(has(client, `connected ${connection}`), "right key");
  }
  assert.deepEqual(client.speaker.log, ["connected 3", "connected 4"]);
});

test("keys of ranges are added, changed and taken away while it listens", async (t) => {
  const server = side(t);
  const port = await listen(server);
  const client = side(t);
  const range = new Prefix(0, 0x7f000000, 0, 0, 0, 8);
  server.speaker.keys = [{ peers: range, key: KEY }];
  server.transport.updateKeys();
  give(client, connectTo(port, { connection: 1, key: KEY, local: address("127.9.9.9") }));
  await until(has(client, "connected 1"), "key of a range");
  server.speaker.keys = [{ peers: range, key: new Uint8Array([7]) }];
  server.transport.updateKeys();
  give(client, connectTo(port, { connection: 2, key: new Uint8Array([7]) }));
  await until(has(client, "connected 2"), "changed key");
  server.speaker.keys = [];
  server.transport.updateKeys();
  give(client, connectTo(port, { connection: 3 }));
  await until(has(client, "connected 3"), "no key any more");
});

test("GTSM on both ends connects; data with a lower TTL never arrives (RFC 5082)", async (t) => {
  const [client, server] = await pair(t, { socket: GTSM });
  give(client, { kind: "write", connections: [1], bytes: new Uint8Array([9]) });
  await until(() => server.speaker.received.get(1000)?.length === 1, "TTL 255");
  const low = rawClient(t, server.transport.listening[0].port);
  await until(has(server, "connected 1001"), "somebody");
  const before = dropsForTtl();
  low.write("from far away");
  await until(() => dropsForTtl() > before, "the kernel drops it");
  assert.equal(server.speaker.received.get(1001), undefined);
  give(server, { kind: "close", connection: 1001, linger: false }); // Its FIN would not arrive.
});

/** Packets that the kernel has dropped because of IP_MINTTL. */
function dropsForTtl(): number {
  const lines = readFileSync("/proc/net/netstat", "utf8").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("TcpExt:"));
  return Number(values.split(" ")[names.split(" ").indexOf("TCPMinTTLDrop")]);
}

test("TTL, least TTL and TCP_USER_TIMEOUT are set at both ends of a connection", async (t) => {
  // A value that no other socket of this process has.
  const socket = { ttl: 255, minimumTtl: 254, userTimeout: 8765 };
  await pair(t, { socket });
  const ends = readdirSync("/proc/self/fd")
    .map((fd) => readTcpOptions(Number(fd)))
    .filter((options) => !isSystemFault(options) && options.userTimeout === 8765);
  assert.equal(ends.length, 2);
  for (const end of ends) {
    assert.ok(!isSystemFault(end));
    assert.deepEqual([end.ttl, end.minimumTtl, end.noDelay], [255, 254, true]);
  }
});

test("a refused connection says so in words", async (t) => {
  const client = side(t);
  give(client, connectTo(1));
  await until(() => client.speaker.log.length > 0, "an answer");
  assert.deepEqual(client.speaker.log, ["failed 1: connection refused (ECONNREFUSED)"]);
});

test("a source address that is not ours fails at once, without an exception", async (t) => {
  const client = side(t);
  give(client, connectTo(179, { local: address("192.0.2.1") }));
  await until(() => client.speaker.log.length > 0, "an answer");
  assert.match(client.speaker.log[0], /^failed 1: bind: .*\(EADDRNOTAVAIL\)$/);
});

test("who is refused by the speaker is closed", async (t) => {
  const server = side(t);
  server.speaker.refuse = true;
  const socket = rawClient(t, await listen(server));
  await new Promise((resolve) => socket.once("close", resolve));
  assert.deepEqual(server.speaker.log, []);
});

test("the last words before a close arrive, though there is unread input", async (t) => {
  const server = side(t);
  const socket = rawClient(t, await listen(server));
  await until(has(server, "connected 1000"), "server");
  server.speaker.isCongested = true;
  socket.write(new Uint8Array(300_000));
  await untilUnread(server, 1000);
  const heard: number[] = [];
  socket.on("data", (chunk: Uint8Array) => heard.push(...chunk));
  give(
    server,
    { kind: "write", connections: [1000], bytes: new Uint8Array([6, 4]) },
    { kind: "close", connection: 1000, linger: true },
  );
  await once(socket, "close");
  assert.deepEqual(heard, [6, 4]);
  // The end of a later one is, and that of the first would have been before.
  server.speaker.isCongested = false;
  rawClient(t, server.transport.listening[0].port).end();
  await until(has(server, "disconnected 1001: end"), "the later one");
  const later = ["connected 1001", "disconnected 1001: end"];
  assert.deepEqual(server.speaker.log, ["connected 1000", ...later], "its own is not reported");
});

test("a connection that is dead before it is accepted has no address, and is nobody's", async (t) => {
  const server = side(t);
  const port = await listen(server);
  // This event loop stands still meanwhile: the kernel completes the handshake, and takes the reset.
  const script = `const s = net.connect(${port}, "127.0.0.1", () => s.resetAndDestroy())`;
  const { status } = spawnSync(process.execPath, ["-e", script]);
  assert.equal(status, 0);
  rawClient(t, port);
  await until(has(server, "connected 1000"), "the next one");
  assert.deepEqual(server.speaker.log, ["connected 1000"]);
  assert.deepEqual(server.speaker.endpoints.get(1000)?.remote, LOOPBACK);
});

test("of very many connections closed at once, only some may linger", async (t) => {
  // Lingering ends by a timer, which must not run out before all have been looked at.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const turnsUntil = async (what: () => boolean): Promise<void> => {
    for (const end = performance.now() + LIMIT; !what(); await immediate()) {
      assert.ok(performance.now() < end);
    }
  };
  const server = side(t);
  const port = await listen(server);
  const count = 300;
  let reset = 0;
  const clients = Array.from({ length: count }, () => {
    // It does not close when the server has: the server waits for it.
    const client = netConnect({ host: "127.0.0.1", port, allowHalfOpen: true });
    client.on("error", () => reset++);
    t.after(() => client.destroy());
    return client;
  });
  await turnsUntil(has(server, `connected ${1000 + count - 1}`));
  const ids = clients.map((_, index) => 1000 + index);
  give(server, ...ids.map((connection) => ({ kind: "close", connection, linger: true }) as const));
  // The first word to one that is closed is answered with a reset, the next one fails.
  const speak = (): void => clients.forEach((client) => client.write(Uint8Array.of(1)));
  await turnsUntil(() => (speak(), reset >= count - 256));
  // Whoever comes later is heard: so would be the resets of those who have spoken before.
  for (let next = 0; next < 2; next++) {
    speak();
    rawClient(t, port);
    await turnsUntil(has(server, `connected ${1000 + count + next}`));
  }
  assert.equal(reset, count - 256, "the others may still speak");
  t.mock.timers.tick(10_000);
  await turnsUntil(() => (speak(), reset >= count));
});

test("closing does not wait for what has ended, though its input is not read", async (t) => {
  const server = side(t);
  const socket = rawClient(t, await listen(server));
  await until(has(server, "connected 1000"), "server");
  server.speaker.isCongested = true;
  socket.write(new Uint8Array([1, 2, 3]));
  await untilUnread(server, 1000);
  socket.resetAndDestroy();
  await once(socket, "close");
  await server.transport.close();
});

test("input before a reset is fed before the reset is reported", async (t) => {
  const server = side(t);
  const socket = rawClient(t, await listen(server));
  await until(has(server, "connected 1000"), "server");
  server.speaker.isCongested = true;
  socket.write(new Uint8Array([1, 2, 3]));
  await untilUnread(server, 1000);
  socket.resetAndDestroy();
  await once(socket, "close");
  assert.deepEqual(server.speaker.log, ["connected 1000"]);
  server.speaker.isCongested = false;
  server.transport.wake();
  await until(() => server.speaker.log.length === 2, "the end");
  assert.deepEqual(server.speaker.received.get(1000), [1, 2, 3]);
  assert.match(server.speaker.log[1], /^disconnected 1000/);
});

test("a peer that does not read blocks its connection alone, and drains it later", async (t) => {
  const server = side(t);
  const port = await listen(server);
  const slow = rawClient(t, port);
  await until(has(server, "connected 1000"), "slow");
  const fast = rawClient(t, port);
  await until(has(server, "connected 1001"), "fast");
  slow.pause();
  let heard = 0;
  fast.on("data", (chunk: Uint8Array) => (heard += chunk.length));
  const bytes = new Uint8Array(HIGH_WATER);
  let sent = 0;
  while (!server.speaker.log.includes("blocked 1000")) {
    give(server, { kind: "write", connections: [1000, 1001], bytes });
    sent += bytes.length;
    await until(() => heard === sent, "the fast one keeps up");
    assert.ok(sent < 64 * HIGH_WATER);
  }
  assert.ok(!server.speaker.log.includes("drained 1000"));
  let late = 0;
  slow.on("data", (chunk: Uint8Array) => (late += chunk.length));
  slow.resume();
  await until(has(server, "drained 1000"), "drained");
  assert.ok(
    server.speaker.log.indexOf("progressed 1000") < server.speaker.log.indexOf("drained 1000"),
  );
  await until(() => late === sent, "everything arrives, in spite of the delay");
});

test("few bytes that the kernel does not take are told too, long before a connection is blocked", async (t) => {
  const server = side(t);
  const slow = rawClient(t, await listen(server));
  await until(has(server, "connected 1000"), "server");
  slow.pause();
  const bytes = new Uint8Array(1 << 15);
  let sent = 0;
  for (; !server.speaker.log.includes("stalled 1000"); sent += bytes.length) {
    assert.ok(sent < 64 * HIGH_WATER);
    give(server, { kind: "write", connections: [1000], bytes });
    await until(() => server.speaker.effects.length === 0, "written");
  }
  assert.ok(!server.speaker.log.includes("blocked 1000"));
  let heard = 0;
  slow.on("data", (chunk: Uint8Array) => (heard += chunk.length));
  slow.resume();
  await until(has(server, "flowing 1000"), "the kernel takes the rest");
  await until(() => heard === sent, "everything arrives");
});

test("while the speaker is congested TCP holds the peer back", async (t) => {
  const server = side(t);
  server.speaker.isCongested = true;
  const socket = rawClient(t, await listen(server));
  await until(has(server, "connected 1000"), "server");
  const total = 8 << 20;
  let isFlushed = false;
  socket.write(new Uint8Array(total), () => (isFlushed = true));
  await untilUnread(server, 1000);
  // Nothing shows that nothing more will come; what came too early would mostly be here by then.
  await sleep(100);
  assert.equal(isFlushed, false, "the kernel's buffers are full");
  assert.equal(server.speaker.received.get(1000), undefined);
  server.speaker.isCongested = false;
  server.transport.wake();
  await until(() => server.speaker.received.get(1000)?.length === total, "all of it");
});

test("timers that are due while bytes wait are told whose", async (t) => {
  const server = side(t);
  server.speaker.isCongested = true;
  const port = await listen(server);
  const talker = rawClient(t, port);
  await until(has(server, "connected 1000"), "one");
  rawClient(t, port);
  await until(has(server, "connected 1001"), "the other");
  talker.write(Uint8Array.of(1));
  await untilUnread(server, 1000);
  assert.deepEqual([...server.speaker.unread], [1000]);
});

test("what leads to no work, like a KEEPALIVE that came or was due, has nobody look for some", async (t) => {
  const [client, server] = await pair(t);
  const { speaker, transport } = server;
  const hear = async (byte: number): Promise<void> => {
    const bytes = Uint8Array.of(byte);
    give(client, { kind: "write", connections: [1], bytes });
    await until(() => speaker.received.get(1000)?.at(-1) === byte, "a byte");
    await new Promise(setImmediate); // The turn in which it was read is over.
  };
  await hear(1);
  const before = server.slices;
  speaker.leadsToWork = false;
  await hear(2);
  await hear(3);
  assert.equal(server.slices, before);
  speaker.leadsToWork = true;
  await hear(4);
  assert.equal(server.slices, before + 1, "an UPDATE, say");
  transport.wake();
  await until(() => server.slices === before + 2, "somebody made work");
  speaker.leadsToWork = false;
  speaker.endsByTimer = false;
  speaker.deadline = 0;
  await hear(5);
  assert.equal(speaker.deadline, Infinity);
  assert.equal(server.slices, before + 2, "a KEEPALIVE was due");
  const expire = async (): Promise<void> => {
    const { expirations } = speaker;
    speaker.deadline = performance.now() + 5;
    await hear(6); // The turn in which the timer is set; or it is late, and this is its own.
    await until(() => speaker.expirations > expirations, "the timer");
    await new Promise(setImmediate);
  };
  await expire();
  assert.equal(server.slices, before + 2, "one was due, and nothing else happened");
  speaker.endsByTimer = true;
  await expire();
  assert.equal(server.slices, before + 3, "a session has ended by its timer");
});

test("changed addresses are told for every connection that is up", async (t) => {
  const [client] = await pair(t);
  client.speaker.endpoints.clear();
  client.transport.addressesChanged();
  assert.equal(client.speaker.log.at(-1), "endpoints 1");
  assert.deepEqual(client.speaker.endpoints.get(1)?.remote, LOOPBACK);
});

test("one timer serves the speaker's next deadline", async (t) => {
  const one = side(t);
  const start = performance.now();
  one.speaker.deadline = start + 40;
  one.transport.wake();
  await until(() => one.speaker.expirations === 1, "the deadline");
  assert.ok(performance.now() - start >= 39);
});

test("listening addresses are changed as a difference; a failure leaves the old ones", async (t) => {
  const server = side(t);
  const port = await listen(server);
  const taken = side(t);
  await assert.rejects(
    taken.transport.listen({ addresses: [LOOPBACK6, LOOPBACK], port }),
    /^Error: listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/,
  );
  assert.deepEqual(taken.transport.listening, []);
  await server.transport.listen({ addresses: [LOOPBACK6, LOOPBACK], port: 0 });
  const kept = server.transport.listening.find(({ address: at }) => at.family === 0);
  assert.equal(kept?.port, port);
  await server.transport.listen({ addresses: [LOOPBACK6], port: 0 });
  assert.equal(server.transport.listening.length, 1);
});

test("while connections last, listening moves from all addresses to one and back", async (t) => {
  const any = address("0.0.0.0");
  const [client, server] = await pair(t);
  const port = await freePort(t);
  await server.transport.listen({ addresses: [any], port });
  give(client, connectTo(port, { connection: 2 }));
  await until(has(client, "connected 2"), "over 0.0.0.0");
  await server.transport.listen({ addresses: [LOOPBACK], port });
  assert.deepEqual(server.transport.listening, [{ address: LOOPBACK, port }]);
  await server.transport.listen({ addresses: [any, any], port });
  assert.deepEqual(server.transport.listening, [{ address: any, port }]);
  assert.deepEqual(client.speaker.log, ["connected 1", "connected 2"], "they are still up");
});

test("a failed change of addresses brings the old ones back", async (t) => {
  const server = side(t);
  const port = await listen(server);
  await assert.rejects(server.transport.listen({ addresses: [address("192.0.2.1")], port }));
  await server.transport.listen({ addresses: [LOOPBACK], port: await freePort(t) });
  const before = server.transport.listening;
  await assert.rejects(server.transport.listen({ addresses: [address("192.0.2.1")], port }));
  assert.deepEqual(server.transport.listening, before);
  rawClient(t, before[0].port);
  await until(has(server, "connected 1000"), "it listens again");
});

/** A port that nobody listens on. */
async function freePort(t: TestContext): Promise<number> {
  const other = side(t);
  const port = await listen(other);
  await other.transport.close();
  return port;
}
