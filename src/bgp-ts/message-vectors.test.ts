/**
 * Each message as octets and as a value, both ways: OPEN in its forms, UPDATE with prefixes in theirs
 * (RFC 4271, 4760, 7911, 8950), NOTIFICATION with every code, KEEPALIVE, ROUTE-REFRESH with every subtype.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated, message } from "./annotated.test.ts";
import { MP_REACH_NLRI, MP_UNREACH_NLRI, NEXT_HOP } from "./attribute-table.ts";
import { AttributeCursor } from "./attribute-cursor.ts";
import * as codes from "./codes.ts";
import { encodeAttributes } from "./encode-attributes.ts";
import { frameMessage, HEADER_LENGTH } from "./frame.ts";
import { encodeKeepalive } from "./keepalive.ts";
import { encodeNextHop } from "./next-hop.ts";
import { NlriCursor } from "./nlri.ts";
import {
  decodeNotification,
  encodeNotification,
  encodeShutdownCommunication,
  hardReset,
} from "./notification.ts";
import { decodeOpen, encodeOpen, type OpenMessage } from "./open.ts";
import { pathAttributes } from "./path-attributes.ts";
import type { Range } from "./range.ts";
import { decodeRouteRefresh, encodeRouteRefresh, ROUTE_REFRESH } from "./route-refresh.ts";
import { UpdateReader, type UpdateContext } from "./update-reader.ts";
import { UpdateWriter } from "./update-writer.ts";

const { CEASE, ERROR, MESSAGE } = codes;

/** Checks header and length; answers where the body is. */
function bodyOf(bytes: Uint8Array, type: number): [Uint8Array, number, number] {
  const frame = frameMessage(bytes, 0, bytes.length, 65535);
  assert.ok(frame.kind === "message" && frame.total === bytes.length);
  assert.equal(frame.type, type);
  return [bytes, frame.start, frame.end];
}

// OPEN

const OPEN = { kind: "open", version: 4, holdTime: 90, routerId: 0xc0a80165 } as const;
const UNKNOWN_CAPABILITY = {
  kind: "unknown",
  code: 200,
  value: new Uint8Array(255).fill(7),
} as const;

const OPENS: readonly (readonly [string, string, OpenMessage])[] = [
  [
    "without a capability (RFC 4271 §4.2)",
    `04       // version
     fde9     // AS 65001
     005a     // hold time 90 s
     c0a80165 // identifier 192.168.1.101
     00       // no parameters`,
    { ...OPEN, asn: 65001, capabilities: [] },
  ],
  [
    "with AS_TRANS before a large AS number, and no hold time (RFC 6793 §4.1)",
    `04 5ba0 0000 c0a80165
     10                    // parameters: 16 octets
     02 0e                 // Capabilities: 14
       01 04 0001 00 01    // multiprotocol, IPv4 unicast
       02 00               // route refresh
       41 04 fa56ea01      // AS 4200000001`,
    {
      ...OPEN,
      asn: 4_200_000_001,
      holdTime: 0,
      capabilities: [
        { kind: "multiprotocol", afi: 1, safi: 1 },
        { kind: "route-refresh" },
        { kind: "four-octet-as", asn: 4_200_000_001 },
      ],
    },
  ],
  [
    "with parameters of more than 255 octets (RFC 9072 §2)",
    `04 fde9 005a c0a80165
     ff ff 0104            // extended: 260 octets
     02 0101               // Capabilities: 257
       c8 ff ${"07".repeat(255)}`,
    { ...OPEN, asn: 65001, capabilities: [UNKNOWN_CAPABILITY] },
  ],
];

for (const [name, octets, open] of OPENS) {
  test(`OPEN ${name}`, () => {
    const bytes = message(MESSAGE.OPEN, octets);
    assert.deepEqual(decodeOpen(...bodyOf(bytes, MESSAGE.OPEN)), open);
    assert.deepEqual(encodeOpen(open), bytes);
  });
}

test("OPEN as others write it: each capability in a parameter of its own", () => {
  const bytes = message(
    MESSAGE.OPEN,
    `04 fde9 005a c0a80165
     0a               // 10 octets
     02 02 02 00      // Capabilities: route refresh
     02 04 46 00 06 00 // Capabilities: enhanced route refresh, extended message`,
  );
  const open = decodeOpen(...bodyOf(bytes, MESSAGE.OPEN));
  assert.ok(open.kind === "open");
  const kinds = open.capabilities.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["route-refresh", "enhanced-route-refresh", "extended-message"]);
});

// UPDATE

interface Prefix {
  readonly words: readonly [number, number, number, number];
  readonly length: number;
  readonly pathId?: number;
}

