import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { annotated } from "./annotated.test.ts";
import { AttributeListDecoder, decodeAttributeList, type Purpose } from "./attribute-list.ts";
import { strongestFault, type Treatment } from "./fault.ts";
import { pathAttributes, type PathAttributes } from "./path-attributes.ts";

const ORIGIN = "40 01 01 00";
const AS_PATH = "40 02 06 02 01 0000fde9";
const NEXT_HOP = "40 03 04 c0a80101";
const MANDATORY = `${ORIGIN} ${AS_PATH} ${NEXT_HOP}`;

const BASE = pathAttributes({
  asPath: [{ type: 2, asns: [65001] }],
  nextHop: { family: 0, w0: 0xc0a80101, w1: 0, w2: 0, w3: 0, linkLocal: undefined },
});

interface Options {
  external?: boolean;
  fourOctetAs?: boolean;
  purpose?: Purpose;
}

/** The message's first octet is 23 octets before the list, as in an UPDATE without withdrawn routes. */
function decode(octets: string, options: Options = {}) {
  const { external = false, fourOctetAs = true, purpose = "base" } = options;
  const list = annotated(octets);
  const bytes = new Uint8Array(list.length + 30);
  bytes.set(list, 30);
  return decodeAttributeList(bytes, 30, bytes.length, 7, { external, fourOctetAs }, purpose);
}

/** What came out besides the mandatory attributes, without a fault. */
function good(octets: string, options?: Options): Partial<PathAttributes> {
  const { attributes, faults } = decode(`${MANDATORY} ${octets}`, options);
  assert.deepEqual(faults, []);
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (!isDeepStrictEqual(value, BASE[key as keyof PathAttributes])) rest[key] = value;
  }
  return rest;
}

/** Treatment, subcode and the offset within the broken attribute, which follows the mandatory ones. */
function bad(octets: string, options?: Options): [Treatment, number, number] {
  const { attributes, faults } = decode(`${MANDATORY} ${octets}`, options);
  assert.equal(faults.length, 1, octets);
  const [fault] = faults;
  assert.deepEqual(attributes, BASE, "a broken attribute leaves no trace");
  assert.deepEqual(fault.data, annotated(octets), "the attribute is the data");
  return [fault.treatment, fault.subcode, fault.offset - 23 - annotated(MANDATORY).length];
}

test("every attribute in one list", () => {
  const octets = `
    80 04 04 00000064                      // MULTI_EXIT_DISC 100
    40 05 04 000000c8                      // LOCAL_PREF 200
    40 06 00                               // ATOMIC_AGGREGATE
    c0 07 08 fa56ea01 c0a80165             // AGGREGATOR
    c0 08 08 fde90064 ffffff01             // COMMUNITIES
    80 09 04 c0a80102                      // ORIGINATOR_ID
    80 0a 08 0a000001 0a000002             // CLUSTER_LIST
    c0 10 08 0002fde9 00000064             // EXTENDED_COMMUNITIES
    80 1a 0b 01 000b 0000000000000007      // AIGP 7
    c0 20 0c 0000fde9 00000001 00000002    // LARGE_COMMUNITY
    c0 23 04 0000fde9                      // ONLY_TO_CUSTOMER
    c0 63 02 abcd                          // attribute 99
  `;
  assert.deepEqual(good(octets), {
    med: 100,
    localPref: 200,
    atomicAggregate: true,
    aggregator: { asn: 4200000001, address: 0xc0a80165 },
    communities: [0xfde90064, 0xffffff01],
    originatorId: 0xc0a80102,
    clusterList: [0x0a000001, 0x0a000002],
    extendedCommunities: [[0x0002fde9, 0x64]],
    aigp: 7n,
    largeCommunities: [[65001, 1, 2]],
    onlyToCustomer: 65001,
    unknown: [{ flags: 0xe0, type: 99, value: Uint8Array.of(0xab, 0xcd) }],
  });
});

test("values and lengths that an attribute cannot have (RFC 7606 §7)", () => {
  const W = "treat-as-withdraw";
  const D = "attribute-discard";
  const cases: [string, Treatment, number, number][] = [
    ["80 04 03 000000", W, 5, 2],
    ["80 04 00", W, 5, 2],
    ["40 05 05 0000000000", W, 5, 2],
    ["40 06 01 00", D, 5, 2],
    ["c0 07 06 fde9 c0a80165", D, 5, 2],
    ["c0 07 08 00000000 c0a80165", D, 9, 3],
    ["c0 08 00", W, 5, 2],
    ["c0 08 06 fde900640000", W, 5, 2],
    ["80 09 03 000000", W, 5, 2],
    ["80 0a 00", W, 5, 2],
    ["80 0a 05 0a00000100", W, 5, 2],
    ["c0 10 00", W, 5, 2],
    ["c0 10 0c 000000000000000000000000", W, 5, 2],
    ["80 1a 00", D, 5, 2],
    ["80 1a 04 01 0004 00", D, 9, 4],
    ["c0 20 00", W, 5, 2],
    ["c0 20 08 0000000000000000", W, 5, 2],
    ["c0 23 02 fde9", W, 5, 2],
  ];
  for (const [octets, ...expected] of cases) assert.deepEqual(bad(octets), expected, octets);
});

