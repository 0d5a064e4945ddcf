import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { message } from "./annotated.test.ts";
import { u8 } from "./arbitraries.test.ts";
import {
  decodeNotification,
  encodeNotification,
  encodeShutdownCommunication,
  hardReset,
  hardResetCause,
  shutdownCommunication,
} from "./notification.ts";

test("Cease/Administrative Shutdown with a text, both ways (RFC 9003 §2)", () => {
  const bytes = message(
    3,
    `06       // Cease
     02       // Administrative Shutdown
     07       // 7 octets of text
     6164696575 c3a9 // "adieué"`,
  );
  const notification = { code: 6, subcode: 2, data: encodeShutdownCommunication("adieué") };
  assert.deepEqual(encodeNotification(notification), bytes);
  const decoded = decodeNotification(bytes, 19, bytes.length);
  assert.deepEqual(decoded, { kind: "notification", ...notification });
  assert.equal(shutdownCommunication(notification), "adieué");
});

test("no text where there is none, or none that can be read", () => {
  const text = (subcode: number, ...data: number[]) =>
    shutdownCommunication({ code: 6, subcode, data: Uint8Array.from(data) });
  assert.equal(text(4, 1, 0x41), "A");
  assert.equal(text(2), undefined);
  assert.equal(text(2, 0), undefined);
  assert.equal(text(2, 2, 0x41), undefined, "longer than the data");
  assert.equal(text(2, 1, 0xff), undefined, "not UTF-8");
  assert.equal(text(7, 1, 0x41), undefined, "not a shutdown");
  assert.equal(text(2, 3, 0x41, 0x0a, 0x42), "A\ufffdB", "no line break for the log");
  // U+202E, right-to-left override, and U+2028, line separator.
  assert.equal(
    text(2, 6, 0xe2, 0x80, 0xae, 0xe2, 0x80, 0xa8),
    "\ufffd\ufffd",
    "nor for a terminal",
  );
});

test("a text is cut to 255 octets, between characters", () => {
  const data = encodeShutdownCommunication("é".repeat(200));
  assert.equal(data[0], 254);
  assert.equal(data.length, 255);
});

test("Hard Reset carries its cause (RFC 8538 §3.1)", () => {
  const cause = { code: 6, subcode: 4, data: Uint8Array.of(1, 0x41) };
  const outer = hardReset(cause);
  assert.deepEqual([outer.code, outer.subcode, ...outer.data], [6, 9, 6, 4, 1, 0x41]);
  assert.deepEqual(hardResetCause(outer), { kind: "notification", ...cause });
  assert.equal(hardResetCause({ ...outer, data: Uint8Array.of(6) }), undefined);
  assert.equal(hardResetCause({ kind: "notification", ...cause } as never), undefined);
});

test("without code and subcode", () => {
  const bytes = message(3, "06");
  const fault = decodeNotification(bytes, 19, 20);
  assert.ok(fault.kind === "fault");
  assert.deepEqual([fault.code, fault.subcode, fault.offset], [1, 2, 16]);
});

test("data never make a message of more than 4096 octets", () => {
  const bytes = encodeNotification({ code: 3, subcode: 5, data: new Uint8Array(5000) });
  assert.equal(bytes.length, 4096);
});

test("decode(encode(x)) is x", () => {
  fc.assert(
    fc.property(u8, u8, fc.uint8Array({ maxLength: 300 }), (code, subcode, data) => {
      const bytes = encodeNotification({ code, subcode, data });
      const decoded = decodeNotification(bytes, 19, bytes.length);
      assert.deepEqual(decoded, { kind: "notification", code, subcode, data });
    }),
  );
});
