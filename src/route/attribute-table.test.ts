import assert from "node:assert/strict";
import { test } from "node:test";
import { type AsPathSegment, type UpdateContext, UpdateReader, pathAttributes } from "bgp-ts";
import fc from "fast-check";
import { AttributeTable, IPV4, IPV6, NextHopTable, TRAIT } from "./index.ts";

const CONTEXT = {
  fourOctetAs: true,
  external: false,
  addPath: [false, false],
  families: [true, true],
} as const;

const EXTERNAL = { ...CONTEXT, external: true };
const TWO_OCTET = { ...CONTEXT, fourOctetAs: false };

const ORIGIN = [0x40, 1, 1, 0]; // IGP
const AS_PATH = [0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9]; // sequence of one: 65001
const AS_PATH_2 = [0x40, 2, 4, 2, 1, 0xfd, 0xe9]; // the same in two octets
const NEXT_HOP = [0x40, 3, 4, 192, 168, 1, 1];
const LOCAL_PREF = [0x40, 5, 4, 0, 0, 0, 200];
const NO_EXPORT = [0xc0, 8, 4, 0xff, 0xff, 0xff, 0x01];
const BAD_MED = [0x80, 4, 3, 0, 0, 0]; // three octets: RFC 7606 §7.4, treat-as-withdraw
const BAD_ATOMIC = [0x40, 6, 1, 0]; // one octet: RFC 7606 §7.6, attribute-discard
const PREFIX = [24, 10, 0, 0]; // 10.0.0.0/24

/** An UPDATE with these attributes and one IPv4 prefix, behind 19 octets of header. */
function update(...attributes: number[][]): Uint8Array {
  const list = attributes.flat();
  const head = new Array<number>(19).fill(255);
  return Uint8Array.of(...head, 0, 0, list.length >> 8, list.length & 255, ...list, ...PREFIX);
}

function fixture(options: { maximum?: number } = {}): {
  table: AttributeTable;
  intern: (bytes: Uint8Array, context?: UpdateContext, scope?: number) => number;
  decodings: () => number;
} {
  const table = new AttributeTable(new NextHopTable(), 2, 0, options.maximum);
  const reader = new UpdateReader();
  let decodings = 0;
  const decode = reader.decodeAttributes.bind(reader);
  reader.decodeAttributes = (section) => {
    decodings++;
    return decode(section);
  };
  return {
    table,
    intern(bytes, context = CONTEXT, scope = 0) {
      assert.equal(reader.read(bytes, 19, bytes.length, context), undefined);
      const section = reader.mpReach === undefined ? "base" : "mp";
      return table.internUpdate(reader, section, scope);
    },
    decodings: () => decodings,
  };
}

test("a header is decoded once; its copies cost no decoding", () => {
  const { table, intern, decodings } = fixture();
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF, NO_EXPORT));
  assert.ok(id > 0);
  for (let i = 0; i < 5; i++) {
    assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF, NO_EXPORT)), id);
  }
  assert.equal(decodings(), 1);
  assert.equal(table.size, 1);
  assert.equal(table.localPref(id), 200);
  assert.equal(table.med(id), -1);
  assert.equal(table.neighbourAs(id), 65001);
  assert.equal(table.asPathLength(id), 1);
  assert.equal(table.traits(id), TRAIT.NO_EXPORT);
  assert.equal(table.nextHops.get(table.nextHop(id)).address.w0, 0xc0a80101);
  // Without NEXT_HOP, in order of type.
  const encoded = Uint8Array.of(...ORIGIN, ...AS_PATH, ...LOCAL_PREF, ...NO_EXPORT);
  assert.deepEqual(new Uint8Array(table.encoded(id)), encoded);
  const via = { family: IPV4, w0: 0xc0a80101, w1: 0, w2: 0, w3: 0, linkLocal: undefined };
  assert.deepEqual(table.get(id).nextHop, via);
});

test("other forms of the same set get the same id and are each decoded once", () => {
  const { table, intern, decodings } = fixture();
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP));
  for (let i = 0; i < 3; i++) {
    assert.equal(intern(update(NEXT_HOP, AS_PATH, ORIGIN)), id);
    assert.equal(intern(update(ORIGIN, AS_PATH_2, NEXT_HOP), TWO_OCTET), id);
    // Flags with the extended-length bit and a length of two octets.
    assert.equal(intern(update([0x50, 1, 0, 1, 0], AS_PATH, NEXT_HOP)), id);
  }
  assert.equal(decodings(), 4);
  assert.equal(table.size, 1);
});

