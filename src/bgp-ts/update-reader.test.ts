import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated, message } from "./annotated.test.ts";
import type { Fault } from "./fault.ts";
import type { Range } from "./range.ts";
import { UpdateReader, type Section, type UpdateContext } from "./update-reader.ts";

const BOTH: UpdateContext = {
  fourOctetAs: true,
  external: false,
  addPath: [false, false],
  families: [true, true],
};
const ONLY_IPV4: UpdateContext = { ...BOTH, families: [true, false] };

const ATTRIBUTES = "40 01 01 00  40 02 06 02 01 0000fde9";
const NEXT_HOP = "40 03 04 c0a80101";
const GLOBAL = "20010db8 00000000 00000000 00000001";
const LINK_LOCAL = "fe800000 00000000 00000000 00000002";

const octetsOf = (text: string) => Buffer.from(annotated(text)).toString("hex");
const hex = (length: number, width: number) => length.toString(16).padStart(width, "0");

/** A body: withdrawn routes, attributes, NLRI, with the right lengths. */
function body(withdrawn: string, attributes: string, nlri = ""): string {
  const [w, a, n] = [withdrawn, attributes, nlri].map(octetsOf);
  return `${hex(w.length / 2, 4)} ${w} ${hex(a.length / 2, 4)} ${a} ${n}`;
}

function attribute(flags: string, type: string, value: string): string {
  const octets = octetsOf(value);
  return `${flags} ${type} ${hex(octets.length / 2, 2)} ${octets} `;
}

const reach = (value: string, flags = "80") => attribute(flags, "0e", value);
const unreach = (value: string, flags = "80") => attribute(flags, "0f", value);
const reachIpv6 = (nlri: string) => reach(`0002 01 10 ${GLOBAL} 00 ${nlri}`);

function read(text: string, context = BOTH): { reader: UpdateReader; fault: Fault | undefined } {
  const bytes = message(2, text);
  const reader = new UpdateReader();
  const fault = reader.read(bytes, 19, bytes.length, context);
  if (fault) assert.ok(fault.offset >= 0 && fault.offset < bytes.length);
  return { reader, fault };
}

function good(text: string, context = BOTH): UpdateReader {
  const { reader, fault } = read(text, context);
  assert.equal(fault, undefined);
  return reader;
}

/** Subcode, offset within the body, treatment. */
function bad(text: string, context = BOTH): [number, number, string] {
  const { fault } = read(text, context);
  assert.ok(fault, text);
  assert.equal(fault.code, 3);
  return [fault.subcode, fault.offset - 19, fault.treatment];
}

function slice(reader: UpdateReader, range: Range): string {
  return Buffer.from(reader.bytes.subarray(range.start, range.end)).toString("hex");
}

test("IPv4 in the base fields", () => {
  const reader = good(`
    0002 08 0a                          // withdrawn: 10.0.0.0/8
    0014                                // 20 octets of attributes
    40 01 01 00                         // ORIGIN IGP
    40 02 06 02 01 0000fde9             // AS_PATH 65001
    40 03 04 c0a80101                   // NEXT_HOP 192.168.1.1
    18 ac1001                           // 172.16.1.0/24
  `);
  assert.equal(slice(reader, reader.withdrawn), "080a");
  assert.equal(slice(reader, reader.announced), "18ac1001");
  assert.equal(reader.attributes.end - reader.attributes.start, 20);
  assert.deepEqual([reader.mpReach, reader.mpUnreach, reader.endOfRib], [undefined, undefined, -1]);
  const { attributes, faults } = reader.decodeAttributes("base");
  assert.deepEqual(faults, []);
  assert.equal(attributes.nextHop?.w0, 0xc0a80101);
  assert.deepEqual(attributes.asPath, [{ type: 2, asns: [65001] }]);
});

