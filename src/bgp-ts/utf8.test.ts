import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

test("as the platform does it, both ways", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = new TextEncoder().encode(text);
      assert.deepEqual(encodeUtf8(text, Infinity), bytes);
      assert.equal(decodeUtf8(bytes), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    }),
  );
});

test("what the platform refuses is refused", () => {
  const strict = (bytes: Uint8Array) => {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return undefined;
    }
  };
  const leads = fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xf5);
  const octets = fc.array(fc.oneof(leads, fc.integer({ min: 0x80, max: 0xff })), { maxLength: 6 });
  fc.assert(
    fc.property(octets, (list) => {
      const bytes = Uint8Array.from(list);
      assert.equal(decodeUtf8(bytes), strict(bytes));
    }),
    { numRuns: 1000 },
  );
});

test("cut between two characters, never within one", () => {
  assert.deepEqual(encodeUtf8("aé", 2), Uint8Array.of(0x61));
  assert.deepEqual(encodeUtf8("aé", 3), Uint8Array.of(0x61, 0xc3, 0xa9));
  assert.deepEqual(encodeUtf8("\ud800", 9), Uint8Array.of(0xef, 0xbf, 0xbd));
});