test("flags that an attribute cannot have (RFC 7606 §3 c)", () => {
  const W = "treat-as-withdraw";
  assert.deepEqual(bad("c0 04 04 00000064"), [W, 4, 0]);
  assert.deepEqual(bad("80 05 04 00000064"), [W, 4, 0]);
  assert.deepEqual(bad("c0 06 00"), [W, 4, 0]);
  assert.deepEqual(bad("80 08 04 00000064"), [W, 4, 0]);
  assert.deepEqual(bad("40 08 04 00000064"), [W, 4, 0]);
  assert.deepEqual(bad("c0 1a 0b 01 000b 0000000000000007"), ["attribute-discard", 4, 0]);
  assert.deepEqual(good("8f 04 04 00000064"), { med: 100 }, "unused bits are ignored");
});

test("broken mandatory attributes are not missing as well", () => {
  const cases: [string, string, number, number][] = [
    [ORIGIN, "40 01 01 03", 6, 3],
    [ORIGIN, "40 01 00", 5, 2],
    [ORIGIN, "c0 01 01 00", 4, 0],
    [AS_PATH, "40 02 06 02 02 0000fde9", 11, 4],
    [AS_PATH, "40 02 06 02 01 00000000", 11, 5],
    [NEXT_HOP, "40 03 03 c0a801", 5, 2],
    [NEXT_HOP, "40 03 04 e0000001", 8, 3],
    [NEXT_HOP, "40 03 04 00000000", 8, 3],
  ];
  for (const [from, to, subcode, at] of cases) {
    const { faults } = decode(MANDATORY.replace(from, to));
    assert.equal(faults.length, 1, to);
    assert.deepEqual([faults[0].treatment, faults[0].subcode], ["treat-as-withdraw", subcode], to);
    const before = annotated(MANDATORY.slice(0, MANDATORY.indexOf(from))).length;
    assert.equal(faults[0].offset, 23 + before + at, to);
  }
});

test("mandatory attributes that are missing, by purpose (RFC 7606 §3 d)", () => {
  const missing = (octets: string, purpose: Purpose) =>
    decode(octets, { purpose }).faults.map(({ subcode, data, treatment }) => {
      assert.deepEqual([subcode, treatment], [3, "treat-as-withdraw"]);
      return data[0];
    });
  assert.deepEqual(missing("", "base"), [1, 2, 3]);
  assert.deepEqual(missing("", "mp"), [1, 2]);
  assert.deepEqual(missing("", "none"), []);
  assert.deepEqual(missing(`${ORIGIN} ${NEXT_HOP}`, "base"), [2]);
});

test("NEXT_HOP is not looked at beside MP_REACH_NLRI (RFC 4760 §3)", () => {
  const octets = `${ORIGIN} ${AS_PATH} 40 03 02 0000`;
  assert.deepEqual(decode(octets, { purpose: "mp" }).faults, []);
  assert.equal(decode(octets, { purpose: "base" }).faults.length, 1);
});

test("twice: the first counts (RFC 7606 §3 g)", () => {
  const { attributes, faults } = decode(`${MANDATORY} 80 04 04 00000001 80 04 04 00000002`);
  assert.equal(attributes.med, 1);
  assert.deepEqual(
    faults.map(({ treatment, subcode }) => [treatment, subcode]),
    [["attribute-discard", 1]],
  );
  const unknown = decode(`${MANDATORY} c0 63 01 01 c0 63 01 02`);
  assert.deepEqual(
    unknown.attributes.unknown.map(({ value }) => value[0]),
    [1],
  );
});

test("what is for neighbours inside the AS is discarded from outside (RFC 7606 §7.5, §7.9, §7.10)", () => {
  const inside = ["40 05 04 000000c8", "80 09 04 c0a80102", "80 0a 04 0a000001"];
  for (const octets of inside) {
    assert.equal(bad(octets, { external: true })[0], "attribute-discard", octets);
    assert.equal(Object.keys(good(octets)).length, 1, octets);
  }
  const broken = bad("80 05 02 0000", { external: true });
  assert.equal(broken[0], "attribute-discard", "broken or not");
  const { attributes, faults } = decode(`${MANDATORY} 80 1a 0b 01 000b 0000000000000007`, {
    external: true,
  });
  assert.deepEqual(
    [attributes.aigp, faults],
    [7n, []],
    "AIGP is the caller's affair (RFC 7311 §3.4)",
  );
});

