import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatExtendedCommunity,
  matchesCommunity,
  parseCommunityPattern,
  parseExtendedCommunity,
  parseExtendedCommunityPattern,
  parseLargeCommunity,
  parseLargeCommunityPattern,
} from "./community-text.ts";

test("standard communities with wildcards", () => {
  const matched = (pattern: string, community: number): boolean => {
    const read = parseCommunityPattern(pattern);
    assert.ok(read, pattern);
    return matchesCommunity(read, [community]);
  };
  const one = 0xfc000064;
  for (const yes of ["64512:100", "64512:*", "*:100", "*:*"]) assert.ok(matched(yes, one), yes);
  for (const no of ["64512:101", "64513:*", "*:1", "no-export"]) assert.ok(!matched(no, one), no);
  assert.ok(matched("no-export", 0xffffff01));
  for (const bad of ["64512", "65536:1", "1:65536", "1:2:3", ":", "*", "1:**", "-1:2"]) {
    assert.equal(parseCommunityPattern(bad), undefined, bad);
  }
});

test("RFC 4360, RFC 5668: extended communities, there and back", () => {
  const cases: readonly (readonly [string, readonly [number, number]])[] = [
    ["rt:64512:100", [0x0002fc00, 100]],
    ["ro:1:4294967295", [0x00030001, 0xffffffff]],
    ["rt:192.0.2.1:7", [0x0102c000, 0x02010007]],
    ["rt:65536:7", [0x02020001, 0x00000007]],
    ["0x43000000:0x1", [0x43000000, 1]],
  ];
  for (const [text, words] of cases) {
    assert.deepEqual(parseExtendedCommunity(text), words);
    assert.equal(formatExtendedCommunity(words), text);
  }
  const bad = [
    "rt:64512",
    "rt:64512:*",
    "rt:65536:65536",
    "rt:1:2:3",
    "soo:1:2",
    "0x1",
    "rt:1.2.3:4",
    "rt:1.2.3.4:*",
  ];
  for (const text of bad) assert.equal(parseExtendedCommunity(text), undefined, text);
  const matched = (pattern: string, text: string): boolean => {
    const read = parseExtendedCommunityPattern(pattern);
    const words = parseExtendedCommunity(text);
    assert.ok(read && words);
    return matchesCommunity(read, words);
  };
  assert.ok(matched("rt:*", "rt:64512:100") && matched("rt:*", "rt:192.0.2.1:7"));
  assert.ok(matched("rt:64512:*", "rt:64512:100") && matched("rt:65536:*", "rt:65536:9"));
  assert.ok(!matched("rt:*", "ro:64512:100") && !matched("rt:64512:*", "rt:64513:100"));
  assert.ok(matched("0x43000000:*", "0x43000000:0x2"));
});

test("RFC 8092: large communities", () => {
  assert.deepEqual(parseLargeCommunity("64512:1:4294967295"), [64512, 1, 4294967295]);
  for (const bad of ["1:2", "1:2:3:4", "1:2:*", "1:2:4294967296", "1:2:x"]) {
    assert.equal(parseLargeCommunity(bad), undefined, bad);
  }
  const pattern = parseLargeCommunityPattern("64512:*:2");
  assert.ok(pattern);
  assert.ok(matchesCommunity(pattern, [64512, 9, 2]));
  assert.ok(!matchesCommunity(pattern, [64512, 9, 3]));
});
