import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Prefix,
  formatPrefix,
  formatPrefixRange,
  networkOf,
  parseAddress,
  parsePrefix,
  parsePrefixRange,
  prefixContains,
  prefixContainsAddress,
  prefixesEqual,
} from "./index.ts";

function at(text: string): Prefix {
  const prefix = parsePrefix(text);
  assert.ok(prefix, text);
  return prefix;
}

test("a prefix has no host bits and a plain length", () => {
  for (const text of [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.2.3/32",
    "::/0",
    "2001:db8::/33",
    "::1/128",
  ]) {
    assert.equal(formatPrefix(at(text)), text);
  }
  const bad = ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1"];
  for (const text of [
    ...bad,
    "10.0.0.0/8/8",
    "10.0.0.0/8 ",
    "/8",
    "2001:db8::/129",
    "2001:db8::1/64",
  ]) {
    assert.equal(parsePrefix(text), undefined, text);
  }
});

test("what lies in what", () => {
  assert.ok(prefixContains(at("172.16.0.0/12"), at("172.31.255.0/24")));
  assert.ok(prefixContains(at("172.16.0.0/12"), at("172.16.0.0/12")));
  assert.ok(!prefixContains(at("172.16.0.0/12"), at("172.0.0.0/8")));
  assert.ok(!prefixContains(at("172.16.0.0/12"), at("172.32.0.0/24")));
  assert.ok(prefixContains(at("0.0.0.0/0"), at("255.0.0.0/8")));
  assert.ok(!prefixContains(at("0.0.0.0/0"), at("::/0")));
  assert.ok(prefixContains(at("2001:db8::/33"), at("2001:db8:7fff::/48")));
  assert.ok(!prefixContains(at("2001:db8::/33"), at("2001:db8:8000::/48")));
  assert.ok(!prefixesEqual(at("10.0.0.0/8"), at("10.0.0.0/9")));
});

test("an address lies in its network of any length, and the network is inside the shorter ones", () => {
  const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  const length = fc.integer({ min: 0, max: 128 });
  fc.assert(
    fc.property(words, length, length, (groups, a, b) => {
      const address = parseAddress(groups.map((group) => group.toString(16)).join(":"));
      assert.ok(address);
      const outer = networkOf(address, Math.min(a, b));
      const inner = networkOf(address, Math.max(a, b));
      assert.ok(prefixContainsAddress(inner, address));
      assert.ok(prefixContains(outer, inner));
      assert.equal(prefixContains(inner, outer), a === b || prefixesEqual(inner, outer));
      assert.deepEqual(parsePrefix(formatPrefix(inner)), inner);
    }),
  );
});

test("ranges of prefixes", () => {
  const cases: [string, number, number][] = [
    ["172.16.0.0/12", 12, 12],
    ["172.16.0.0/12 le 32", 12, 32],
    ["172.16.0.0/12 ge 24", 24, 32],
    ["172.16.0.0/12 ge 20 le 24", 20, 24],
    ["2001:db8::/32 ge 48", 48, 128],
    ["0.0.0.0/0 le 0", 0, 0],
  ];
  for (const [text, minimum, maximum] of cases) {
    const range = parsePrefixRange(text);
    assert.ok(range, text);
    assert.deepEqual([range.minimum, range.maximum], [minimum, maximum], text);
    assert.deepEqual(parsePrefixRange(formatPrefixRange(range)), range);
  }
  assert.deepEqual(
    parsePrefixRange("10.0.0.0/8 le 24 ge 20"),
    parsePrefixRange("10.0.0.0/8 ge 20 le 24"),
  );
  const bad = ["10.0.0.0/8 le", "10.0.0.0/8 le 7", "10.0.0.0/8 le 33", "10.0.0.0/8 eq 9", "le 32"];
  for (const text of [
    ...bad,
    "10.0.0.0/8 ge 24 le 20",
    "10.0.0.0/8 ge 9 ge 10",
    "10.0.0.0/8  le 9",
  ]) {
    assert.equal(parsePrefixRange(text), undefined, text);
  }
});
