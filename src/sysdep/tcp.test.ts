/** TCP sockets with MD5, GTSM and the like, between two ends on a loopback of their own. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { Server, Socket } from "node:net";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";
import { promisify } from "node:util";
import { isSystemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import { closeDescriptor } from "./descriptor.ts";
import {
  descriptorOf,
  openTcpSocket,
  readTcpOptions,
  setMd5Keys,
  setTcpOptions,
} from "./tcp-socket.ts";
import type { TcpSocketOptions } from "./tcp-socket.ts";

const NOT_ROOT = process.getuid?.() !== 0 ? "needs root, for a network namespace" : false;
const V4 = Uint8Array.from([127, 0, 0, 1]);
const V6 = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
const ANY = new Uint8Array(4);
const PORT = 1179;
const key = (text: string): Uint8Array => new TextEncoder().encode(text);

function good<T>(value: T | SystemFault): T {
  assert.ok(!isSystemFault(value), isSystemFault(value) ? value.message : "");
  return value;
}

async function listen(options: Partial<TcpSocketOptions> = {}): Promise<Server> {
  const fd = good(openTcpSocket({ local: { address: V4, port: PORT }, ...options }));
  const server = new Server().listen({ fd });
  await once(server, "listening");
  return server;
}

async function connect(host: string, options: TcpSocketOptions): Promise<Socket> {
  const socket = new Socket({ fd: good(openTcpSocket(options)) });
  socket.connect({ host, port: PORT });
  await once(socket, "connect");
  return socket;
}

/** Waits until the kernel has dropped a SYN because of its key or its TTL. */
async function isDropped(host: string, options: TcpSocketOptions): Promise<void> {
  const before = drops();
  const socket = new Socket({ fd: good(openTcpSocket(options)) });
  socket.on("connect", () => assert.fail("it got through"));
  socket.connect({ host, port: PORT });
  while (drops() === before) await immediate();
  socket.destroy();
}

/** Segments that this namespace has dropped for a key or a TTL. */
function drops(): number {
  const lines = readFileSync("/proc/net/netstat", "utf8").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("TcpExt:"));
  const counts = values.split(" ").map(Number);
  return names
    .split(" ")
    .map((name, i) => (/^TCPMD5|^TCPMinTTLDrop$/.test(name) ? counts[i] : 0))
    .reduce((sum, count) => sum + count, 0);
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  "MD5 for one neighbour: only the right key gets through": async () => {
    const server = await listen({ md5: [{ address: V4, key: key("secret") }] });
    const accepted = once(server, "connection");
    const local = { address: ANY, port: 0 };
    await isDropped("127.0.0.1", { local });
    const wrong = [{ address: V4, key: key("secrets") }];
    await isDropped("127.0.0.1", { local, md5: wrong });
    const right = [{ address: V4, key: key("secret") }];
    const socket = await connect("127.0.0.1", { local, md5: right });
    const [other] = (await accepted) as [Socket];
    other.write("hello");
    const [data] = (await once(socket, "data")) as [Buffer];
    assert.equal(data.toString(), "hello");
    socket.destroy();
    other.destroy();
    server.close();
  },

  "MD5 for a range, and the key taken away again": async () => {
    const range = { address: Uint8Array.from([127, 0, 0, 0]), prefixLength: 8 };
    const fd = good(openTcpSocket({ local: { address: V4, port: PORT } }));
    assert.equal(setMd5Keys(fd, [{ ...range, key: key("secret") }]), undefined);
    const server = new Server().listen({ fd });
    await once(server, "listening");
    const local = { address: Uint8Array.from([127, 0, 0, 9]), port: 0 };
    const md5 = [{ address: V4, key: key("secret") }];
    await isDropped("127.0.0.1", { local });
    const socket = await connect("127.0.0.1", { local, md5 });
    assert.equal(socket.localAddress, "127.0.0.9");
    socket.destroy();
    assert.equal(setMd5Keys(fd, [{ ...range, key: new Uint8Array(0) }]), undefined);
    const plain = await connect("127.0.0.1", { local });
    plain.destroy();
    server.close();
  },

  "GTSM: a neighbour that is further away does not get through (RFC 5082)": async () => {
    for (const [address, host, any] of [
      [V4, "127.0.0.1", ANY],
      [V6, "::1", new Uint8Array(16)],
    ] as const) {
      const server = await listen({ local: { address, port: PORT }, ttl: 255, minimumTtl: 255 });
      const local = { address: any, port: 0 };
      await isDropped(host, { local, ttl: 64 });
      const socket = await connect(host, { local, ttl: 255, minimumTtl: 255 });
      const state = good(readTcpOptions(descriptorOf(socket)));
      assert.equal(state.ttl, 255);
      assert.equal(state.minimumTtl, 255);
      socket.destroy();
      server.close();
      await once(server, "close");
    }
  },

  "options on a connection that was accepted": async () => {
    const server = await listen();
    const accepted = once(server, "connection");
    const client = await connect("127.0.0.1", { local: { address: ANY, port: 0 } });
    const [socket] = (await accepted) as [Socket];
    const fd = descriptorOf(socket);
    const options = { ttl: 1, noDelay: true, userTimeout: 9000, trafficClass: 0xc0 };
    assert.equal(setTcpOptions(fd, options), undefined);
    const state = good(readTcpOptions(fd));
    assert.deepEqual(
      [state.ttl, state.minimumTtl, state.noDelay, state.userTimeout],
      [1, 0, true, 9000],
    );
    assert.ok(state.maximumSegment > 500);
    client.destroy();
    socket.destroy();
    assert.equal(descriptorOf(socket), -1);
    server.close();
  },

  "both families listen on one port; a device can be named; descriptors are close-on-exec":
    async () => {
      const v4 = await listen({ local: { address: ANY, port: PORT } });
      const v6 = await listen({
        local: { address: new Uint8Array(16), port: PORT },
        device: "lo",
      });
      const local = { address: V4, port: PORT };
      const taken = openTcpSocket({ local, reuseAddress: false });
      assert.ok(isSystemFault(taken));
      assert.equal(taken.message, "bind: address already in use (EADDRINUSE)");
      const nowhere = openTcpSocket({ local, device: "no-such-device" });
      assert.ok(isSystemFault(nowhere));
      assert.equal(nowhere.name, "ENODEV");
      execFileSync("ip", ["link", "add", "fifteen-letters", "type", "veth", "peer", "name", "u1"]);
      const longer = openTcpSocket({ local, device: "fifteen-letters-and-more" });
      assert.ok(isSystemFault(longer), "not the device that the name begins with");
      assert.equal(longer.name, "ENODEV");
      const fd = good(openTcpSocket({ local: { address: V4, port: 0 } }));
      assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"), /flags:\s+02004002/);
      closeDescriptor(fd);
      v4.close();
      v6.close();
    },

  "an IPv6 link-local source needs its scope": async () => {
    execFileSync("ip", ["link", "add", "u0", "type", "veth", "peer", "name", "u1"]);
    execFileSync("ip", ["link", "set", "u0", "up"]);
    execFileSync("ip", ["address", "add", "fe80::5/64", "dev", "u0", "nodad"]);
    const address = Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    const scope = Number(readFileSync("/proc/net/if_inet6", "utf8").match(/5 (\w+) 40 20/)?.[1]);
    const without = openTcpSocket({ local: { address, port: 0 } });
    assert.ok(isSystemFault(without));
    assert.equal(without.name, "EINVAL");
    const fd = good(openTcpSocket({ local: { address, port: 0, scope } }));
    closeDescriptor(fd);
  },
};