test("IPv6 in the multiprotocol attributes", () => {
  const reader = good(
    `
    0000                                // nothing withdrawn
    004b                                // 75 octets of attributes
    80 0e 2e                            // MP_REACH_NLRI, 46 octets
      0002 01                           // IPv6 unicast
      20 ${GLOBAL} ${LINK_LOCAL}        // next hop of 32 octets
      00                                // reserved
      40 20010db8 00010000              // 2001:db8:1::/64
    80 0f 0a                            // MP_UNREACH_NLRI, 10 octets
      0002 01                           // IPv6 unicast
      30 20010db8 0002                  // 2001:db8:2::/48
    40 01 01 00                         // ORIGIN
    40 02 06 02 01 0000fde9             // AS_PATH
  `,
  );
  assert.ok(reader.mpReach && reader.mpUnreach);
  assert.equal(reader.mpReach.family, 1);
  assert.equal(slice(reader, reader.mpReach.nlri), "4020010db800010000");
  assert.equal(slice(reader, reader.mpUnreach.nlri), "3020010db80002");
  const { attributes, faults } = reader.decodeAttributes("mp");
  assert.deepEqual(faults, []);
  assert.deepEqual(attributes.nextHop, {
    family: 1,
    w0: 0x20010db8,
    w1: 0,
    w2: 0,
    w3: 1,
    linkLocal: [0xfe800000, 0, 0, 2],
  });
});

test("lengths that overrun the message (RFC 7606 §3 b)", () => {
  assert.deepEqual(bad("0005 08 0a 0000"), [1, 0, "session-reset"]);
  assert.deepEqual(bad("0000 0001"), [1, 2, "session-reset"]);
  assert.deepEqual(bad("ffff 0000"), [1, 0, "session-reset"]);
  assert.deepEqual(bad("0002 08 0a 00"), [1, 0, "session-reset"]);
});

test("prefixes that cannot be told apart (RFC 7606 §5.3)", () => {
  assert.deepEqual(bad(body("21 0102030405", "")), [10, 2, "session-reset"]);
  assert.deepEqual(bad(body("", ATTRIBUTES + NEXT_HOP, "18 ac10")), [10, 4 + 20, "session-reset"]);
});

test("a broken multiprotocol attribute takes its family, or the session if there is no other", () => {
  const cases: [string, number, number][] = [
    [reach(`0002 01 10 ${GLOBAL} 00 81 00`), 9, 4 + 3 + 21],
    [reach(`0002 01 10 ${GLOBAL} 00 40 20010db8`), 9, 4 + 3 + 21],
    [reach(`0002 01 04 c0a80101 00`), 9, 4 + 3 + 3],
    [reach(`0002 01 18 ${GLOBAL} 0000000000000000 00`), 9, 4 + 3 + 3],
    [reach(`0002 01 10 ${GLOBAL}`), 9, 4 + 3 + 3],
    [reach("0002 01 00"), 9, 4 + 3 + 3],
    [reach("0002 01"), 9, 4 + 3 + 2],
    [reach(`0002 01 10 ${GLOBAL} 00`, "c0"), 4, 4],
    [unreach("0002 01 81"), 9, 4 + 3 + 3],
    [unreach("0002 01", "40"), 4, 4],
  ];
  const onlyIpv6: UpdateContext = { ...BOTH, families: [false, true] };
  for (const [attributes, subcode, at] of cases) {
    const text = body("", attributes + ATTRIBUTES);
    assert.deepEqual(bad(text, onlyIpv6), [subcode, at, "session-reset"], attributes);
    const { reader, fault } = read(text);
    assert.deepEqual([fault?.treatment, fault?.family], ["afi-safi-disable", 1], attributes);
    assert.ok(reader.mpReach === undefined && reader.mpUnreach === undefined);
  }
  for (const attributes of [reach("0002"), reach(""), unreach("0002"), unreach("")]) {
    assert.deepEqual(bad(body("", attributes))[2], "session-reset", "no family to be seen");
  }
});

test("the base fields still count where the other family is disabled", () => {
  const text = body("08 0a", unreach("0002 01 81") + ATTRIBUTES + NEXT_HOP, "08 0b");
  const { reader, fault } = read(text);
  assert.equal(fault?.treatment, "afi-safi-disable");
  assert.equal(slice(reader, reader.withdrawn), "080a");
  assert.equal(slice(reader, reader.announced), "080b");
  assert.deepEqual(reader.decodeAttributes("base").faults, []);
});