interface UpdateVector {
  readonly name: string;
  readonly octets: string;
  readonly family: 0 | 1;
  /** Octets of the next hop; undefined: the prefixes are withdrawn. */
  readonly nextHop?: string;
  readonly prefixes: readonly Prefix[];
  readonly addPath?: boolean;
  /** Others write it so; UpdateWriter does it otherwise. */
  readonly readOnly?: true;
}

const GLOBAL = "20010db8 00000000 00000000 00000001";
const LINK_LOCAL = "fe800000 00000000 00000000 00000002";
const ORIGIN_AND_PATH = `40 01 01 00             // ORIGIN IGP
     40 02 06 02 01 0000fde9 // AS_PATH 65001`;
const ATTRIBUTES = pathAttributes({ asPath: [{ type: 2, asns: [65001] }] });

const TEN: Prefix = { words: [0x0a000000, 0, 0, 0], length: 8 };
const DOC: Prefix = { words: [0x20010db8, 0x00010000, 0, 0], length: 48 };

const UPDATES: readonly UpdateVector[] = [
  {
    name: "IPv4, of every length that changes the octets",
    octets: `0000 0014 ${ORIGIN_AND_PATH}
     40 03 04 c0a80101       // NEXT_HOP
     00                      // 0.0.0.0/0
     01 80                   // 128.0.0.0/1
     08 0a                   // 10.0.0.0/8
     09 0a80                 // 10.128.0.0/9
     10 ac10                 // 172.16.0.0/16
     18 ac1001               // 172.16.1.0/24
     1f ac100106             // 172.16.1.6/31
     20 ac100107             // 172.16.1.7/32`,
    family: 0,
    nextHop: "c0a80101",
    prefixes: [
      [0, 0],
      [0x80000000, 1],
      [0x0a000000, 8],
      [0x0a800000, 9],
      [0xac100000, 16],
      [0xac100100, 24],
      [0xac100106, 31],
      [0xac100107, 32],
    ].map(([w0, length]) => ({ words: [w0, 0, 0, 0], length })),
  },
  {
    name: "IPv4 with path identifiers (RFC 7911 §3)",
    octets: `0000 0014 ${ORIGIN_AND_PATH}
     40 03 04 c0a80101
     00000007 08 0a          // 10.0.0.0/8, path 7
     ffffffff 08 0a          // again, path 4294967295`,
    family: 0,
    nextHop: "c0a80101",
    prefixes: [
      { ...TEN, pathId: 7 },
      { ...TEN, pathId: 0xffffffff },
    ],
    addPath: true,
  },
  { name: "IPv4 withdrawn", octets: "0002 08 0a 0000", family: 0, prefixes: [TEN] },
  {
    name: "IPv4 withdrawn with a path identifier",
    octets: "0006 00000007 08 0a 0000",
    family: 0,
    prefixes: [{ ...TEN, pathId: 7 }],
    addPath: true,
  },
  {
    name: "IPv6 (RFC 2545 §3)",
    octets: `0000 002d
     90 0e 001c              // MP_REACH_NLRI, 28 octets
       0002 01               // IPv6 unicast
       10 ${GLOBAL}
       00                    // reserved
       30 20010db80001       // 2001:db8:1::/48
     ${ORIGIN_AND_PATH}`,
    family: 1,
    nextHop: GLOBAL,
    prefixes: [DOC],
  },
  {
    name: "IPv6 with a link-local next hop besides, prefixes of every length of words",
    octets: `0000 005e
     90 0e 004d 0002 01      // MP_REACH_NLRI, 77 octets, IPv6 unicast
       20 ${GLOBAL} ${LINK_LOCAL}
       00
       00                    // ::/0
       01 80                 // 8000::/1
       20 20010db8           // 2001:db8::/32
       21 20010db880         // 2001:db8:8000::/33
       40 20010db8 00010002  // 2001:db8:1:2::/64
       80 20010db8 00000000 00000000 00000007
     ${ORIGIN_AND_PATH}`,
    family: 1,
    nextHop: GLOBAL + LINK_LOCAL,
    prefixes: [
      { words: [0, 0, 0, 0], length: 0 },
      { words: [0x80000000, 0, 0, 0], length: 1 },
      { words: [0x20010db8, 0, 0, 0], length: 32 },
      { words: [0x20010db8, 0x80000000, 0, 0], length: 33 },
      { words: [0x20010db8, 0x00010002, 0, 0], length: 64 },
      { words: [0x20010db8, 0, 0, 7], length: 128 },
    ],
  },
  {
    name: "IPv6 with a path identifier",
    octets: `0000 0031
     90 0e 0020 0002 01 10 ${GLOBAL} 00
       00000009 30 20010db80001
     ${ORIGIN_AND_PATH}`,
    family: 1,
    nextHop: GLOBAL,
    prefixes: [{ ...DOC, pathId: 9 }],
    addPath: true,
  },
  {
    name: "IPv6 withdrawn",
    octets: "0000 000e 90 0f 000a 0002 01 30 20010db80001",
    family: 1,
    prefixes: [DOC],
  },
  {
    name: "IPv6 withdrawn with a path identifier",
    octets: "0000 0012 90 0f 000e 0002 01 00000009 30 20010db80001",
    family: 1,
    prefixes: [{ ...DOC, pathId: 9 }],
    addPath: true,
  },
  {
    name: "IPv4 over an IPv6 next hop (RFC 8950 §3)",
    octets: `0000 0028
     90 0e 0017 0001 01      // MP_REACH_NLRI, 23 octets, IPv4 unicast
       10 ${GLOBAL} 00
       08 0a
     ${ORIGIN_AND_PATH}`,
    family: 0,
    nextHop: GLOBAL,
    prefixes: [TEN],
  },
  {
    name: "IPv4 over both IPv6 next hops, with a path identifier",
    octets: `0000 003c
     90 0e 002b 0001 01
       20 ${GLOBAL} ${LINK_LOCAL} 00
       00000007 08 0a
     ${ORIGIN_AND_PATH}`,
    family: 0,
    nextHop: GLOBAL + LINK_LOCAL,
    prefixes: [{ ...TEN, pathId: 7 }],
    addPath: true,
  },
  {
    name: "IPv4 in MP_REACH_NLRI with an IPv4 next hop (RFC 4760 §3)",
    octets: `0000 001b
     80 0e 0b 0001 01 04 c0a80101 00 08 0a
     ${ORIGIN_AND_PATH}`,
    family: 0,
    nextHop: "c0a80101",
    prefixes: [TEN],
    readOnly: true,
  },
  {
    name: "IPv4 in MP_UNREACH_NLRI",
    octets: "0000 0008 80 0f 05 0001 01 08 0a",
    family: 0,
    prefixes: [TEN],
    readOnly: true,
  },
];

