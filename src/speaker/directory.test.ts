import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress, parsePrefix } from "../route/index.ts";
import type { Address, Prefix } from "../route/index.ts";
import { RangeList, remoteKey } from "./directory.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

function range(text: string): { name: string; prefix: Prefix } {
  const prefix = parsePrefix(text);
  assert.ok(prefix);
  return { name: text, prefix };
}

test("the most specific range wins, whatever the order", () => {
  const ranges = new RangeList<{ name: string; prefix: Prefix }>();
  ranges.replace([
    range("10.0.0.0/8"),
    range("10.1.0.0/16"),
    range("fd00::/8"),
    range("10.0.0.0/9"),
  ]);
  assert.equal(ranges.find(address("10.1.2.3"))?.name, "10.1.0.0/16");
  assert.equal(ranges.find(address("10.2.2.3"))?.name, "10.0.0.0/9");
  assert.equal(ranges.find(address("10.200.0.1"))?.name, "10.0.0.0/8");
  assert.equal(ranges.find(address("fd00::1"))?.name, "fd00::/8");
  assert.equal(ranges.find(address("11.0.0.1")), undefined);
});

test("only link-local addresses are told apart by their interface", () => {
  assert.notEqual(remoteKey(address("fe80::1"), "a"), remoteKey(address("fe80::1"), "b"));
  assert.equal(remoteKey(address("fd00::1"), "a"), remoteKey(address("fd00::1"), undefined));
  assert.notEqual(remoteKey(address("0.0.0.1"), undefined), remoteKey(address("::"), undefined));
});