test("a multiprotocol attribute twice resets the session (RFC 7606 §3 g)", () => {
  const one = reachIpv6("40 20010db8 00010000");
  const second = 4 + annotated(one + ATTRIBUTES).length;
  assert.deepEqual(bad(body("", one + ATTRIBUTES + one)), [1, second, "session-reset"]);
  const two = unreach("0002 01");
  assert.deepEqual(bad(body("", two + two)), [1, 4 + 6, "session-reset"]);
  const foreign = unreach("0001 80");
  assert.deepEqual(bad(body("", foreign + two)), [1, 4 + 6, "session-reset"]);
});

test("families that were not negotiated are ignored (RFC 4760 §8)", () => {
  const reader = good(body("", reachIpv6("ff"), ""), ONLY_IPV4);
  assert.equal(reader.mpReach, undefined);
  good(body("", reach("0001 80 00 00", "c0")), BOTH);
  const onlyIpv6: UpdateContext = { ...BOTH, families: [false, true] };
  const base = good(body("ff", ATTRIBUTES, "ff"), onlyIpv6);
  assert.equal(base.withdrawn.start, base.withdrawn.end);
  assert.equal(base.announced.start, base.announced.end);
});

test("IPv4 in MP_REACH_NLRI, with an IPv6 next hop only where RFC 8950 was negotiated", () => {
  const own = good(body("", reach("0001 01 04 c0a80101 00 08 0a") + ATTRIBUTES));
  assert.equal(own.mpReach?.family, 0);
  assert.equal(own.decodeAttributes("mp").attributes.nextHop?.w0, 0xc0a80101);
  const text = body("", reach(`0001 01 10 ${GLOBAL} 00 08 0a`) + ATTRIBUTES);
  assert.deepEqual(bad(text, ONLY_IPV4), [9, 4 + 3 + 3, "session-reset"]);
  const wide = good(text, { ...ONLY_IPV4, extendedNextHop: true });
  assert.equal(wide.decodeAttributes("mp").attributes.nextHop?.family, 1);
});

test("path identifiers by family (RFC 7911)", () => {
  const context: UpdateContext = { ...BOTH, addPath: [true, false] };
  good(body("00000001 08 0a", ATTRIBUTES + NEXT_HOP, "00000002 08 0b"), context);
  assert.equal(bad(body("08 0a", ""), context)[0], 10);
  good(body("", reachIpv6("08 20") + ATTRIBUTES), context);
});

test("a next hop that no host can have withdraws", () => {
  const reader = good(body("", reach(`0002 01 10 ${"00".repeat(16)} 00 08 20`) + ATTRIBUTES));
  const { faults } = reader.decodeAttributes("mp");
  assert.deepEqual(
    faults.map((f) => [f.treatment, f.subcode, f.offset]),
    [["treat-as-withdraw", 8, 19 + 4 + 3 + 4]],
  );
});

test("End-of-RIB (RFC 4724 §2)", () => {
  assert.equal(good("0000 0000").endOfRib, 0);
  assert.equal(good(body("", unreach("0002 01"))).endOfRib, 1);
  assert.equal(good(body("", "90 0f 0003 0001 01")).endOfRib, 0);
  assert.equal(good(body("", unreach("0002 01")), ONLY_IPV4).endOfRib, -1);
  assert.equal(good("0000 0000", { ...BOTH, families: [false, true] }).endOfRib, -1);
  assert.equal(good(body("", unreach("0002 01 08 20"))).endOfRib, -1);
  assert.equal(good(body("", unreach("0002 01") + ATTRIBUTES)).endOfRib, -1);
  assert.equal(good(body("08 0a", unreach("0002 01"))).endOfRib, -1);
});

