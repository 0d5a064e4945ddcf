import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import { UpdateEnvelope } from "./update-envelope.ts";

const PREFIX = annotated("08 0a");

/** A body with one prefix, written at index 5 of an array that was not zero before. */
function body(envelope: UpdateEnvelope): Uint8Array {
  const bytes = new Uint8Array(1024).fill(0xee);
  const at = envelope.writeHead(bytes, 5);
  bytes.set(PREFIX, at);
  const end = envelope.complete(bytes, 5, at + PREFIX.length);
  assert.equal(end - 5, envelope.length + PREFIX.length);
  return bytes.slice(5, end);
}

test("one envelope, filled again and again, keeps nothing of its past", () => {
  const envelope = new UpdateEnvelope();
  const attributes = annotated("40 01 01 00  80 04 04 00000064");
  const ipv6 = annotated("20010db8 00000000 00000000 00000001");
  const cases: [() => void, string][] = [
    [
      () => envelope.reach(1, attributes, ipv6),
      `0000 0026 90 0e 0017 0002 01 10 20010db8 00000000 00000000 00000001 00 08 0a
       40 01 01 00  80 04 04 00000064`,
    ],
    [() => envelope.withdrawn(), "0002 08 0a 0000"],
    [
      () => envelope.base(attributes, annotated("c0a80101")),
      "0000 0012 40 01 01 00  40 03 04 c0a80101  80 04 04 00000064 08 0a",
    ],
    [() => envelope.unreach(), "0000 0009 90 0f 0005 0002 01 08 0a"],
  ];
  for (const [fill, expected] of [...cases, ...cases.reverse()]) {
    fill();
    assert.deepEqual(body(envelope), annotated(expected));
  }
});

test("NEXT_HOP finds its place behind and before any attribute, of whatever length", () => {
  const nextHop = annotated("c0a80101");
  const NEXT_HOP = "40 03 04 c0a80101";
  const long = `50 02 0102 ${"02 01 00000001".repeat(43)}`;
  const cases = [
    ["", ""],
    ["40 01 01 00 40 02 00", ""],
    ["", "40 05 04 00000064"],
    [`40 01 01 00 ${long}`, "e0 63 01 03"],
  ];
  const envelope = new UpdateEnvelope();
  for (const [before, after] of cases) {
    envelope.base(annotated(before + after), nextHop);
    const written = body(envelope).slice(4);
    assert.deepEqual(written, annotated(`${before} ${NEXT_HOP} ${after} 08 0a`));
  }
});
