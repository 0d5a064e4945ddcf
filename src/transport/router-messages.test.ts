import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAdvertisement, encodeSolicitation, readRouterMessage } from "./router-messages.ts";

const MAC = Uint8Array.of(0x02, 0x42, 0xac, 0x11, 0x00, 0x02);
const ROUTER = address(0xfe, 0x80);
const NOBODY = address(0, 0);

function address(first: number, second: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[0] = first;
  bytes[1] = second;
  bytes[15] = first === 0 ? 0 : 1;
  return bytes;
}

/** `134 0` and the like: decimal octets. */
function octets(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), Number);
}

const read = (bytes: Uint8Array, sender: Uint8Array) =>
  readRouterMessage(bytes, bytes.length, sender);

// prettier-ignore
const SOLICITATION = octets(`
  133 0 0 0         type, code, checksum (the kernel's)
  0 0 0 0           reserved
  1 1               source link-layer address, 8 octets
  2 66 172 17 0 2`.replaceAll(/[a-z(][^\n]*/g, ""));

// prettier-ignore
const ADVERTISEMENT = octets(`
  134 0 0 0         type, code, checksum
  0 0 0 0           hop limit unspecified; flags: no DHCPv6; router lifetime 0: no default router
  0 0 0 0           reachable time unspecified
  0 0 0 0           retransmission timer unspecified
  1 1               source link-layer address, 8 octets
  2 66 172 17 0 2`.replaceAll(/[a-z(][^\n]*/g, ""));

test("a solicitation, both ways (RFC 4861 §4.1)", () => {
  assert.deepEqual(encodeSolicitation(MAC), SOLICITATION);
  assert.equal(read(SOLICITATION, ROUTER), "solicitation");
  assert.equal(read(SOLICITATION.slice(0, 8), NOBODY), "solicitation", "no address yet");
  assert.equal(read(SOLICITATION, NOBODY), undefined, "§6.1.1: then no link-layer address either");
});

test("an advertisement, both ways (RFC 4861 §4.2)", () => {
  assert.deepEqual(encodeAdvertisement(MAC), ADVERTISEMENT);
  assert.equal(read(ADVERTISEMENT, ROUTER), "advertisement");
  assert.equal(read(ADVERTISEMENT.slice(0, 16), ROUTER), "advertisement", "without an option");
  assert.equal(read(ADVERTISEMENT, address(0xfd, 0)), undefined, "§6.1.2: not link-local");
});

test("an advertisement as a ToR sends it, with prefix and MTU", () => {
  const bytes = octets(`
    134 0 18 52  64 0 0 30  0 0 0 0  0 0 0 0
    3 4 64 192  0 0 7 8  0 0 7 8  0 0 0 0  253 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0
    5 1 0 0  0 0 5 220`);
  assert.equal(read(bytes, ROUTER), "advertisement");
});

test("links without Ethernet addresses have no option", () => {
  assert.equal(encodeAdvertisement(new Uint8Array(0)).length, 16);
  assert.equal(encodeSolicitation(new Uint8Array(20)).length, 8);
});

test("what RFC 4861 §6.1 wants ignored is ignored", () => {
  const other = (at: number, value: number) => ADVERTISEMENT.with(at, value);
  assert.equal(read(other(0, 135), ROUTER), undefined, "another type");
  assert.equal(read(other(1, 1), ROUTER), undefined, "code");
  assert.equal(read(other(17, 0), ROUTER), undefined, "an option of length 0");
  assert.equal(read(other(17, 2), ROUTER), undefined, "an option longer than the message");
  for (let length = 0; length < ADVERTISEMENT.length; length++) {
    const cut = readRouterMessage(ADVERTISEMENT, length, ROUTER);
    assert.equal(cut, length === 16 ? "advertisement" : undefined, `cut at ${length}`);
  }
});

test("no bytes throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom(133, 134, undefined),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (bytes, type, sender) => {
        if (type !== undefined && bytes.length > 1) bytes.set([type, 0]);
        readRouterMessage(bytes, bytes.length, sender);
      },
    ),
  );
});