test("a set in its canonical encoding is known by that, whoever's section it comes in", () => {
  const { table, intern, decodings } = fixture();
  const reach = [0x80, 14, 13, 0, 1, 1, 4, 192, 168, 1, 1, 0, 24, 10, 0, 0];
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP, NO_EXPORT));
  assert.equal(intern(update(ORIGIN, AS_PATH, NO_EXPORT, reach)), id);
  assert.equal(decodings(), 1);
  // From another AS the octets have to prove themselves once more.
  assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, NO_EXPORT), EXTERNAL), id);
  assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, NO_EXPORT), EXTERNAL), id);
  assert.equal(decodings(), 2);
  assert.notEqual(intern(update(ORIGIN, AS_PATH, [0x40, 3, 4, 192, 168, 1, 2], NO_EXPORT)), id);
  // What was made of it here is not what came in.
  table.release(id, 0);
  assert.equal(table.intern(pathAttributes({ asPath: [{ type: 2, asns: [65001] }] })), id);
  assert.notEqual(intern(update(ORIGIN, AS_PATH, NEXT_HOP)), id);
});

test("a set that has just come in is the same as when it is decoded later", () => {
  const { table, intern } = fixture();
  const messages = [
    update(NEXT_HOP, AS_PATH, ORIGIN, BAD_ATOMIC, NO_EXPORT),
    update(ORIGIN, AS_PATH_2, NEXT_HOP, [0xe0, 99, 1, 7], [0xc0, 98, 1, 7]),
  ];
  const [one, other] = messages.map((bytes, i) => {
    const id = intern(bytes, i === 0 ? EXTERNAL : TWO_OCTET);
    table.hold(id);
    return { id, early: table.get(id) };
  });
  // Each has been pushed out by what came after it.
  intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF));
  for (const { id, early } of [one, other]) {
    const later = table.get(id);
    assert.notEqual(later, early);
    assert.deepEqual(later, early);
  }
});

test("the id of a set that has just come in and is gone again is the next one's", () => {
  const { table, intern } = fixture();
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF));
  table.sweep();
  assert.equal(table.intern(pathAttributes({ med: 7 })), id);
  assert.equal(table.get(id).med, 7);
});

test("the same bytes under another context are not the same set", () => {
  const { table, intern } = fixture();
  const internal = intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF));
  const external = intern(update(ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF), EXTERNAL);
  assert.notEqual(internal, external);
  // RFC 7606 §7.5: from an external neighbour, LOCAL_PREF is discarded.
  assert.equal(table.localPref(external), -1);
  assert.equal(table.localPref(internal), 200);
});

test("what RFC 7606 discards is reported when the header is first seen", () => {
  const { table, intern } = fixture();
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP, BAD_ATOMIC));
  assert.ok(id > 0);
  assert.deepEqual(
    table.lastFaults.map((fault) => fault.treatment),
    ["attribute-discard"],
  );
  assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, BAD_ATOMIC)), id);
  assert.deepEqual(table.lastFaults, []);
  assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP)), id);
});

test("attributes to be treated as a withdrawal have no id, each time", () => {
  const { table, intern } = fixture();
  for (let i = 0; i < 2; i++) {
    assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, BAD_MED)), 0);
    assert.ok(table.lastFaults.some((fault) => fault.treatment === "treat-as-withdraw"));
  }
  assert.equal(table.size, 0);
});

test("a link-local next hop belongs to its link, a header on two links to two sets", () => {
  const { table, intern } = fixture();
  const address = [0xfe, 0x80, ...new Array<number>(13).fill(0), 1];
  // MP_REACH_NLRI: AFI 2, SAFI 1, 16 octets of next hop, one reserved, 2001:db8::/32.
  const value = [0, 2, 1, 16, ...address, 0, 32, 0x20, 0x01, 0x0d, 0xb8];
  const list = [...ORIGIN, ...AS_PATH, ...LOCAL_PREF, 0x80, 14, value.length, ...value];
  const head = new Array<number>(19).fill(255);
  const bytes = Uint8Array.of(...head, 0, 0, 0, list.length, ...list);
  const onTwo = intern(bytes, CONTEXT, 2);
  const onThree = intern(bytes, CONTEXT, 3);
  assert.notEqual(onTwo, onThree);
  assert.equal(table.nextHops.get(table.nextHop(onThree)).interface, 3);
  assert.equal(table.get(onTwo).nextHop?.family, IPV6);
});

