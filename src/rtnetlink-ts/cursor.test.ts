import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AttributeCursor, MessageCursor } from "./cursor.ts";
import { NetlinkWriter } from "./writer.ts";

test("messages that were written are read back, with any lengths", () => {
  const message = fc.record({
    type: fc.integer({ min: 16, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
    value: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      const writer = new NetlinkWriter(16);
      for (const { type, flags, sequence, value } of messages) {
        writer.begin(type, flags, sequence);
        writer.attributeBytes(7, value);
        writer.end();
      }
      const cursor = new MessageCursor().reset(writer.bytes, writer.length);
      const read: unknown[] = [];
      while (cursor.next()) {
        const attributes = new AttributeCursor().reset(cursor.bytes, cursor.start, cursor.end);
        assert.ok(attributes.next());
        const value = [...cursor.bytes.slice(attributes.start, attributes.end)];
        read.push({ type: cursor.type, flags: cursor.flags, sequence: cursor.sequence, value });
      }
      // NLM_F_REQUEST (1) is always there.
      assert.deepEqual(
        read,
        messages.map(({ value, ...rest }) => ({
          ...rest,
          flags: rest.flags | 1,
          value: [...value],
        })),
      );
      assert.equal(writer.count, messages.length);
    }),
  );
});

test("a datagram cut anywhere gives its whole messages, and says that it was cut", () => {
  const writer = new NetlinkWriter();
  for (const sequence of [1, 2, 3]) {
    writer.begin(24, 0, sequence);
    writer.attributeU32(1, 7);
    writer.end();
  }
  for (let end = 0; end <= writer.length; end++) {
    const cursor = new MessageCursor().reset(writer.bytes, end);
    let count = 0;
    while (cursor.next()) assert.equal(cursor.sequence, ++count);
    assert.equal(count, Math.floor(end / 24));
    assert.equal(cursor.malformed, end % 24 !== 0);
  }
});

test("lengths that cannot be true end the walk", () => {
  for (const length of [0, 1, 15, 25, 0xffffffff]) {
    const bytes = new Uint8Array(24);
    new DataView(bytes.buffer).setUint32(0, length, true);
    const cursor = new MessageCursor().reset(bytes, 24);
    assert.equal(cursor.next(), false);
    assert.equal(cursor.malformed, true);
  }
});

test("any bytes at all: the walks end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const cursor = new MessageCursor().reset(bytes, bytes.length);
      while (cursor.next()) {
        const attributes = new AttributeCursor().reset(bytes, cursor.start, cursor.end);
        while (attributes.next()) assert.ok(attributes.end <= cursor.end);
      }
    }),
  );
});
