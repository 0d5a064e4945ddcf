/**
 * Nothing that a neighbour sends makes a decoder throw, and every fault points into the message:
 * for any octets, and for good messages with a few octets changed, which get deeper.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attributes, capability, u8 } from "./arbitraries.test.ts";
import { withoutConfederations } from "./as-path.ts";
import { decodeAttributeList } from "./attribute-list.ts";
import { decodeCanonicalAttributes, encodeAttributes } from "./encode-attributes.ts";
import type { Fault } from "./fault.ts";
import { frameMessage, messageOf, type MessageType } from "./frame.ts";
import { NlriCursor } from "./nlri.ts";
import { decodeNotification, hardResetCause, shutdownCommunication } from "./notification.ts";
import { decodeOpen, encodeOpen } from "./open.ts";
import { decodeRouteRefresh } from "./route-refresh.ts";
import type { PathAttributes } from "./path-attributes.ts";
import { UpdateReader, type UpdateContext } from "./update-reader.ts";
import { UpdateWriter } from "./update-writer.ts";

const reader = new UpdateReader();
const cursor = new NlriCursor();

function checkFault(fault: Fault, total: number): void {
  assert.ok(Number.isInteger(fault.offset) && fault.offset >= 0 && fault.offset < total);
  assert.ok(fault.code >= 1 && fault.code <= 8 && fault.subcode >= 0);
  assert.ok(fault.reason.length > 0);
  assert.equal(fault.family !== undefined, fault.treatment === "afi-safi-disable");
}

/** Takes the message apart as the daemon does. */
function consume(bytes: Uint8Array, context: UpdateContext): void {
  const frame = frameMessage(bytes, 0, bytes.length, 65535);
  if (frame.kind === "fault") return checkFault(frame, Math.max(bytes.length, 19));
  if (frame.kind === "incomplete") return;
  const { start, end, total } = frame;
  if (frame.type === 2) return consumeUpdate(bytes, start, end, context);
  if (frame.type === 4) return;
  const value =
    frame.type === 1
      ? decodeOpen(bytes, start, end)
      : frame.type === 3
        ? decodeNotification(bytes, start, end)
        : decodeRouteRefresh(bytes, start, end);
  if (value.kind === "fault") checkFault(value, total);
  if (value.kind === "notification") {
    shutdownCommunication(value);
    hardResetCause(value);
  }
}

/** What a session without RFC 6793 makes of an attribute list. */
function throughTwoOctets(octets: Uint8Array): PathAttributes {
  const session = { fourOctetAs: false, external: false };
  const { attributes, faults } = decodeAttributeList(octets, 0, octets.length, 0, session, "none");
  assert.deepEqual(faults, []);
  return attributes;
}

function consumeUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: UpdateContext,
): void {
  const fault = reader.read(bytes, start, end, context);
  if (fault) {
    checkFault(fault, end);
    if (fault.treatment === "session-reset") return;
  }
  const sections = reader.mpReach ? (["base", "mp"] as const) : (["base"] as const);
  for (const section of sections) {
    const answer = reader.decodeAttributes(section);
    for (const one of answer.faults) checkFault(one, end);
    // What was let in can be kept and passed on, and means the same there.
    const canonical = encodeAttributes(answer.attributes, { fourOctetAs: true });
    const kept = { ...answer.attributes, nextHop: undefined };
    assert.deepEqual(decodeCanonicalAttributes(canonical), kept);
    const narrow = encodeAttributes(answer.attributes, { fourOctetAs: false });
    // AS4_PATH has no confederation segments, so large numbers in them are lost (RFC 6793 §5).
    const { asPath } = kept;
    const isWhole = withoutConfederations(asPath).length === asPath.length;
    if (isWhole) assert.deepEqual(throughTwoOctets(narrow), kept);
    const count = reader.keyRanges(section);
    assert.ok(count >= 1 && count <= 4);
    for (let i = 0; i < count * 2; i++) assert.ok(reader.keys[i] >= start && reader.keys[i] <= end);
  }
  cursor.reset(bytes, reader.announced.start, reader.announced.end, 0, context.addPath[0]);
  let at = 0;
  while (cursor.next()) at += (context.addPath[0] ? 5 : 1) + ((cursor.length + 7) >>> 3);
  assert.equal(at, reader.announced.end - reader.announced.start, "read() checked every prefix");
}

const context: fc.Arbitrary<UpdateContext> = fc.record({
  fourOctetAs: fc.boolean(),
  external: fc.boolean(),
  addPath: fc.tuple(fc.boolean(), fc.boolean()),
  families: fc.tuple(fc.boolean(), fc.boolean()),
  extendedNextHop: fc.boolean(),
});

const edits = fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 });

function edited(message: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = message.slice();
  for (const [at, octet] of changes) bytes[19 + (at % Math.max(1, bytes.length - 19))] = octet;
  return bytes.subarray(0, message.length);
}

test("any octets as any message", () => {
  const type = fc.constantFrom<MessageType>(1, 2, 3, 4, 5);
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 80 }), context, (kind, body, session) => {
      consume(messageOf(kind, body), session);
    }),
    { numRuns: 2000 },
  );
});

test("any octets as attributes and prefixes", () => {
  const small = fc.integer({ min: 0, max: 40 });
  const flags = fc.constantFrom(0x40, 0x80, 0xc0, 0x90, 0xd0, 0x00);
  const octet = fc.oneof(small, flags, u8);
  const list = fc.array(octet, { maxLength: 60 });
  fc.assert(
    fc.property(list, list, context, (attributeList, nlri, session) => {
      const lengths = [0, 0, 0, attributeList.length];
      consume(messageOf(2, Uint8Array.from([...lengths, ...attributeList, ...nlri])), session);
    }),
    { numRuns: 3000 },
  );
});

test("good UPDATEs with a few octets changed", () => {
  fc.assert(
    fc.property(attributes, context, fc.boolean(), edits, (value, session, wide, changes) => {
      const writer = new UpdateWriter(65535);
      const family = wide ? 1 : 0;
      const octets = encodeAttributes(value, { fourOctetAs: session.fourOctetAs });
      const nextHop = new Uint8Array(wide ? 16 : 4).fill(32);
      writer.announce(family, octets, nextHop, session.addPath[family]);
      for (let i = 0; i < 5; i++) writer.add(0x0a000000 + (i << 8), 0, 0, 0, 24, i);
      consume(edited(writer.take(), changes), session);
    }),
    { numRuns: 2000 },
  );
});

test("good OPENs with a few octets changed", () => {
  const capabilities = fc.array(capability, { maxLength: 6 });
  const session: UpdateContext = {
    fourOctetAs: true,
    external: true,
    addPath: [false, false],
    families: [true, true],
  };
  fc.assert(
    fc.property(capabilities, edits, (list, changes) => {
      const open = { asn: 65001, holdTime: 90, routerId: 1, capabilities: list };
      consume(edited(encodeOpen(open), changes), session);
    }),
    { numRuns: 1000 },
  );
});
