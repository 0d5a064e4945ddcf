/**
 * Each attribute of the codec's table as octets and as a value, both ways. An attribute that is added
 * to the table and has no vector here fails the last test.
 *
 * NEXT_HOP and the multiprotocol attributes are written by UpdateWriter: see message-vectors.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import { AttributeCursor } from "./attribute-cursor.ts";
import { decodeAttributeList } from "./attribute-list.ts";
import { ATTRIBUTE_ROWS, NEXT_HOP } from "./attribute-table.ts";
import { encodeAttributes } from "./encode-attributes.ts";
import { pathAttributes, type PathAttributes } from "./path-attributes.ts";

interface Vector {
  readonly name: string;
  /** The whole attribute: flags, type, length, value. */
  readonly octets: string;
  readonly value: Partial<PathAttributes>;
  /** The session has AS numbers of two octets (RFC 6793). */
  readonly narrow?: true;
  /** Attributes in front of it, without which it means nothing. */
  readonly behind?: string;
}

const LARGE = 4_200_000_001; // fa56ea01

/** A path of 64 AS numbers from 65001 on. */
const MANY = Array.from({ length: 64 }, (_, i) => 65001 + i);
const many = MANY.map((asn) => asn.toString(16).padStart(8, "0")).join(" ");

const VECTORS: readonly Vector[] = [
  // RFC 4271 §4.3, §5.1
  { name: "ORIGIN", octets: "40 01 01 00 // IGP", value: { origin: 0 } },
  { name: "ORIGIN", octets: "40 01 01 01 // EGP", value: { origin: 1 } },
  { name: "ORIGIN", octets: "40 01 01 02 // INCOMPLETE", value: { origin: 2 } },
  { name: "AS_PATH", octets: "40 02 00 // of a route of this AS", value: { asPath: [] } },
  {
    name: "AS_PATH",
    octets: `40 02 14     // well-known transitive, 20 octets
      02 02 0000fde9 fa56ea01 // AS_SEQUENCE of two
      01 02 0000fdea 0000fdeb // AS_SET of two`,
    value: {
      asPath: [
        { type: 2, asns: [65001, LARGE] },
        { type: 1, asns: [65002, 65003] },
      ],
    },
  },
  {
    name: "AS_PATH",
    octets: `40 02 0c          // RFC 5065 §3
      03 01 0000fde9   // AS_CONFED_SEQUENCE
      04 01 0000fdea   // AS_CONFED_SET`,
    value: {
      asPath: [
        { type: 3, asns: [65001] },
        { type: 4, asns: [65002] },
      ],
    },
  },
  {
    name: "AS_PATH",
    octets: `50 02 0102 02 40 // extended length, 258 octets: 64 AS numbers
      ${many}`,
    value: { asPath: [{ type: 2, asns: MANY }] },
  },
  {
    name: "AS_PATH",
    octets: "40 02 06 02 02 fde9 fdea // of two octets each",
    value: { asPath: [{ type: 2, asns: [65001, 65002] }] },
    narrow: true,
  },
  {
    name: "AS_PATH",
    octets: "40 02 06 02 02 fde9 5ba0 // AS_TRANS in the place of the large one (RFC 6793 §4.2.2)",
    value: { asPath: [{ type: 2, asns: [65001, 23456] }] },
    narrow: true,
  },
  { name: "MULTI_EXIT_DISC", octets: "80 04 04 00000064", value: { med: 100 } },
  { name: "MULTI_EXIT_DISC", octets: "80 04 04 ffffffff", value: { med: 0xffffffff } },
  { name: "LOCAL_PREF", octets: "40 05 04 000000c8", value: { localPref: 200 } },
  { name: "ATOMIC_AGGREGATE", octets: "40 06 00", value: { atomicAggregate: true } },
  {
    name: "AGGREGATOR",
    octets: "c0 07 08 fa56ea01 c0a80165 // AS, identifier",
    value: { aggregator: { asn: LARGE, address: 0xc0a80165 } },
  },
  {
    name: "AGGREGATOR",
    octets: "c0 07 06 fde9 c0a80165 // AS of two octets",
    value: { aggregator: { asn: 65001, address: 0xc0a80165 } },
    narrow: true,
  },
  // RFC 1997, RFC 8326 (the second)
  {
    name: "COMMUNITIES",
    octets: "c0 08 08 fde90064 ffff0000",
    value: { communities: [0xfde90064, 0xffff0000] },
  },
  {
    name: "COMMUNITIES",
    octets: "e0 08 04 fde90064 // with the Partial bit (RFC 4271 §5)",
    value: { communities: [0xfde90064], partial: [8] },
  },
  // RFC 4456 §8
  { name: "ORIGINATOR_ID", octets: "80 09 04 c0a80102", value: { originatorId: 0xc0a80102 } },
  {
    name: "CLUSTER_LIST",
    octets: "80 0a 08 0a000001 0a000002",
    value: { clusterList: [0x0a000001, 0x0a000002] },
  },
  // RFC 4360 §3.1, RFC 5668 §2
  {
    name: "EXTENDED_COMMUNITIES",
    octets: `c0 10 10
      00 02 fde9 00000064 // route target of an AS of two octets
      02 03 fa56ea01 0001 // route origin of an AS of four`,
    value: {
      extendedCommunities: [
        [0x0002fde9, 0x64],
        [0x0203fa56, 0xea010001],
      ],
    },
  },
  // RFC 6793 §3, §4.2
  {
    name: "AS4_PATH",
    octets: "c0 11 0a 02 02 0000fde9 fa56ea01",
    value: { asPath: [{ type: 2, asns: [65001, LARGE] }] },
    narrow: true,
    behind: "40 02 06 02 02 fde9 5ba0 // AS_PATH",
  },
  {
    name: "AS4_AGGREGATOR",
    octets: "c0 12 08 fa56ea01 c0a80165",
    value: { aggregator: { asn: LARGE, address: 0xc0a80165 } },
    narrow: true,
    behind: "c0 07 06 5ba0 c0a80165 // AGGREGATOR",
  },
  // RFC 7311 §3
  {
    name: "AIGP",
    octets: "80 1a 0b 01 000b 0000000100000007 // one TLV: type, length, metric",
    value: { aigp: 0x1_0000_0007n },
  },
  // RFC 8092 §3
  {
    name: "LARGE_COMMUNITY",
    octets: "c0 20 18 fa56ea01 00000001 00000002  0000fde9 00000000 ffffffff",
    value: {
      largeCommunities: [
        [LARGE, 1, 2],
        [65001, 0, 0xffffffff],
      ],
    },
  },
  // RFC 9234 §5
  { name: "ONLY_TO_CUSTOMER", octets: "c0 23 04 fa56ea01", value: { onlyToCustomer: LARGE } },
  // RFC 4271 §5: one that is not known travels on with the Partial bit
  {
    name: "attribute 255",
    octets: "e0 ff 02 abcd",
    value: { unknown: [{ flags: 0xe0, type: 255, value: Uint8Array.of(0xab, 0xcd) }] },
  },
  {
    name: "attribute 200",
    octets: "e0 c8 00 // no value at all",
    value: { unknown: [{ flags: 0xe0, type: 200, value: new Uint8Array(0) }] },
  },
];

/** The attribute of a type in a list. */
function cut(list: Uint8Array, type: number): Uint8Array | undefined {
  const cursor = new AttributeCursor();
  cursor.reset(list, 0, list.length);
  while (cursor.next()) if (cursor.type === type) return list.slice(cursor.at, cursor.end);
  return undefined;
}

for (const { name, octets, value, narrow = false, behind = "" } of VECTORS) {
  test(`${name}: ${octets.split("\n")[0]}`, () => {
    const session = { fourOctetAs: !narrow };
    const list = annotated(`${behind}\n${octets}`);
    const context = { ...session, external: false };
    const found = decodeAttributeList(list, 0, list.length, 0, context, "none");
    assert.deepEqual(found, { attributes: pathAttributes(value), faults: [] });
    const own = annotated(octets);
    assert.deepEqual(cut(encodeAttributes(pathAttributes(value), session), own[1]), own);
  });
}

test("every attribute of the table has such octets", () => {
  const types = new Map(VECTORS.map(({ name, octets }) => [annotated(octets)[1], name]));
  for (const { type, name } of ATTRIBUTE_ROWS) {
    if (type !== NEXT_HOP) assert.equal(types.get(type), name, `type ${type} has its vector`);
  }
});
