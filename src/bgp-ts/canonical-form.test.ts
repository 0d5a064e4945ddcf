import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated } from "./annotated.test.ts";
import { attributes } from "./arbitraries.test.ts";
import { decodeAttributeList } from "./attribute-list.ts";
import { CanonicalForm } from "./canonical-form.ts";
import { encodeAttributes } from "./encode-attributes.ts";

const WIDE = { fourOctetAs: true, external: false };
const VIA = { family: 0, w0: 0xc0a80101, w1: 0, w2: 0, w3: 0, linkLocal: undefined } as const;
const ORIGIN = annotated("40 01 01 00");
const AS_PATH = annotated("40 02 06 02 01 0000fde9");
const NEXT_HOP = annotated("40 03 04 c0a80101");
const MED = annotated("80 04 04 00000064");

function read(octets: readonly Uint8Array[], context = WIDE, nextHop?: typeof VIA) {
  const bytes = Uint8Array.from(octets.flatMap((part) => [...part]));
  const form = new CanonicalForm();
  const via = form.read(bytes, 0, bytes.length, context, nextHop);
  return { via, octets: form.bytes.slice(0, form.length) };
}

test("the octets without NEXT_HOP and what is multiprotocol, and the next hop", () => {
  const { via, octets } = read([ORIGIN, AS_PATH, NEXT_HOP, MED]);
  assert.deepEqual(via, VIA);
  assert.deepEqual(octets, Uint8Array.of(...ORIGIN, ...AS_PATH, ...MED));
  const reach = annotated("80 0e 04 0001 01 00");
  const other = { ...VIA, w0: 7 } as never;
  // With MP_REACH_NLRI its own next hop counts, wherever it stands.
  assert.equal(read([reach, ORIGIN, AS_PATH, NEXT_HOP, MED], WIDE, other).via, other);
});

test("other forms are not taken for the canonical one", () => {
  const forms: Readonly<Record<string, readonly Uint8Array[]>> = {
    "out of order": [AS_PATH, ORIGIN, NEXT_HOP],
    twice: [ORIGIN, ORIGIN, AS_PATH, NEXT_HOP],
    "without NEXT_HOP": [ORIGIN, AS_PATH],
    "a long length for a short value": [annotated("50 01 0001 00"), AS_PATH, NEXT_HOP],
    "an unused flag": [annotated("41 01 01 00"), AS_PATH, NEXT_HOP],
    "Partial where it is not sent on": [ORIGIN, AS_PATH, NEXT_HOP, annotated("a0 04 04 00000064")],
    "not understood, and not marked Partial": [ORIGIN, AS_PATH, NEXT_HOP, annotated("c0 63 00")],
    "not understood, and not to be sent on": [ORIGIN, AS_PATH, NEXT_HOP, annotated("80 63 00")],
    "cut short": [ORIGIN, AS_PATH, NEXT_HOP, annotated("80 04 04 0000")],
    "a wrong length": [ORIGIN, AS_PATH, NEXT_HOP, annotated("80 04 03 000000")],
  };
  for (const [what, octets] of Object.entries(forms)) {
    assert.equal(read(octets).via, undefined, what);
  }
  assert.equal(read([ORIGIN, AS_PATH, NEXT_HOP], { ...WIDE, fourOctetAs: false }).via, undefined);
});

test("what encodeAttributes() has written is canonical", () => {
  fc.assert(
    fc.property(attributes, (value) => {
      const verbatim = { ...value, aigp: undefined, largeCommunities: undefined };
      const octets = encodeAttributes(verbatim, WIDE);
      const form = read([octets], WIDE, VIA);
      assert.equal(form.via, VIA);
      assert.deepEqual(form.octets, octets);
    }),
  );
});

test("what is canonical, and sound, is encoded in the same octets again", () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
  fc.assert(
    fc.property(
      attributes,
      fc.array(change, { maxLength: 3 }),
      fc.boolean(),
      (value, changes, external) => {
        const octets = encodeAttributes(value, WIDE);
        for (const { at, to } of changes) octets[at % octets.length] = to;
        const context = { ...WIDE, external };
        const form = read([octets], context, VIA);
        if (form.via === undefined) return;
        const decoded = decodeAttributeList(octets, 0, octets.length, 0, context, "mp", VIA);
        if (decoded.faults.length > 0) return;
        assert.deepEqual(encodeAttributes(decoded.attributes, WIDE), form.octets);
      },
    ),
    { numRuns: 2000 },
  );
});
