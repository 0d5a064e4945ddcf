import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAigp, encodeAigp } from "./aigp.ts";
import { annotated } from "./annotated.test.ts";

const decode = (octets: string) => {
  const bytes = annotated(octets);
  return decodeAigp(bytes, 0, bytes.length);
};

test("the metric, both ways (RFC 7311 §3)", () => {
  const octets = "01 000b 00000001 80000002 // TLV type 1 of 11 octets";
  assert.equal(decode(octets), 0x180000002n);
  assert.deepEqual(encodeAigp(0x180000002n), annotated(octets));
  assert.deepEqual(encodeAigp(0xffffffffffffffffn), annotated("01000b ffffffffffffffff"));
});

test("the first metric counts, other TLVs are stepped over", () => {
  const metric = "01 000b 00000000 00000005";
  assert.equal(decode(`02 0004 ff ${metric} 01 000b 00000000 00000006`), 5n);
  assert.equal(decode("02 0003"), undefined);
});

test("TLVs that do not add up", () => {
  const at = (octets: string) => {
    const answer = decode(octets);
    assert.ok(typeof answer === "object");
    return answer.at;
  };
  assert.equal(at("01 00"), 0);
  assert.equal(at("02 0002"), 1, "shorter than its head");
  assert.equal(at("02 0004"), 1, "overruns");
  assert.equal(at("01 000a 00000000 000000"), 1, "a metric of 7 octets");
});
