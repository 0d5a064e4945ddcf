import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import {
  decodeExtendedCommunities,
  decodeLargeCommunities,
  decodeU32s,
  encodeExtendedCommunities,
  encodeLargeCommunities,
} from "./communities.ts";
import { u32s } from "./octets.ts";

test("standard communities, both ways (RFC 1997)", () => {
  const bytes = annotated("fde9 0064  ffff ff01 // (65001,100), NO_EXPORT");
  const values = [0xfde90064, 0xffffff01];
  assert.deepEqual(decodeU32s(bytes, 0, bytes.length), values);
  assert.deepEqual(u32s(values), bytes);
});

test("extended communities, both ways (RFC 4360)", () => {
  const bytes = annotated("00 02 fde9 00000064  01 03 c0a80101 0007 // rt, ro");
  const values = [
    [0x0002fde9, 0x64],
    [0x0103c0a8, 0x01010007],
  ] as const;
  assert.deepEqual(decodeExtendedCommunities(bytes, 0, bytes.length), values);
  assert.deepEqual(encodeExtendedCommunities(values), bytes);
});

test("large communities, both ways (RFC 8092)", () => {
  const bytes = annotated("fa56ea01 00000001 ffffffff  00000007 00000000 00000002");
  const values = [
    [4200000001, 1, 0xffffffff],
    [7, 0, 2],
  ] as const;
  assert.deepEqual(decodeLargeCommunities(bytes, 0, bytes.length), values);
  assert.deepEqual(encodeLargeCommunities(values), bytes);
});

test("a large community that is there twice is there once (RFC 8092 §3)", () => {
  const bytes = annotated(`
    0000fde9 00000001 00000002  // 65001:1:2
    0000fde9 00000001 00000003  // 65001:1:3
    0000fde9 00000001 00000002  // 65001:1:2 again
  `);
  assert.deepEqual(decodeLargeCommunities(bytes, 0, bytes.length), [
    [65001, 1, 2],
    [65001, 1, 3],
  ]);
});
