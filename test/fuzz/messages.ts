import fc from "fast-check";
import {
  encodeAttributes,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  UpdateWriter,
} from "bgp-ts";
import { messageOf, type MessageType } from "../../src/bgp-ts/frame.ts";
import { attributes, capability, u16, u8 } from "../../src/bgp-ts/arbitraries.test.ts";

/** What a neighbour may send: right, nearly right, and anything at all. */

export const HOSTILE_ASN = 64666;

/** UPDATEs of 203.0.113.0/24 and of 100.64.0.0/10: nobody else's prefixes. */
const update = fc
  .record({
    value: attributes,
    family: fc.constantFrom(0 as const, 1 as const),
    own: fc.boolean(),
    withdraw: fc.boolean(),
    at: fc.integer({ min: 0, max: 40 }),
    count: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ value, family, own, withdraw, at, count }) => {
    const writer = new UpdateWriter(4096);
    // Mostly a path that is accepted: what is not gets no further than the import policy.
    const asPath = own ? [{ type: 2 as const, asns: [HOSTILE_ASN] }] : value.asPath;
    const octets = encodeAttributes({ ...value, asPath }, { fourOctetAs: true });
    const nextHop = new Uint8Array(family === 1 ? 16 : 4).fill(10);
    if (withdraw) writer.withdraw(family, false);
    else writer.announce(family, octets, nextHop, false);
    const first = family === 1 ? 0x20010db8 : 0x64400000;
    for (let i = 0; i < count; i++) {
      if (family === 1) writer.add(first, at + i, 0, 0, 64, 0);
      else writer.add(first + ((at + i) << 8), 0, 0, 0, 24, 0);
    }
    return writer.take();
  });

const open = fc
  .record({ holdTime: u16, capabilities: fc.array(capability, { maxLength: 4 }) })
  .map((fields) => encodeOpen({ asn: HOSTILE_ASN, routerId: 66, ...fields }));

const right = fc.oneof(
  { weight: 12, arbitrary: update },
  fc.constantFrom(encodeKeepalive(), encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 })),
  fc
    .tuple(u16, u8, fc.constantFrom(0, 1, 2, 3))
    .map(([afi, safi, subtype]) => encodeRouteRefresh({ afi, safi, subtype })),
  fc.tuple(u8, u8).map(([code, subcode]) => encodeNotification({ code, subcode })),
  open,
);

const edits = fc.array(fc.tuple(fc.nat(), u8), { minLength: 1, maxLength: 4 });

/** A few octets behind the marker are others. */
const nearlyRight = fc.tuple(right, edits).map(([message, changes]) => {
  const bytes = message.slice();
  for (const [at, octet] of changes) bytes[16 + (at % (bytes.length - 16))] = octet;
  return bytes;
});

const anyBody = fc
  .tuple(fc.constantFrom<MessageType>(1, 2, 3, 4, 5), fc.uint8Array({ maxLength: 60 }))
  .map(([type, body]) => messageOf(type, body));

export const message: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: right },
  { weight: 6, arbitrary: nearlyRight },
  { weight: 2, arbitrary: anyBody },
  fc.uint8Array({ minLength: 1, maxLength: 60 }),
);