test("what has grown too long to be written has no id", () => {
  const table = new AttributeTable(new NextHopTable());
  const path = (count: number): AsPathSegment[] => [
    { type: 2, asns: new Array<number>(count).fill(1) },
  ];
  const longest = table.intern(pathAttributes({ asPath: path(8175) }));
  assert.ok(longest > 0);
  assert.equal(table.get(longest).asPath.flatMap(({ asns }) => asns).length, 8175);
  assert.equal(table.intern(pathAttributes({ asPath: path(8176) })), 0);
  const list = new Array<number>(8192).fill(1);
  assert.equal(table.intern(pathAttributes({ communities: list })), 0);
  assert.equal(table.intern(pathAttributes({ clusterList: list })), 0);
  const pairs = Array.from({ length: 4096 }, (_, i) => [0x20001, i] as const);
  assert.equal(table.intern(pathAttributes({ extendedCommunities: pairs })), 0);
  const triples = Array.from({ length: 2731 }, (_, i) => [1, 2, i] as const);
  assert.equal(table.intern(pathAttributes({ largeCommunities: triples })), 0);
  assert.equal(table.size, 1);
});

test("the longest list of communities of each kind can be read again", () => {
  const table = new AttributeTable(new NextHopTable());
  const longest = {
    communities: Array.from({ length: 8191 }, (_, i) => i),
    extendedCommunities: Array.from({ length: 4095 }, (_, i) => [0x20001, i] as const),
    largeCommunities: Array.from({ length: 2730 }, (_, i) => [1, 2, i] as const),
  };
  const id = table.intern(pathAttributes(longest));
  assert.ok(id > 0);
  const read = table.get(id);
  assert.equal(read.communities?.length, 8191);
  assert.equal(read.extendedCommunities?.length, 4095);
  assert.equal(read.largeCommunities?.length, 2730);
});

test("a set lives until its last holder lets go; then its id and its next hop's are free", () => {
  const { table, intern, decodings } = fixture();
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP));
  const generation = table.generation(id);
  assert.equal(table.get(id).asPath.length, 1);
  table.hold(id, 3);
  table.release(id, 2);
  assert.ok(table.has(id));
  table.release(id);
  assert.ok(!table.has(id));
  assert.notEqual(table.generation(id), generation);
  assert.equal(table.nextHops.size, 0);
  assert.throws(() => table.encoded(id), /does not exist/);
  assert.throws(() => table.release(id), /more often than held/);
  assert.throws(() => table.hold(id), /does not exist/);
  // The id again, with other content: neither an old form nor a cached value answers for it.
  assert.equal(intern(update(ORIGIN, [0x40, 2, 0], NEXT_HOP)), id);
  assert.deepEqual(table.get(id).asPath, []);
  assert.notEqual(intern(update(ORIGIN, AS_PATH, NEXT_HOP)), id);
  assert.equal(decodings(), 3);
});

test("sweep frees what was made and never held, and nothing else", () => {
  const { table, intern } = fixture();
  const held = intern(update(ORIGIN, AS_PATH, NEXT_HOP));
  table.hold(held);
  const dropped = intern(update(ORIGIN, AS_PATH, NEXT_HOP, NO_EXPORT));
  table.sweep();
  assert.ok(table.has(held));
  assert.ok(!table.has(dropped));
  table.sweep();
  assert.equal(table.size, 1);
});

test("a neighbour that varies the form without end does not make the table grow", () => {
  const { table, intern } = fixture();
  const communities = [0xc0, 8, 4, 0xfd, 0xe9, 0, 1];
  const id = intern(update(ORIGIN, AS_PATH, NEXT_HOP, communities));
  table.hold(id);
  const bytes: number[] = [];
  for (let i = 0; i < 500; i++) {
    // An attribute of a length that is discarded, with a content that varies.
    const varied = [0x40, 6, 2, i >> 8, i & 255];
    assert.equal(intern(update(ORIGIN, AS_PATH, NEXT_HOP, communities, varied)), id);
    if (i >= 50) bytes.push(table.bytes);
  }
  assert.equal(table.size, 1);
  assert.equal(Math.max(...bytes), Math.min(...bytes));
});

test("memory stays where it was over ten rounds of load and withdraw", () => {
  const { table, intern } = fixture();
  let bytes = 0;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 3000; i++) {
      const nextHop = [0x40, 3, 4, 10, round, i >> 8, i & 255];
      const long = i % 3 === 0 ? NO_EXPORT : [];
      const id = intern(update(ORIGIN, AS_PATH, nextHop, LOCAL_PREF, long));
      table.hold(id);
    }
    assert.equal(table.size, 3000);
    bytes ||= table.bytes;
    assert.equal(table.bytes, bytes);
    for (let id = 1; id < table.limit; id++) table.release(id);
    assert.equal(table.size, 0);
    assert.equal(table.nextHops.size, 0);
  }
  assert.equal(table.limit, 3001);
});

