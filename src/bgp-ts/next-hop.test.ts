import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import { decodeNextHop, encodeNextHop, isHostAddress, type NextHop } from "./next-hop.ts";

const GLOBAL = "20010db8 00000000 00000000 00000001";
const LINK_LOCAL = "fe800000 00000000 02000000 00000002";
const ZERO = "00000000 00000000 00000000 00000000";

const LL = [0xfe800000, 0, 0x02000000, 2] as const;
const ipv6 = (w0: number, w3: number): NextHop => ({
  family: 1,
  w0,
  w1: 0,
  w2: 0,
  w3,
  linkLocal: undefined,
});
const onlyLinkLocal = { ...ipv6(LL[0], LL[3]), w2: LL[2] };

const decode = (octets: string) => {
  const bytes = annotated(octets);
  return decodeNextHop(bytes, 0, bytes.length);
};

test("4, 16 and 32 octets, both ways", () => {
  const cases: [string, NextHop][] = [
    ["c0a80101", { family: 0, w0: 0xc0a80101, w1: 0, w2: 0, w3: 0, linkLocal: undefined }],
    [GLOBAL, ipv6(0x20010db8, 1)],
    [LINK_LOCAL, onlyLinkLocal],
    [GLOBAL + LINK_LOCAL, { ...ipv6(0x20010db8, 1), linkLocal: LL }],
  ];
  for (const [octets, nextHop] of cases) {
    assert.deepEqual(decode(octets), nextHop);
    assert.deepEqual(encodeNextHop(nextHop), annotated(octets));
  }
});

test("the ways in which neighbours fill 32 octets", () => {
  assert.deepEqual(decode(ZERO + LINK_LOCAL), onlyLinkLocal);
  assert.deepEqual(decode(LINK_LOCAL + LINK_LOCAL), onlyLinkLocal);
  assert.deepEqual(decode(GLOBAL + ZERO), ipv6(0x20010db8, 1));
  assert.deepEqual(decode(GLOBAL + GLOBAL), ipv6(0x20010db8, 1));
  assert.deepEqual(decode(LINK_LOCAL + ZERO), onlyLinkLocal);
});

test("addresses that a host can have", () => {
  const is = (octets: string) => isHostAddress(decode(octets));
  for (const good of ["c0a80101", "01000000", "f0000001", GLOBAL, LINK_LOCAL]) assert.ok(is(good));
  for (const bad of ["00000000", "00000001", "7f000001", "e0000001", "ef000001", "ffffffff"]) {
    assert.ok(!is(bad), bad);
  }
  assert.ok(!is(ZERO));
  assert.ok(!is(ZERO.replace(/0$/, "1")), "::1");
  assert.ok(!is(GLOBAL.replace("2001", "ff02")));
});
