import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AUTHENTICATION, STATE } from "./codes.ts";
import { type ControlPacket, decodePacket, encodePacket } from "./packet.ts";

const PLAIN: ControlPacket = {
  kind: "packet",
  diagnostic: 3,
  state: STATE.UP,
  poll: true,
  final: false,
  controlPlaneIndependent: true,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0x11223344,
  yourDiscriminator: 0xfffffffe,
  desiredMinTx: 300_000,
  requiredMinRx: 50_000,
  requiredMinEchoRx: 0,
  authentication: undefined,
};

// prettier-ignore
const PLAIN_BYTES = Uint8Array.from([
  0x23,                   // version 1, diagnostic 3: neighbour signaled session down
  0xe8,                   // state 3 Up, P, C
  0x03, 0x18,             // detection multiplier, length 24
  0x11, 0x22, 0x33, 0x44, // my discriminator
  0xff, 0xff, 0xff, 0xfe, // your discriminator
  0x00, 0x04, 0x93, 0xe0, // desired min TX: 300 ms
  0x00, 0x00, 0xc3, 0x50, // required min RX: 50 ms
  0x00, 0x00, 0x00, 0x00, // required min echo RX: none
]);

/** With one octet (or more) in another way. */
function altered(offset: number, ...octets: number[]): Uint8Array {
  const bytes = PLAIN_BYTES.slice();
  bytes.set(octets, offset);
  return bytes;
}

function reason(bytes: Uint8Array, length = bytes.length): string {
  const result = decodePacket(bytes, length);
  return result.kind === "discard" ? result.reason : "taken";
}

describe("a Control packet", () => {
  test("is these octets, both ways", () => {
    assert.deepEqual(encodePacket(PLAIN), PLAIN_BYTES);
    assert.deepEqual(decodePacket(PLAIN_BYTES, PLAIN_BYTES.length), PLAIN);
  });

  test("carries a section for SHA1, both ways", () => {
    const section = { type: AUTHENTICATION.METICULOUS_KEYED_SHA1, keyId: 7, sequence: 0x80000001 };
    const packet = { ...PLAIN, poll: false, final: true, authentication: section };
    const bytes = encodePacket(packet);
    assert.equal(bytes.length, 52);
    // Up, F, C, A; then length 52.
    assert.deepEqual([...bytes.subarray(1, 4)], [0xdc, 0x03, 0x34]);
    // Type 5, length 28, key 7, reserved, sequence number; the digest is zeros still.
    assert.deepEqual([...bytes.subarray(24, 32)], [5, 28, 7, 0, 0x80, 0, 0, 1]);
    assert.ok(bytes.subarray(32).every((octet) => octet === 0));
    assert.deepEqual(decodePacket(bytes, bytes.length), packet);
  });

  test("may be followed by octets that do not belong to it", () => {
    const longer = new Uint8Array(40);
    longer.set(PLAIN_BYTES);
    assert.deepEqual(decodePacket(longer, longer.length), PLAIN);
  });

  test("is discarded when RFC 5880 §6.8.6 says so", () => {
    const cases: [string, Uint8Array, number?][] = [
      ["23 octets are less than a packet", PLAIN_BYTES, 23],
      ["version 2, expected 1", altered(0, 0x43)],
      ["its length field says 23, which is too short", altered(3, 23)],
      ["its length field says 25, there are 24 octets", altered(3, 25)],
      ["its length field says 24, which is too short", altered(1, 0xec)],
      ["its detection multiplier is 0", altered(2, 0)],
      ["it has the multipoint bit", altered(1, 0xe9)],
      ["its own discriminator is 0", altered(4, 0, 0, 0, 0)],
      ["it is in a session but names none", altered(8, 0, 0, 0, 0)],
    ];
    for (const [expected, bytes, length] of cases) assert.equal(reason(bytes, length), expected);
    // Down without our discriminator: how every session begins.
    assert.equal(reason(altered(1, 0x40, 3, 24, 1, 2, 3, 4, 0, 0, 0, 0)), "taken");
  });

  test("is discarded with an authentication that is not spoken or has a wrong length", () => {
    const authenticated = (type: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(52);
      bytes.set(altered(1, 0xec, 3, 52));
      bytes.set([type, length, 1], 24);
      return bytes;
    };
    assert.equal(reason(authenticated(4, 28)), "taken");
    assert.equal(reason(authenticated(1, 28)), "its authentication type 1 is not spoken here");
    assert.equal(reason(authenticated(3, 24)), "its authentication type 3 is not spoken here");
    assert.equal(reason(authenticated(4, 27)), "its authentication section has 27 octets");
    const short = authenticated(4, 28);
    short[3] = 26;
    assert.equal(reason(short), "its authentication section has 28 octets");
  });

  test("of any octets throws nothing; what is taken means the same when it is written again", () => {
    const anything = fc.uint8Array({ minLength: 0, maxLength: 60 });
    const nearly = fc.tuple(fc.nat(51), fc.nat(255), fc.nat(60)).map(([offset, octet, length]) => {
      const bytes = new Uint8Array(60);
      bytes.set(altered(1, 0xec, 3, 52));
      bytes.set([4, 28, 1], 24);
      bytes[offset] = octet;
      return bytes.subarray(0, length);
    });
    fc.assert(
      fc.property(fc.oneof(anything, nearly), (bytes) => {
        const packet = decodePacket(bytes, bytes.length);
        if (packet.kind === "discard") return;
        const again = encodePacket(packet);
        assert.deepEqual(decodePacket(again, again.length), packet);
      }),
    );
  });
});
