import assert from "node:assert/strict";
import { test } from "node:test";
import { Poller } from "./descriptor.ts";
import { ERRNO, isSystemFault } from "./errno.ts";
import { encodeSocketAddress, readSocketAddress } from "./socket-address.ts";
import type { SystemFault } from "./errno.ts";
import { UdpSocket } from "./udp-socket.ts";
import type { UdpSocketOptions } from "./udp-socket.ts";

const LOOPBACK = {
  ipv4: Uint8Array.from([127, 0, 0, 1]),
  ipv6: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
};

function opened(socket: UdpSocket | SystemFault): UdpSocket {
  if (isSystemFault(socket)) throw new Error(socket.message);
  return socket;
}

/** A socket on a port that was free: the range of RFC 5881 §4, tried from a place of its own. */
function bound(options: Omit<UdpSocketOptions, "local">, address: Uint8Array) {
  for (let port = 49152 + (process.pid % 10_000); ; port++) {
    const socket = UdpSocket.open({ ...options, local: { address, port } });
    if (!isSystemFault(socket)) return { socket, to: { address, port } };
    assert.equal(socket.errno, ERRNO.EADDRINUSE);
  }
}

for (const [name, address] of Object.entries(LOOPBACK)) {
  test(`${name}: the kernel hands over what has the wanted TTL, and drops the rest`, () => {
    const { socket: reader, to } = bound({ onlyTtl: 255 }, address);
    const local = { address, port: 0 };
    const far = opened(UdpSocket.open({ local, ttl: 254 }));
    const near = opened(UdpSocket.open({ local, ttl: 255, trafficClass: 0xc0 }));
    try {
      assert.equal(far.send(Uint8Array.of(1, 2, 3), to), 3);
      assert.equal(near.send(Uint8Array.of(4, 5), to), 2);
      const room = new Uint8Array(16);
      assert.equal(new Poller([reader.fd]).wait(60_000), 1);
      assert.equal(reader.receive(room), 2);
      assert.deepEqual([...room.subarray(0, 2)], [4, 5]);
      assert.deepEqual(reader.sender().address, address);
      assert.equal(reader.receive(room), -ERRNO.EAGAIN);
    } finally {
      for (const socket of [reader, far, near]) socket.close();
    }
  });
}

test("a deaf socket hears nothing, and one with a large buffer holds a crowd", () => {
  const { socket: deaf, to } = bound({ deaf: true }, LOOPBACK.ipv4);
  const { socket: reader, to: crowd } = bound({ receiveBuffer: 1 << 22 }, LOOPBACK.ipv4);
  try {
    const bytes = new Uint8Array(24);
    assert.equal(reader.send(bytes, to), 24);
    for (let i = 0; i < 1000; i++) assert.equal(deaf.send(bytes, crowd), 24);
    assert.equal(deaf.receive(new Uint8Array(32)), -ERRNO.EAGAIN);
    const poller = new Poller([reader.fd]);
    for (let count = 0; count < 1000; count++) {
      assert.equal(poller.wait(60_000), 1, `${count} are there`);
      assert.equal(reader.receive(new Uint8Array(32)), 24);
    }
  } finally {
    deaf.close();
    reader.close();
  }
});

test("an address that is taken, and one that is not this host's, are said so", () => {
  const { socket, to } = bound({}, LOOPBACK.ipv4);
  const again = UdpSocket.open({ local: to });
  socket.close();
  assert.ok(isSystemFault(again));
  assert.equal(again.errno, ERRNO.EADDRINUSE);
  const foreign = UdpSocket.open({ local: { address: Uint8Array.of(192, 0, 2, 77), port: 0 } });
  assert.ok(isSystemFault(foreign));
  assert.equal(foreign.errno, ERRNO.EADDRNOTAVAIL);
});

test("socket addresses are read as they are written", () => {
  const four = { address: Uint8Array.of(10, 0, 0, 77), port: 49152 };
  assert.deepEqual(readSocketAddress(encodeSocketAddress(four)), four);
  const six = { address: LOOPBACK.ipv6, port: 3784, scope: 7 };
  assert.deepEqual(readSocketAddress(encodeSocketAddress(six)), six);
});