function read({ octets, addPath = false }: UpdateVector): [UpdateReader, Uint8Array] {
  const bytes = message(MESSAGE.UPDATE, octets);
  const context: UpdateContext = {
    fourOctetAs: true,
    external: true,
    addPath: [addPath, addPath],
    families: [true, true],
    extendedNextHop: true,
  };
  const reader = new UpdateReader();
  assert.equal(reader.read(...bodyOf(bytes, MESSAGE.UPDATE), context), undefined);
  return [reader, bytes];
}

/** Where the prefixes are, by the vector: there must be none elsewhere. */
function rangeOf(reader: UpdateReader, { family, nextHop }: UpdateVector): Range {
  const { withdrawn, announced, mpReach, mpUnreach } = reader;
  const all = [withdrawn, announced, mpReach?.nlri, mpUnreach?.nlri];
  const used = all.filter((range) => range !== undefined && range.end > range.start);
  assert.equal(used.length, 1);
  const multiprotocol = nextHop === undefined ? mpUnreach : mpReach;
  if (multiprotocol !== undefined) assert.equal(multiprotocol.family, family);
  const base = nextHop === undefined ? withdrawn : announced;
  return multiprotocol?.nlri ?? base;
}

for (const vector of UPDATES) {
  const { name, family, nextHop, prefixes, addPath = false } = vector;
  test(`UPDATE: ${name}`, () => {
    const [reader, bytes] = read(vector);
    const { start, end } = rangeOf(reader, vector);
    const cursor = new NlriCursor();
    cursor.reset(bytes, start, end, family, addPath);
    const found: Prefix[] = [];
    while (cursor.next()) {
      const { w0, w1, w2, w3, length, pathId } = cursor;
      found.push({ words: [w0, w1, w2, w3], length, ...(addPath && { pathId }) });
    }
    assert.deepEqual(found, prefixes);
    if (nextHop !== undefined) {
      const { attributes, faults } = reader.decodeAttributes(reader.mpReach ? "mp" : "base");
      assert.deepEqual(faults, []);
      assert.deepEqual({ ...attributes, nextHop: undefined }, ATTRIBUTES);
      assert.ok(attributes.nextHop);
      assert.deepEqual(encodeNextHop(attributes.nextHop), annotated(nextHop));
    }
    if (vector.readOnly) return;
    const writer = new UpdateWriter(4096);
    const octets = encodeAttributes(ATTRIBUTES, { fourOctetAs: true });
    if (nextHop === undefined) writer.withdraw(family, addPath);
    else writer.announce(family, octets, annotated(nextHop), addPath);
    for (const { words, length, pathId } of prefixes) writer.add(...words, length, pathId ?? 0);
    assert.deepEqual(writer.take(), bytes);
  });
}