test("one set more makes one column grow, and not all of them", () => {
  const table = new AttributeTable(new NextHopTable());
  let before = table.bytes;
  let most = 0;
  for (let med = 0; med < 40_000; med++) {
    assert.ok(table.intern(pathAttributes({ med })) > 0);
    // Four octets for each set, as the next one doubles; the index, and a chunk for encodings.
    const share = (table.bytes - before - (1 << 16)) / table.size;
    if (table.size > 4096) most = Math.max(most, share);
    before = table.bytes;
  }
  assert.ok(most <= 20, `${most} octets for each set that there is`);
});

test("behaves as a map from contents to id, under any order of coming and going", () => {
  const content = fc.record({
    origin: fc.constantFrom(0, 1, 2),
    med: fc.constantFrom(undefined, 0, 5),
    localPref: fc.constantFrom(undefined, 100),
    gateway: fc.constantFrom(0, 1, 2),
  });
  const command = fc.tuple(fc.constantFrom("hold", "release", "sweep"), content);
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100 }), (commands) => {
      const table = new AttributeTable(new NextHopTable(), 2);
      const held = new Map<string, { id: number; count: number }>();
      for (const [what, fields] of commands) {
        const key = JSON.stringify(fields);
        const entry = held.get(key);
        if (what === "sweep") table.sweep();
        else if (what === "hold") {
          const { gateway, origin, med, localPref } = fields;
          const nextHop =
            gateway === 0
              ? undefined
              : ({ family: IPV4, w0: gateway, w1: 0, w2: 0, w3: 0, linkLocal: undefined } as const);
          const set = pathAttributes({ origin, med, localPref, nextHop });
          const id = table.intern(set);
          if (entry !== undefined) assert.equal(id, entry.id);
          table.hold(id);
          held.set(key, { id, count: (entry?.count ?? 0) + 1 });
          assert.deepEqual(table.get(id), set);
          assert.equal(table.med(id), med ?? -1);
          assert.equal(table.origin(id), origin);
        } else if (entry !== undefined) {
          table.release(entry.id);
          if (entry.count === 1) held.delete(key);
          else held.set(key, { id: entry.id, count: entry.count - 1 });
        }
      }
      assert.equal(table.size, held.size);
      for (const { id } of held.values()) assert.ok(table.has(id));
    }),
  );
});

/** An UPDATE with a set of its own for each number. */
function numbered(number: number, ...more: number[][]): Uint8Array {
  const med = [0x80, 4, 4, number >>> 24, number >>> 16, number >>> 8, number].map((o) => o & 255);
  return update(ORIGIN, AS_PATH, NEXT_HOP, med, ...more);
}

test("distinct sets without end: refused with a reason, nothing kept, and others have room", () => {
  const nextHops = new NextHopTable();
  const table = new AttributeTable(nextHops, 2, 0, 100 * 100);
  const reader = new UpdateReader();
  const send = (bytes: Uint8Array, owner: number): number => {
    assert.equal(reader.read(bytes, 19, bytes.length, CONTEXT), undefined);
    return table.internUpdate(reader, "base", 0, owner);
  };
  const owned: number[] = [];
  for (let number = 0; number < 1000; number++) {
    const id = send(numbered(number), 1);
    if (id === 0) break;
    table.hold(id);
    owned.push(id);
  }
  assert.match(table.lastRefusal ?? "", /attribute sets/);
  assert.deepEqual(table.lastFaults, []);
  assert.ok(owned.length >= 40 && owned.length <= 60, `half of it: ${owned.length}`);
  assert.equal(table.size, owned.length);
  const other = send(numbered(5000), 2);
  assert.ok(other > 0, "another neighbour has room");
  assert.equal(table.lastRefusal, undefined);
  table.release(other, 0);
  assert.ok(send(numbered(3), 2) > 0, "what is known needs no room");
  for (const id of owned) table.release(id);
  assert.equal(table.size, 0);
  assert.equal(nextHops.size, 0, "a refused set has left no next hop behind");
  assert.ok(send(numbered(6000), 1) > 0, "and the room is there again");
});

test("forms without end: they are not kept, and the sets are not refused for it", () => {
  const { intern, table } = fixture({ maximum: 4096 });
  const id = intern(numbered(1));
  table.hold(id);
  for (let length = 1; length < 500; length++) {
    // Discarded (optional, not transitive, not known), but a form of its own each time.
    const ignored = [0x80, 99, length & 255, ...new Array<number>(length & 255).fill(7)];
    assert.equal(intern(numbered(1, ignored)), id);
  }
  assert.equal(table.lastRefusal, undefined);
  assert.ok(intern(numbered(2)) > 0);
});
