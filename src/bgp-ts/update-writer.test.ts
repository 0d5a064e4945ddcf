import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated, message } from "./annotated.test.ts";
import { encodeAttributes } from "./encode-attributes.ts";
import type { Family } from "./family.ts";
import { frameMessage } from "./frame.ts";
import { NlriCursor } from "./nlri.ts";
import { concat } from "./octets.ts";
import { pathAttributes } from "./path-attributes.ts";
import type { Range } from "./range.ts";
import { UpdateReader, type UpdateContext } from "./update-reader.ts";
import { UpdateWriter } from "./update-writer.ts";

const ATTRIBUTES = encodeAttributes(
  pathAttributes({ asPath: [{ type: 2, asns: [65001] }], med: 100 }),
  { fourOctetAs: true },
);
const IPV4_HOP = annotated("c0a80101");
const IPV6_HOP = annotated("20010db8 00000000 00000000 00000001");

test("IPv4 goes into the NLRI field, NEXT_HOP into its place", () => {
  const writer = new UpdateWriter(4096);
  assert.ok(writer.announce(0, ATTRIBUTES, IPV4_HOP, false));
  writer.add(0xac100100, 0, 0, 0, 24, 0);
  writer.add(0xac100307, 0, 0, 0, 32, 0);
  const expected = message(
    2,
    `0000                    // nothing withdrawn
     001b                    // 27 octets of attributes
     40 01 01 00             // ORIGIN
     40 02 06 02 01 0000fde9 // AS_PATH
     40 03 04 c0a80101       // NEXT_HOP
     80 04 04 00000064       // MULTI_EXIT_DISC
     18 ac1001               // 172.16.1.0/24
     20 ac100307             // 172.16.3.7/32`,
  );
  assert.equal(writer.length, expected.length);
  assert.equal(writer.messages, 1);
  assert.deepEqual(writer.take(), expected);
  assert.deepEqual([writer.length, writer.messages, writer.take().length], [0, 0, 0]);
});

test("IPv6 goes into MP_REACH_NLRI, the first attribute (RFC 7606 §5.1)", () => {
  const writer = new UpdateWriter(4096);
  assert.ok(writer.announce(1, ATTRIBUTES, IPV6_HOP, true));
  writer.add(0x20010db8, 0x00010000, 0, 0, 64, 7);
  const expected = message(
    2,
    `0000                          // nothing withdrawn
     003a                          // 58 octets of attributes
     90 0e 0022                    // MP_REACH_NLRI, 34 octets
       0002 01                     // IPv6 unicast
       10 20010db8 00000000 00000000 00000001
       00                          // reserved
       00000007 40 20010db8 00010000
     40 01 01 00                   // ORIGIN
     40 02 06 02 01 0000fde9       // AS_PATH
     80 04 04 00000064             // MULTI_EXIT_DISC`,
  );
  assert.equal(writer.length, expected.length);
  assert.deepEqual(writer.take(), expected);
});

test("IPv4 with an IPv6 next hop goes into MP_REACH_NLRI (RFC 8950 §3)", () => {
  const writer = new UpdateWriter(4096);
  writer.announce(0, new Uint8Array(0), IPV6_HOP, false);
  writer.add(0x0a000000, 0, 0, 0, 8, 0);
  const expected = `0000 001b 90 0e 0017 0001 01 10
    20010db8 00000000 00000000 00000001 00 08 0a`;
  assert.deepEqual(writer.take(), message(2, expected));
});

test("withdrawals and the End-of-RIB markers, in order", () => {
  const writer = new UpdateWriter(4096);
  writer.withdraw(0, false);
  writer.add(0x0a000000, 0, 0, 0, 8, 0);
  writer.withdraw(1, true);
  writer.add(0x20010db8, 0, 0, 0, 32, 9);
  writer.endOfRib(0);
  writer.endOfRib(1);
  assert.equal(writer.messages, 4);
  const expected = [
    message(2, "0002 08 0a 0000"),
    message(2, "0000 0010 90 0f 000c 0002 01 00000009 20 20010db8"),
    message(2, "0000 0000"),
    message(2, "0000 0007 90 0f 0003 0002 01"),
  ];
  assert.deepEqual(writer.take(), concat(expected));
});

test("what was announced stays announced over endOfRib() and take()", () => {
  const writer = new UpdateWriter(4096);
  writer.withdraw(0, false);
  writer.endOfRib(0);
  writer.add(0x0a000000, 0, 0, 0, 8, 0);
  const first = message(2, "0002 08 0a 0000");
  assert.deepEqual(writer.take(), concat([message(2, "0000 0000"), first]));
  writer.add(0x0a000000, 0, 0, 0, 8, 0);
  assert.deepEqual(writer.take(), first);
});

