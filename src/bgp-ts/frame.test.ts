import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated, message } from "./annotated.test.ts";
import { frameMessage, messageOf } from "./frame.ts";

const MARKER = "ffffffff ffffffff ffffffff ffffffff";

test("a header and a body, in the middle of other octets", () => {
  const bytes = annotated(`
    0000                                 // not ours
    ${MARKER}                            // marker
    0017                                 // length 23
    05                                   // ROUTE-REFRESH
    0001 00 01                           // body
    ff                                   // the next message begins
  `);
  const frame = frameMessage(bytes, 2, bytes.length, 4096);
  assert.deepEqual(frame, { kind: "message", type: 5, start: 21, end: 25, total: 23 });
  assert.deepEqual(messageOf(5, bytes.slice(21, 25)), bytes.slice(2, 25));
});

test("a message cut at every octet asks for what is missing and for no more", () => {
  const bytes = message(2, "0000 0000 18 0a0001");
  for (let end = 0; end < bytes.length; end++) {
    const needed = end < 19 ? 19 : bytes.length;
    assert.deepEqual(frameMessage(bytes, 0, end, 4096), { kind: "incomplete", needed });
  }
  assert.equal(frameMessage(bytes, 0, bytes.length, 4096).kind, "message");
});

test("a marker that is not all ones is found at its first octet (RFC 4271 §6.1)", () => {
  for (let i = 0; i < 16; i++) {
    const bytes = message(4, "");
    bytes[i] = 0x47;
    const frame = frameMessage(bytes, 0, i + 1, 4096);
    assert.ok(frame.kind === "fault");
    assert.deepEqual([frame.code, frame.subcode, frame.offset], [1, 1, i]);
    assert.equal(frame.data.length, 0);
  }
});

test("lengths by type and by RFC 8654", () => {
  const header = (length: number, type: number) => {
    const bytes = message(type, "");
    bytes.set([length >>> 8, length & 0xff], 16);
    return bytes;
  };
  const judge = (length: number, type: number, maximum = 4096) => {
    const frame = frameMessage(header(length, type), 0, 19, maximum);
    if (frame.kind !== "fault") return frame.kind;
    assert.deepEqual([frame.code, frame.subcode, frame.offset], [1, 2, 16]);
    assert.deepEqual(frame.data, Uint8Array.of(length >>> 8, length & 0xff));
    return frame.kind;
  };
  assert.equal(judge(18, 4), "fault");
  assert.equal(judge(19, 4), "message");
  assert.equal(judge(20, 4), "fault");
  assert.equal(judge(20, 4, 65535), "fault");
  assert.equal(judge(28, 1), "fault");
  assert.equal(judge(29, 1), "incomplete");
  assert.equal(judge(22, 2), "fault");
  assert.equal(judge(23, 2), "incomplete");
  assert.equal(judge(20, 3), "fault");
  assert.equal(judge(21, 3), "incomplete");
  assert.equal(judge(22, 5), "incomplete", "for decodeRouteRefresh() to judge");
  assert.equal(judge(4096, 2), "incomplete");
  assert.equal(judge(4097, 2), "fault");
  assert.equal(judge(4097, 2, 65535), "incomplete");
  assert.equal(judge(65535, 3, 65535), "incomplete");
  assert.equal(judge(4097, 1, 65535), "fault", "OPEN stays at 4096 (RFC 8654 §4)");
});

test("a type that is not known is the data", () => {
  for (const type of [0, 6, 255]) {
    const frame = frameMessage(message(type, ""), 0, 19, 4096);
    assert.ok(frame.kind === "fault");
    assert.deepEqual([frame.code, frame.subcode, frame.offset], [1, 3, 18]);
    assert.deepEqual(frame.data, Uint8Array.of(type));
  }
});

test("any octets behind a good marker: an answer, and faults inside the header", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
      const bytes = Uint8Array.of(...new Array<number>(16).fill(255), ...rest);
      const frame = frameMessage(bytes, 0, bytes.length, 4096);
      if (frame.kind === "fault") assert.ok(frame.offset >= 0 && frame.offset < 19);
      if (frame.kind === "message") assert.ok(frame.end <= bytes.length && frame.total >= 19);
      if (frame.kind === "incomplete") assert.ok(frame.needed > bytes.length);
    }),
  );
});