test("confederation segments: fine inside, malformed from outside (RFC 5065 §5)", () => {
  const octets = MANDATORY.replace(AS_PATH, "40 02 06 03 01 0000fde9");
  assert.deepEqual(decode(octets).attributes.asPath, [{ type: 3, asns: [65001] }]);
  const [fault] = decode(octets, { external: true }).faults;
  assert.deepEqual([fault.treatment, fault.subcode], ["treat-as-withdraw", 11]);
});

test("attributes that are not known", () => {
  const kept = { flags: 0xe0, type: 255, value: Uint8Array.of(1) };
  assert.deepEqual(good("c0 ff 01 01"), { unknown: [kept] }, "travels on, marked Partial");
  assert.deepEqual(good("f0 ff 0001 01"), { unknown: [kept] }, "in canonical form");
  assert.deepEqual(good("80 ff 01 01"), {}, "optional non-transitive: ignored in silence");
  assert.deepEqual(bad("40 ff 01 01"), ["treat-as-withdraw", 2, 0]);
  assert.deepEqual(bad("00 63 00"), ["treat-as-withdraw", 2, 0]);
});

test("a Partial bit on a known attribute is never taken back (RFC 4271 §5)", () => {
  const octets = "e0 23 04 00000001 e0 08 04 00000001 c0 20 0c 0000fde9 00000001 00000002";
  assert.deepEqual(good(octets).partial, [8, 35]);
});

test("AS4_PATH's Partial bit goes with it: what is sent on is made anew (RFC 6793 §4.2.2)", () => {
  const narrow = MANDATORY.replace("06 02 01 0000fde9", "04 02 01 5ba0");
  const octets = "e0 11 06 02 01 fa56ea01"; // optional, transitive, partial
  const { attributes, faults } = decode(`${narrow} ${octets}`, { fourOctetAs: false });
  assert.deepEqual(faults, []);
  assert.deepEqual(attributes.asPath, [{ type: 2, asns: [4200000001] }]);
  assert.equal(attributes.partial, undefined);
});

test("a list whose lengths contradict each other withdraws, and says what it has", () => {
  for (const tail of ["40 05 04 00", "40", "50 05 00"]) {
    const { attributes, faults } = decode(`${MANDATORY} ${tail}`);
    assert.deepEqual(attributes, BASE);
    assert.deepEqual(
      [faults.length, faults[0].treatment, faults[0].subcode],
      [1, "treat-as-withdraw", 1],
    );
    assert.equal(faults[0].offset, 23 + annotated(MANDATORY).length);
  }
});

test("the strongest treatment of several wins", () => {
  const { faults } = decode(`${MANDATORY} 40 06 01 00 c0 08 00 80 04 04 00000001`);
  assert.equal(faults.length, 2);
  assert.equal(strongestFault(faults)?.treatment, "treat-as-withdraw");
});

test("thousands of faults are told as sixteen, the strongest among them", () => {
  const twice = "c0 08 04 fde90001 "; // COMMUNITIES, again and again
  const { faults } = decode(`${MANDATORY} ${twice.repeat(500)} 80 04 01 00`); // MULTI_EXIT_DISC of one octet
  assert.equal(faults.length, 16);
  assert.deepEqual(
    faults.map(({ treatment }) => treatment),
    [...new Array<Treatment>(15).fill("attribute-discard"), "treat-as-withdraw"],
  );
  const late = decode(`${ORIGIN} ${NEXT_HOP} ${twice.repeat(500)}`);
  assert.equal(late.faults.length, 16);
  assert.equal(late.faults.at(-1)?.subcode, 3, "AS_PATH is missing");
});

test("a value above 32,767 octets withdraws", () => {
  const octets = (length: number) => `f0 63 ${length.toString(16)} ${"00".repeat(length)}`;
  assert.deepEqual(bad(octets(32768)), ["treat-as-withdraw", 5, 2]);
  const communities = `d0 08 8000 ${"00".repeat(32768)}`;
  assert.deepEqual(bad(communities), ["treat-as-withdraw", 5, 2]);
  assert.equal(good(octets(32767)).unknown?.length, 1);
});

