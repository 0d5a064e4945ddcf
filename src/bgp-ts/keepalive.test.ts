import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import { frameMessage } from "./frame.ts";
import { encodeKeepalive } from "./keepalive.ts";

test("a header and nothing else", () => {
  const bytes = annotated(`
    ffffffff ffffffff ffffffff ffffffff // marker
    0013                                // length 19
    04                                  // KEEPALIVE
  `);
  assert.deepEqual(encodeKeepalive(), bytes);
  const frame = frameMessage(bytes, 0, bytes.length, 4096);
  assert.deepEqual(frame, { kind: "message", type: 4, start: 19, end: 19, total: 19 });
});