test("lengths within the attributes that contradict each other withdraw, if prefixes are found", () => {
  const tail = "40 05 ff 00";
  const reader = good(body("", ATTRIBUTES + NEXT_HOP + tail, "08 0a"));
  assert.equal(reader.decodeAttributes("base").faults[0].treatment, "treat-as-withdraw");
  const mp = good(body("", reachIpv6("08 20") + ATTRIBUTES + tail));
  assert.equal(mp.decodeAttributes("mp").faults[0].treatment, "treat-as-withdraw");
  // MP_REACH_NLRI may be behind the break (RFC 7606 §5.2).
  assert.deepEqual(bad(body("", ATTRIBUTES + tail + reachIpv6("08 20"))), [1, 17, "session-reset"]);
});

test("attributes without reachable prefixes have to be right (RFC 7606 §5.2)", () => {
  good(body("08 0a", ATTRIBUTES));
  good(body("08 0a", "40 06 01 00"));
  assert.deepEqual(bad(body("08 0a", "40 01 01 09")), [6, 9, "session-reset"]);
  assert.deepEqual(bad(body("", unreach("0002 01 08 20") + "c0 08 00")), [
    5,
    4 + 8 + 2,
    "session-reset",
  ]);
  good(body("", reachIpv6("08 20") + "40 01 01 09"));
  assert.equal(bad(body("", reachIpv6("") + "40 01 01 09"))[2], "session-reset", "no prefix in it");
});

test("nothing stays from the message before", () => {
  const reader = good(
    body("08 0a", reachIpv6("08 20") + unreach("0002 01 08 21") + ATTRIBUTES, "08 0b"),
  );
  const bytes = message(2, "0000 0000");
  assert.equal(reader.read(bytes, 19, bytes.length, BOTH), undefined);
  assert.deepEqual([reader.mpReach, reader.mpUnreach, reader.endOfRib], [undefined, undefined, 0]);
  for (const range of [reader.withdrawn, reader.announced, reader.attributes]) {
    assert.equal(range.start, range.end);
  }
  assert.equal(reader.keyRanges("base"), 1);
  assert.equal(reader.keys[0], reader.keys[1]);
  assert.throws(() => reader.decodeAttributes("mp"));
});

function key(reader: UpdateReader, section: Section): string {
  const count = reader.keyRanges(section);
  const parts: string[] = [];
  for (let i = 0; i < count; i++) {
    parts.push(slice(reader, { start: reader.keys[i * 2], end: reader.keys[i * 2 + 1] }));
  }
  return parts.join("");
}

test("a key is the attributes without prefixes, and the next hop", () => {
  const attributes = octetsOf(ATTRIBUTES);
  const nlri = reachIpv6("08 20");
  const gone = unreach("0002 01 08 21");
  const med = "80 04 04 00000001";
  const orders: [string, string][] = [
    [nlri + ATTRIBUTES, attributes],
    [ATTRIBUTES + nlri, attributes],
    [ATTRIBUTES + nlri + med, attributes + octetsOf(med)],
    [nlri + gone + ATTRIBUTES, attributes],
    [gone + ATTRIBUTES + nlri, attributes],
    [ATTRIBUTES + gone + med + nlri, attributes + octetsOf(med)],
    [ATTRIBUTES + nlri + med + gone + med, attributes + octetsOf(med) + octetsOf(med)],
  ];
  for (const [list, expected] of orders) {
    const reader = good(body("", list));
    assert.equal(key(reader, "mp"), expected + octetsOf(GLOBAL), list);
    assert.equal(key(reader, "base"), expected, list);
  }
});

test("the tag tells apart what the octets do not", () => {
  const text = body("", reachIpv6("08 20") + ATTRIBUTES);
  const tags = [
    good(text).keyTag("base"),
    good(text).keyTag("mp"),
    good(text, { ...BOTH, external: true }).keyTag("mp"),
    good(text, { ...BOTH, fourOctetAs: false }).keyTag("mp"),
    good(body("", reach(`0002 01 20 ${GLOBAL} ${LINK_LOCAL} 00 08 20`) + ATTRIBUTES)).keyTag("mp"),
  ];
  assert.equal(new Set(tags).size, tags.length);
  assert.ok(tags.every((tag) => tag >= 0 && tag < 256));
});
