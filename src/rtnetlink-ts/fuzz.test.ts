/** Every decoder against bytes that no kernel would write: always a value, never a throw, no endless walk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeDone, decodeError } from "./acknowledgement.ts";
import { decodeAddress } from "./address.ts";
import { messageIn } from "./annotated.test.ts";
import { MessageCursor } from "./cursor.ts";
import { IPV4, addressBits } from "./ip.ts";
import type { IpAddress } from "./ip.ts";
import { decodeLink } from "./link.ts";
import { decodeNeighbour } from "./neighbour.ts";
import { decodeNexthop, writeNexthopGroup } from "./nexthop.ts";
import { RouteReader, decodeRoute, writeRoute } from "./route.ts";
import { decodeRule } from "./rule.ts";
import { decodeStats } from "./stats.ts";
import { NetlinkWriter } from "./writer.ts";

const NESTED = 0x8000; // NLA_F_NESTED
const NETWORK_ORDER = 0x4000; // NLA_F_NET_BYTEORDER

/** Header lengths: what the attributes of each begin after. */
const DECODERS = [
  { header: 16, decode: decodeLink },
  { header: 8, decode: decodeAddress },
  { header: 12, decode: decodeNeighbour },
  { header: 12, decode: decodeRoute },
  { header: 8, decode: decodeNexthop },
  { header: 12, decode: decodeRule },
  { header: 12, decode: decodeStats },
] as const;

/** Attributes with types that mean something, of right and wrong lengths; some lie about theirs. */
const attributes = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 31 }),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 18 }),
    ),
    lie: fc.option(fc.integer({ min: 0, max: 0xffff }), { freq: 8 }),
  }),
  { maxLength: 8 },
);

