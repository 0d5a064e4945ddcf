import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated } from "./annotated.test.ts";
import { attributes } from "./arbitraries.test.ts";
import { decodeAttributeList } from "./attribute-list.ts";
import { decodeCanonicalAttributes, encodeAttributes } from "./encode-attributes.ts";
import { pathAttributes } from "./path-attributes.ts";

const WIDE = { fourOctetAs: true };

test("ascending by type, short lengths, no next hop", () => {
  const value = pathAttributes({
    origin: 2,
    asPath: [{ type: 2, asns: [65001, 4200000001] }],
    nextHop: { family: 0, w0: 1, w1: 0, w2: 0, w3: 0 },
    med: 100,
    localPref: 200,
    atomicAggregate: true,
    aggregator: { asn: 4200000001, address: 0xc0a80165 },
    communities: [0xfde90064],
    originatorId: 0xc0a80102,
    clusterList: [0x0a000001],
    extendedCommunities: [[0x0002fde9, 0x64]],
    aigp: 7n,
    largeCommunities: [[65001, 1, 2]],
    onlyToCustomer: 65001,
    partial: [8],
    unknown: [{ flags: 0xe0, type: 20, value: Uint8Array.of(0xab) }],
  });
  const octets = annotated(`
    40 01 01 02                            // ORIGIN INCOMPLETE
    40 02 0a 02 02 0000fde9 fa56ea01       // AS_PATH
    80 04 04 00000064                      // MULTI_EXIT_DISC
    40 05 04 000000c8                      // LOCAL_PREF
    40 06 00                               // ATOMIC_AGGREGATE
    c0 07 08 fa56ea01 c0a80165             // AGGREGATOR
    e0 08 04 fde90064                      // COMMUNITIES, partial
    80 09 04 c0a80102                      // ORIGINATOR_ID
    80 0a 04 0a000001                      // CLUSTER_LIST
    c0 10 08 0002fde9 00000064             // EXTENDED_COMMUNITIES
    e0 14 01 ab                            // attribute 20
    80 1a 0b 01 000b 0000000000000007      // AIGP
    c0 20 0c 0000fde9 00000001 00000002    // LARGE_COMMUNITY
    c0 23 04 0000fde9                      // ONLY_TO_CUSTOMER
  `);
  assert.deepEqual(encodeAttributes(value, WIDE), octets);
  assert.deepEqual(decodeCanonicalAttributes(octets), { ...value, nextHop: undefined });
});

test("a two-octet reader gets AS_TRANS and, beside it, what it hides", () => {
  const value = pathAttributes({
    asPath: [{ type: 2, asns: [65001, 4200000001] }],
    aggregator: { asn: 4200000001, address: 0xc0a80165 },
  });
  const octets = annotated(`
    40 01 01 00                      // ORIGIN IGP
    40 02 06 02 02 fde9 5ba0         // AS_PATH: 65001 AS_TRANS
    c0 07 06 5ba0 c0a80165           // AGGREGATOR: AS_TRANS
    c0 11 0a 02 02 0000fde9 fa56ea01 // AS4_PATH
    c0 12 08 fa56ea01 c0a80165       // AS4_AGGREGATOR
  `);
  assert.deepEqual(encodeAttributes(value, { fourOctetAs: false }), octets);
  const plain = pathAttributes({ asPath: [{ type: 2, asns: [65001] }] });
  assert.deepEqual(
    encodeAttributes(plain, { fourOctetAs: false }),
    annotated("40 01 01 00  40 02 04 02 01 fde9"),
  );
});

test("a long value has a length of two octets, and only then", () => {
  const octets = (count: number) =>
    encodeAttributes(pathAttributes({ communities: new Array<number>(count).fill(1) }), WIDE);
  assert.deepEqual(octets(63).slice(7, 10), annotated("c0 08 fc"));
  assert.deepEqual(octets(64).slice(7, 11), annotated("d0 08 0100"));
});

test("empty lists are not sent", () => {
  const value = pathAttributes({ communities: [], clusterList: [], largeCommunities: [] });
  assert.deepEqual(encodeAttributes(value, WIDE), annotated("40 01 01 00  40 02 00"));
});

test("what is not canonical is our own mistake", () => {
  assert.throws(() => decodeCanonicalAttributes(annotated("40 01 01 09")), /ORIGIN/);
  const tooLong = { flags: 0xe0, type: 99, value: new Uint8Array(65536) };
  assert.throws(() => encodeAttributes(pathAttributes({ unknown: [tooLong] }), WIDE), RangeError);
});

test("decode(encode(x)) is x", () => {
  fc.assert(
    fc.property(attributes, (value) => {
      assert.deepEqual(decodeCanonicalAttributes(encodeAttributes(value, WIDE)), value);
    }),
  );
});

test("nothing is lost on the way through a two-octet session", () => {
  fc.assert(
    fc.property(attributes, (value) => {
      const octets = encodeAttributes(value, { fourOctetAs: false });
      const context = { fourOctetAs: false, external: false };
      const answer = decodeAttributeList(octets, 0, octets.length, 0, context, "none");
      assert.deepEqual(answer, { attributes: value, faults: [] });
    }),
  );
});