test("nothing added, nothing written", () => {
  const writer = new UpdateWriter(4096);
  writer.announce(0, ATTRIBUTES, IPV4_HOP, false);
  writer.withdraw(0, false);
  assert.equal(writer.take().length, 0);
  assert.throws(() => new UpdateWriter(4096).add(0, 0, 0, 0, 0, 0));
});

test("attributes that leave no room for a prefix (RFC 8654 §4)", () => {
  const list = (length: number) => {
    const unknown = [{ flags: 0xe0, type: 99, value: new Uint8Array(length) }];
    return encodeAttributes(pathAttributes({ unknown }), { fourOctetAs: true });
  };
  // Header 19, two lengths 4, ORIGIN 4, AS_PATH 3, NEXT_HOP 7, attribute head 4, prefix 5.
  const most = 4096 - 19 - 4 - 4 - 3 - 7 - 4 - 5;
  const writer = new UpdateWriter(4096);
  assert.ok(writer.announce(0, list(most), IPV4_HOP, false));
  writer.add(1, 0, 0, 0, 32, 0);
  writer.add(2, 0, 0, 0, 32, 0);
  assert.equal(writer.messages, 2);
  assert.equal(writer.take().length, 2 * 4096);
  assert.ok(!writer.announce(0, list(most), IPV4_HOP, true), "four octets more");
  assert.ok(!writer.announce(0, list(most + 1), IPV4_HOP, false));
  assert.throws(() => writer.add(1, 0, 0, 0, 32, 0));
  assert.ok(new UpdateWriter(65535).announce(0, list(most + 1), IPV4_HOP, false));
});

interface Case {
  family: Family;
  addPath: boolean;
  withdraw: boolean;
  maximumLength: number;
  count: number;
  length: number;
}

/** Reads all messages back: how many there are, and the prefixes' first words, in order. */
function readBack(bytes: Uint8Array, use: Case): { words: number[]; messages: number } {
  const { family, addPath, withdraw, maximumLength } = use;
  const context: UpdateContext = {
    fourOctetAs: true,
    external: false,
    addPath: [addPath, addPath],
    families: [true, true],
  };
  const reader = new UpdateReader();
  const cursor = new NlriCursor();
  const words: number[] = [];
  let messages = 0;
  for (let at = 0; at < bytes.length; messages++) {
    const frame = frameMessage(bytes, at, bytes.length, maximumLength);
    assert.ok(frame.kind === "message");
    assert.equal(reader.read(bytes, frame.start, frame.end, context), undefined);
    let range: Range | undefined;
    if (family === 0) range = withdraw ? reader.withdrawn : reader.announced;
    else range = withdraw ? reader.mpUnreach?.nlri : reader.mpReach?.nlri;
    assert.ok(range);
    if (!withdraw) {
      const { attributes, faults } = reader.decodeAttributes(family === 0 ? "base" : "mp");
      assert.deepEqual(faults, []);
      assert.equal(attributes.med, 100);
    }
    cursor.reset(bytes, range.start, range.end, family, addPath);
    while (cursor.next()) words.push(cursor.w0);
    at = frame.end;
  }
  return { words, messages };
}

test("many prefixes: all of them, in order, in no more messages than it takes", () => {
  const cases = fc.record({
    family: fc.constantFrom<Family>(0, 1),
    addPath: fc.boolean(),
    withdraw: fc.boolean(),
    maximumLength: fc.constantFrom(4096, 65535),
    count: fc.integer({ min: 1, max: 4000 }),
    length: fc.constantFrom(24, 32),
  });
  fc.assert(
    fc.property(cases, (use) => {
      const writer = new UpdateWriter(use.maximumLength);
      if (use.withdraw) writer.withdraw(use.family, use.addPath);
      else writer.announce(use.family, ATTRIBUTES, use.family ? IPV6_HOP : IPV4_HOP, use.addPath);
      const expected = Array.from({ length: use.count }, (_, i) => (i + 1) << 8);
      for (const word of expected) writer.add(word, 0, 0, 0, use.length, 1);
      const { length, messages } = writer;
      const bytes = writer.take();
      assert.equal(bytes.length, length);
      const back = readBack(bytes, use);
      assert.deepEqual(back.words, expected);
      assert.equal(back.messages, messages);
      const room = use.maximumLength - 100;
      const size = (use.addPath ? 4 : 0) + 1 + use.length / 8;
      assert.ok(messages <= Math.ceil(use.count / Math.floor(room / size)));
    }),
    { numRuns: 60 },
  );
});