test("UPDATE: the attributes that UpdateWriter writes itself are in these vectors", () => {
  const types = new Set<number>();
  for (const vector of UPDATES.filter(({ readOnly }) => !readOnly)) {
    const [{ attributes }, bytes] = read(vector);
    const cursor = new AttributeCursor();
    cursor.reset(bytes, attributes.start, attributes.end);
    while (cursor.next()) types.add(cursor.type);
  }
  for (const type of [NEXT_HOP, MP_REACH_NLRI, MP_UNREACH_NLRI]) assert.ok(types.has(type));
});

test("UPDATE: End-of-RIB of each family (RFC 4724 §2)", () => {
  const writer = new UpdateWriter(4096);
  for (const [family, octets] of [
    [0, "0000 0000"],
    [1, "0000 0007 90 0f 0003 0002 01 // an empty MP_UNREACH_NLRI"],
  ] as const) {
    const [reader, bytes] = read({ name: "", octets, family, prefixes: [] });
    assert.equal(reader.endOfRib, family);
    writer.endOfRib(family);
    assert.deepEqual(writer.take(), bytes);
  }
});

// NOTIFICATION

/** The subcodes of each code: what codes.ts has, by the standards' names. */
const SUBCODES: Readonly<Record<keyof typeof ERROR, Readonly<Record<string, number>>>> = {
  MESSAGE_HEADER: codes.HEADER_ERROR,
  OPEN: codes.OPEN_ERROR,
  UPDATE: codes.UPDATE_ERROR,
  HOLD_TIMER_EXPIRED: { NONE: 0 },
  FSM: codes.FSM_ERROR,
  CEASE,
  ROUTE_REFRESH: codes.ROUTE_REFRESH_ERROR,
  SEND_HOLD_TIMER_EXPIRED: { NONE: 0 },
};

const hex = (octet: number): string => octet.toString(16).padStart(2, "0");

function notified(octets: string, code: number, subcode: number, data: Uint8Array): void {
  const bytes = message(MESSAGE.NOTIFICATION, octets);
  const value = { kind: "notification", code, subcode, data } as const;
  assert.deepEqual(decodeNotification(...bodyOf(bytes, MESSAGE.NOTIFICATION)), value);
  assert.deepEqual(encodeNotification(value), bytes);
}

for (const [name, subcodes] of Object.entries(SUBCODES)) {
  test(`NOTIFICATION ${name}: with every subcode, without data and with some`, () => {
    const code = ERROR[name as keyof typeof ERROR];
    for (const subcode of Object.values(subcodes)) {
      notified(`${hex(code)} ${hex(subcode)}`, code, subcode, new Uint8Array(0));
      notified(`${hex(code)} ${hex(subcode)} 1000`, code, subcode, Uint8Array.of(16, 0));
    }
  });
}

test("NOTIFICATION with a Shutdown Communication (RFC 9003 §2), and in a Hard Reset (RFC 8538 §3.1)", () => {
  const data = encodeShutdownCommunication("bye \u00fc");
  const octets = "06 62 79 65 20 c3bc // length, UTF-8";
  notified(`06 02 ${octets}`, ERROR.CEASE, CEASE.ADMINISTRATIVE_SHUTDOWN, data);
  const cause = { code: ERROR.CEASE, subcode: CEASE.ADMINISTRATIVE_RESET, data };
  const hard = hardReset(cause);
  notified(`06 09 06 04 ${octets}`, hard.code, hard.subcode, hard.data);
});

// KEEPALIVE and ROUTE-REFRESH

test("KEEPALIVE: a header", () => {
  const bytes = annotated(`${"ff".repeat(16)} 0013 04`);
  assert.equal(bytes.length, HEADER_LENGTH);
  bodyOf(bytes, MESSAGE.KEEPALIVE);
  assert.deepEqual(encodeKeepalive(), bytes);
});

const REFRESHES: Readonly<Record<keyof typeof ROUTE_REFRESH, string>> = {
  REQUEST: "0001 00 01 // IPv4 unicast (RFC 2918 §3)",
  BEGIN: "0002 01 01 // IPv6 unicast, BoRR (RFC 7313 §3.2)",
  END: "0002 02 01 // EoRR",
};

for (const [name, octets] of Object.entries(REFRESHES)) {
  test(`ROUTE-REFRESH ${name}`, () => {
    const subtype = ROUTE_REFRESH[name as keyof typeof ROUTE_REFRESH];
    const afi = subtype === ROUTE_REFRESH.REQUEST ? 1 : 2;
    const bytes = message(MESSAGE.ROUTE_REFRESH, octets);
    const value = { kind: "route-refresh", afi, safi: 1, subtype } as const;
    assert.deepEqual(decodeRouteRefresh(...bodyOf(bytes, MESSAGE.ROUTE_REFRESH)), value);
    assert.deepEqual(encodeRouteRefresh(value), bytes);
  });
}
