import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCommunity, parseCommunity } from "./index.ts";

test("two numbers of 16 bits, or a name", () => {
  assert.equal(parseCommunity("65001:100"), 0xfde90064);
  assert.equal(parseCommunity("65535:65281"), 0xffffff01);
  assert.equal(parseCommunity("no-export"), 0xffffff01);
  assert.equal(parseCommunity("graceful-shutdown"), 0xffff0000);
  for (const text of [
    "",
    ":",
    "1:",
    ":1",
    "65536:0",
    "0:65536",
    "1:2:3",
    "01:1",
    "-1:1",
    "NO-EXPORT",
  ]) {
    assert.equal(parseCommunity(text), undefined, text);
  }
  assert.equal(formatCommunity(0xfde90064), "65001:100");
});
