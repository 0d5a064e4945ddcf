import assert from "node:assert/strict";
import { test } from "node:test";
import {
  announceAddress,
  encodeArpAnnouncement,
  encodeNeighbourAdvertisement,
} from "./announce.ts";
import { Poller, clearEvent, closeDescriptor, openEvent, signalEvent } from "./descriptor.ts";
import { ERRNO, describeErrno, errnoName, errnoWords, isSystemFault } from "./errno.ts";
import { NetlinkSocket } from "./netlink-socket.ts";
import { encodeSocketAddress } from "./socket-address.ts";

const MAC = Uint8Array.from([2, 0, 0, 0, 0, 1]);
const POD4 = Uint8Array.from([10, 0, 0, 77]);
const POD6 = Uint8Array.from([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77]);

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (pair) => Number.parseInt(pair, 16));
}

test("errors have a name and words, also those that nobody knows", () => {
  assert.equal(describeErrno(ERRNO.EEXIST), "exists already (EEXIST)");
  assert.equal(errnoName(4095), "E4095");
  assert.equal(errnoWords(4095), "error 4095");
});

test("the numbers agree with the running system's", async () => {
  const { constants } = await import("node:os");
  for (const [name, number] of Object.entries(constants.errno)) {
    if (name in ERRNO) assert.equal(ERRNO[name as keyof typeof ERRNO], number, name);
  }
});

test("an ARP announcement (RFC 5227 §2.3)", () => {
  assert.deepEqual(
    encodeArpAnnouncement(MAC, POD4),
    hex(`00 01 08 00 06 04 00 01
         02 00 00 00 00 01 0a 00 00 4d
         00 00 00 00 00 00 0a 00 00 4d`),
  );
});

test("an unsolicited neighbour advertisement (RFC 4861 §4.4)", () => {
  assert.deepEqual(
    encodeNeighbourAdvertisement(MAC, POD6),
    hex(`88 00 00 00 20 00 00 00
         fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 77
         02 01 02 00 00 00 00 01`),
  );
});

test("announcing needs an Ethernet address", () => {
  assert.throws(() => announceAddress(1, new Uint8Array(0), POD4), RangeError);
});

test("socket addresses", () => {
  assert.deepEqual(
    encodeSocketAddress({ address: POD4, port: 179 }),
    hex("02 00 00 b3 0a 00 00 4d 00 00 00 00 00 00 00 00"),
  );
  assert.deepEqual(
    encodeSocketAddress({ address: POD6, port: 179, scope: 3 }),
    hex(`0a 00 00 b3 00 00 00 00
         fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 77
         03 00 00 00`),
  );
});

test("a signal wakes a poll, stays until it is cleared, and several are one", () => {
  const [one, two] = [openEvent(), openEvent()];
  assert.ok(!isSystemFault(one) && !isSystemFault(two));
  const poller = new Poller([one, two]);
  assert.equal(poller.wait(0), 0);
  signalEvent(two);
  signalEvent(two);
  assert.equal(poller.wait(-1), 2);
  assert.equal(poller.wait(-1), 2);
  signalEvent(one);
  assert.equal(poller.wait(-1), 3);
  clearEvent(two);
  assert.equal(poller.wait(-1), 1);
  clearEvent(one);
  assert.equal(poller.wait(0), 0);
  closeDescriptor(one);
  closeDescriptor(two);
  assert.equal(poller.wait(0), 3, "closed descriptors are trouble, not silence");
});

test("a netlink socket asks and is answered", () => {
  const socket = NetlinkSocket.open({ receiveBuffer: 1 << 20 });
  assert.ok(!isSystemFault(socket));
  assert.ok(socket.portId > 0);
  assert.ok(socket.receiveBuffer >= 100_000);
  const bytes = new Uint8Array(65536);
  assert.equal(socket.receive(bytes), -ERRNO.EAGAIN);
  // RTM_GETLINK of interface 1, the loopback.
  const request = hex(`20 00 00 00 12 00 01 00 07 00 00 00 00 00 00 00
                       00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00`);
  assert.equal(socket.send(request, request.length), request.length);
  const length = socket.receive(bytes);
  assert.ok(length > 32);
  assert.deepEqual(bytes.slice(4, 6), hex("10 00"), "RTM_NEWLINK");
  assert.deepEqual(bytes.slice(8, 12), hex("07 00 00 00"), "the request's sequence");
  socket.send(request, request.length);
  assert.equal(socket.receive(new Uint8Array(64)), -ERRNO.EMSGSIZE);
  // A filter that drops everything.
  assert.equal(socket.attachFilter([[6, 0, 0, 0]]), undefined);
  socket.send(request, request.length);
  assert.equal(socket.receive(bytes), -ERRNO.EAGAIN);
  assert.equal(socket.attachFilter([[0xffff, 0, 0, 0]])?.name, "EINVAL");
  socket.close();
  assert.equal(socket.receive(bytes), -ERRNO.EBADF);
  const next = NetlinkSocket.open();
  assert.ok(!isSystemFault(next));
  assert.equal(next.fd, socket.fd, "the number is used again");
  socket.close();
  assert.equal(next.receive(bytes), -ERRNO.EAGAIN, "and is not the first one's to close");
  next.close();
});