const header = fc.tuple(
  fc.constantFrom(2, 10, 0, 7),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

function messageOf(
  length: number,
  [family, head]: readonly [number, Uint8Array],
  list: readonly { type: number; value: Uint8Array; lie: number | null }[],
  flags = 0,
): Uint8Array {
  const writer = new NetlinkWriter(16);
  writer.begin(24, 0, 1);
  writer.u8(family);
  for (const byte of head.subarray(1, length)) writer.u8(byte);
  for (const { type, value, lie } of list) {
    const mark = writer.length;
    writer.attributeBytes(type | flags, value);
    if (lie !== null) new DataView(writer.bytes.buffer).setUint16(mark, lie, true);
  }
  writer.end();
  return writer.bytes.slice(0, writer.length);
}

test("any attributes, cut anywhere, give a value that can be", () => {
  fc.assert(
    fc.property(header, attributes, fc.nat(), (head, list, cut) => {
      for (const { header: length, decode } of DECODERS) {
        const whole = messageOf(length, head, list);
        for (const end of [whole.length, cut % (whole.length + 1)]) {
          const value: unknown = end < 16 ? undefined : decode(whole.slice(0, end), 16, end);
          assertPossible(value);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** Addresses have words of 32 bits, and none but an IPv6 one has more than one; lengths fit. */
function assertPossible(value: unknown): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const each of Object.values(value)) assertPossible(each);
  if (!isAddress(value)) return;
  const words = [value.w0, value.w1, value.w2, value.w3];
  assert.ok(words.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffffffff));
  if (value.family === IPV4) assert.deepEqual(words.slice(1), [0, 0, 0]);
}

function isAddress(value: object): value is IpAddress {
  return "w3" in value && "family" in value;
}

test("flags in an attribute's type change nothing", () => {
  fc.assert(
    fc.property(header, attributes, fc.constantFrom(NESTED, NETWORK_ORDER), (head, lies, flag) => {
      // With a length that lies, a type could be read as a part of a value.
      const list = lies.map((attribute) => ({ ...attribute, lie: null }));
      for (const { header: length, decode } of DECODERS) {
        const plain = messageOf(length, head, list);
        const flagged = messageOf(length, head, list, flag);
        assert.deepEqual(decode(flagged, 16, flagged.length), decode(plain, 16, plain.length));
      }
    }),
  );
});

test("routes with a destination of another family's length, or with none, are refused", () => {
  const read = (family: number, length: number, destination: number | undefined): boolean => {
    const value = new Uint8Array(destination ?? 0).fill(1);
    const list = destination === undefined ? [] : [{ type: 1, value, lie: null }];
    const bytes = messageOf(
      12,
      [family, Uint8Array.of(0, length, ...new Array<number>(14).fill(0))],
      list,
    );
    return new RouteReader().read(bytes, 16, bytes.length);
  };
  assert.deepEqual([read(2, 24, 4), read(10, 64, 16), read(2, 0, undefined)], [true, true, true]);
  for (const length of [0, 3, 5, 16]) assert.equal(read(2, 24, length), false, `${length} bytes`);
  for (const length of [4, 8, 15, 17]) assert.equal(read(10, 64, length), false, `${length} bytes`);
  assert.equal(read(2, 24, undefined), false);
  assert.equal(read(2, 33, 4), false);
});

test("an address with more bits than its family has is refused", () => {
  for (const family of [0, 1] as const) {
    for (const length of [addressBits(family), addressBits(family) + 1]) {
      const value = new Uint8Array(family === IPV4 ? 4 : 16);
      const head = Uint8Array.of(0, length, ...new Array<number>(14).fill(0));
      const bytes = messageOf(8, [family === IPV4 ? 2 : 10, head], [{ type: 1, value, lie: null }]);
      const address = decodeAddress(bytes, 16, bytes.length);
      assert.equal(address === undefined, length > addressBits(family), `${length}`);
    }
  }
});

test("answers: any bytes, any flags, whatever length the repeated request is said to have", () => {
  const payload = fc.uint8Array({ minLength: 4, maxLength: 80 });
  fc.assert(
    fc.property(payload, fc.nat(0xffff), fc.nat(0xffffffff), (bytes, flags, repeated) => {
      const writer = new NetlinkWriter(16);
      writer.begin(2, flags, 1);
      for (const byte of bytes) writer.u8(byte);
      writer.end();
      if (bytes.length >= 8) new DataView(writer.bytes.buffer).setUint32(20, repeated, true);
      const cursor = messageIn(writer.bytes.slice(0, writer.length));
      for (const answer of [decodeError(cursor), decodeDone(cursor)]) {
        if (answer === undefined) continue;
        assert.ok(Number.isInteger(answer.errno) && Number.isInteger(answer.sequence));
      }
    }),
    { numRuns: 1000 },
  );
});

test("what lies before a repeated request is not taken for the kernel's words", () => {
  // 2^32 - 12 bytes after the error's number stands the header's own sequence number, which reads as
  // an attribute here.
  const writer = new NetlinkWriter();
  writer.begin(2, 0x200, 0x0001_0008);
  writer.u32(-22 >>> 0);
  writer.u32(0xfffffff4);
  for (let i = 0; i < 3; i++) writer.u32(7);
  writer.end();
  const answer = decodeError(messageIn(writer.bytes.slice(0, writer.length)));
  assert.deepEqual(answer, { errno: 22, sequence: 7 });
});

test("groups keep their weights, also those of 16 bits; one too large for an attribute throws", () => {
  const group = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: i + 1, weight: 1 + ((i * 257) % 65536) }));
  const writer = new NetlinkWriter(64);
  const members = group(8191); // 65528 bytes and the header: the most that 16 bits can say
  writeNexthopGroup(writer, 0, 1, { id: 9, protocol: 186, members });
  const cursor = new MessageCursor().reset(writer.bytes, writer.length);
  assert.ok(cursor.next() && !cursor.malformed);
  const read = decodeNexthop(cursor.bytes, cursor.start, cursor.end)?.members ?? [];
  assert.equal(read.length, members.length);
  assert.ok(read.every(({ id, weight }, i) => id === i + 1 && weight === members[i].weight));
  const tooMany = { id: 9, protocol: 186, members: group(8192) };
  assert.throws(() => writeNexthopGroup(new NetlinkWriter(), 0, 1, tooMany), RangeError);
  const large = new NetlinkWriter();
  large.begin(24, 0, 1);
  assert.throws(() => large.attributeBytes(1, new Uint8Array(65532)), RangeError);
});

test("routes over any next hops are read back as they were written", () => {
  const word = fc.nat(0xffffffff);
  const hop = fc.record({
    interface: fc.integer({ min: 1, max: 0x7fffffff }),
    onlink: fc.boolean(),
    weight: fc.integer({ min: 1, max: 256 }),
    six: fc.boolean(),
    words: fc.tuple(word, word, word, word),
  });
  fc.assert(
    fc.property(fc.boolean(), fc.array(hop, { minLength: 1, maxLength: 40 }), (four, list) => {
      const hops = list.map(({ interface: index, onlink, weight, six, words }) => {
        const [w0, w1, w2, w3] = words;
        const gateway: IpAddress =
          four && !six ? { family: 0, w0, w1: 0, w2: 0, w3: 0 } : { family: 1, w0, w1, w2, w3 };
        return { interface: index, onlink, weight: list.length === 1 ? 1 : weight, gateway };
      });
      const destination: IpAddress = { family: four ? 0 : 1, w0: 7, w1: 0, w2: 0, w3: 0 };
      const writer = new NetlinkWriter(16);
      const template = { kind: "new", flags: 0, protocol: 186 } as const;
      const route = { destination, length: 32, type: 1, metric: 32, table: 1000, hops };
      writeRoute(writer, template, 1, route);
      const bytes = writer.bytes.slice(0, writer.length);
      const read = decodeRoute(bytes, 16, bytes.length);
      assert.deepEqual(
        read?.hops.map(({ flags: _, ...rest }) => rest),
        hops,
      );
    }),
  );
});