test("an AS path of two-octet numbers that grows above it withdraws", () => {
  const segment = `02 ff ${"0001".repeat(255)}`;
  const path = segment.repeat(40); // 20480 octets, 40880 when wide
  const length = annotated(path).length.toString(16).padStart(4, "0");
  const list = `${ORIGIN} 50 02 ${length} ${path} ${NEXT_HOP}`;
  const { faults } = decode(list, { fourOctetAs: false });
  assert.deepEqual(
    faults.map(({ treatment, subcode }) => [treatment, subcode]),
    [["treat-as-withdraw", 11]],
  );
});

test("AS4_PATH and AS4_AGGREGATOR from a two-octet speaker (RFC 6793 §4.2.3)", () => {
  const old = (path: string, rest: string) =>
    decode(`${ORIGIN} 40 02 ${path} ${NEXT_HOP} ${rest}`, { fourOctetAs: false });
  const AS4 = "c0 11 06 02 01 fa56ea01";
  const path = "06 02 02 fde9 5ba0";
  const merged = [{ type: 2, asns: [65001, 4200000001] }];
  assert.deepEqual(old(path, AS4).attributes.asPath, merged);

  const TRANS = "c0 07 06 5ba0 c0a80165";
  const AS4_AGGREGATOR = "c0 12 08 fa56ea01 c0a80165";
  const both = old(path, `${TRANS} ${AS4} ${AS4_AGGREGATOR}`);
  assert.deepEqual(both.attributes.asPath, merged);
  assert.deepEqual(both.attributes.aggregator, { asn: 4200000001, address: 0xc0a80165 });

  const newer = old(path, `c0 07 06 fde9 c0a80101 ${AS4} ${AS4_AGGREGATOR}`);
  assert.deepEqual(newer.attributes.aggregator, { asn: 65001, address: 0xc0a80101 });
  assert.deepEqual(newer.attributes.asPath, [{ type: 2, asns: [65001, 23456] }]);
  assert.deepEqual(newer.faults, []);

  const lonely = old(path, AS4_AGGREGATOR);
  assert.equal(lonely.attributes.aggregator, undefined);
});

test("broken AS4 attributes are discarded (RFC 6793 §6), and all of them from a four-octet speaker", () => {
  const narrow = MANDATORY.replace("06 02 01 0000fde9", "04 02 01 fde9");
  const D = "attribute-discard";
  const cases: [string, number][] = [
    ["c0 11 04 02 01 fde9", 5],
    ["c0 11 07 02 01 fa56ea01 02", 5],
    ["c0 11 06 02 02 fa56ea01", 9],
    ["c0 11 06 02 01 00000000", 9],
    ["c0 12 06 fde9 c0a80165", 5],
    ["c0 12 08 00000000 c0a80165", 9],
  ];
  for (const [octets, subcode] of cases) {
    const { faults } = decode(`${narrow} ${octets}`, { fourOctetAs: false });
    assert.deepEqual(
      [faults.length, faults[0]?.treatment, faults[0]?.subcode],
      [1, D, subcode],
      octets,
    );
  }
  assert.equal(bad("c0 11 06 02 01 fa56ea01")[0], D);
  assert.equal(bad("c0 12 08 fa56ea01 c0a80165")[0], D);
});

test("confederation segments within AS4_PATH go, the rest stays (RFC 6793 §6)", () => {
  const narrow = MANDATORY.replace("06 02 01 0000fde9", "04 02 01 5ba0");
  const octets = "c0 11 0c 03 01 00000001 02 01 fa56ea01";
  const { attributes, faults } = decode(`${narrow} ${octets}`, { fourOctetAs: false });
  assert.deepEqual(faults, []);
  assert.deepEqual(attributes.asPath, [{ type: 2, asns: [4200000001] }]);
});

test("a decoder leaves nothing of one list in the next, nor the next in what it gave", () => {
  const lists = [
    `${MANDATORY} 80 04 04 00000064 e0 08 04 fde80001 e0 63 01 07 40 04 00 c0 08 04 fde80002`,
    `${NEXT_HOP} 40 05 04 000000c8`, // ORIGIN and AS_PATH are missing
    `${MANDATORY} e0 20 0c 0000fde9 00000001 00000002 e0 64 02 0708`,
    `${MANDATORY} c0 08 04 fde8`, // overruns
    "",
    MANDATORY,
  ].map((octets) => annotated(octets));
  const context = { external: false, fourOctetAs: true };
  const decoder = new AttributeListDecoder();
  const given = lists.map((list) => decoder.decode(list, 0, list.length, 0, context, "base"));
  const alone = lists.map((list) => decodeAttributeList(list, 0, list.length, 0, context, "base"));
  assert.deepEqual(given, alone);
});