test("what the caller gets wrong throws", () => {
  assert.throws(
    () => openTcpSocket({ local: { address: new Uint8Array(5), port: 0 } }),
    RangeError,
  );
  const long = [{ address: V4, key: new Uint8Array(81) }];
  assert.throws(() => setMd5Keys(0, long), RangeError);
});

test("a socket that cannot be set or bound leaves no descriptor behind", () => {
  const open = (): number => readdirSync("/proc/self/fd").length;
  const before = open();
  const elsewhere = { address: Uint8Array.from([192, 0, 2, 1]), port: 0 };
  for (let i = 0; i < 10; i++) {
    assert.ok(isSystemFault(openTcpSocket({ local: elsewhere })));
    assert.ok(isSystemFault(openTcpSocket({ local: { address: ANY, port: 0 }, ttl: 256 })));
    const device = "no-such-device";
    assert.ok(isSystemFault(openTcpSocket({ local: { address: ANY, port: 0 }, device })));
    const long = [{ address: V4, key: new Uint8Array(81) }];
    const wrong = { local: { address: ANY, port: 0 }, md5: long };
    assert.throws(() => openTcpSocket(wrong), RangeError);
  }
  assert.equal(open(), before);
});

test("a descriptor that is no socket is answered", () => {
  const fault = setTcpOptions(0x7fff, { ttl: 1 });
  assert.equal(fault?.name, "EBADF");
  assert.ok(isSystemFault(readTcpOptions(0x7fff)));
});

if (process.argv[2] === "--scenario") {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  await scenarios[process.argv[3]]();
} else {
  const environment = { ...process.env };
  delete environment["NODE_TEST_CONTEXT"];
  for (const name of Object.keys(scenarios)) {
    test(name, { skip: NOT_ROOT, timeout: 300_000 }, async () => {
      const again = ["--net", process.execPath, import.meta.filename, "--scenario", name];
      await promisify(execFile)("unshare", again, { env: environment });
    });
  }
}
