/** Annotated bytes for the tests of this room: hexadecimal, with a remark after each "|". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageCursor } from "./cursor.ts";
import { NetlinkWriter } from "./writer.ts";

/** Lines of "08 00 1e 00 | RTA_NH_ID". */
export function bytesOf(annotated: string): Uint8Array {
  const pairs = annotated
    .split("\n")
    .map((line) => line.split("|")[0].trim())
    .filter((line) => line !== "")
    .flatMap((line) => line.split(/\s+/));
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** What a writer holds after `write`. */
export function written(write: (writer: NetlinkWriter) => void): Uint8Array {
  const writer = new NetlinkWriter(64);
  write(writer);
  return writer.bytes.slice(0, writer.length);
}

/** The only message in the bytes. */
export function messageIn(bytes: Uint8Array): MessageCursor {
  const cursor = new MessageCursor().reset(bytes, bytes.length);
  assert.ok(cursor.next(), "a message");
  return cursor;
}

/** Checks that a decoder answers every truncation of a message, and every byte in it changed. */
export function survivesDamage(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, start: number, end: number) => unknown,
): void {
  for (let end = 16; end <= bytes.length; end++) decode(bytes.slice(0, end), 16, end);
  for (let at = 16; at < bytes.length; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] = value;
      decode(damaged, 16, damaged.length);
    }
  }
}

test("annotated bytes are read without their remarks", () => {
  assert.deepEqual(bytesOf("01 fe | one\n\n 02 | two"), Uint8Array.from([1, 0xfe, 2]));
});
