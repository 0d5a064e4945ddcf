import fc from "fast-check";
import type { AsPathSegment, AsPathSegmentType } from "./as-path.ts";
import type { Capability } from "./capability.ts";
import { pathAttributes, type PathAttributes } from "./path-attributes.ts";

/** fc.record() of plain objects, as decoders make them. */
export function record<T>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 0xffffffff),
);

/** An AS number of four octets, often one of two; never 0. */
export const asn = fc.oneof(
  fc.integer({ min: 1, max: 0xffff }),
  fc.integer({ min: 1, max: 0xffffffff }),
);

export function asPath(types: AsPathSegmentType[] = [1, 2]): fc.Arbitrary<AsPathSegment[]> {
  const segment = record({
    type: fc.constantFrom(...types),
    asns: fc.array(asn, { minLength: 1, maxLength: 5 }),
  });
  return fc.array(segment, { maxLength: 4 });
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const some = <T>(arbitrary: fc.Arbitrary<T>) =>
  optional(fc.array(arbitrary, { minLength: 1, maxLength: 70 }));

const unknown = fc.uniqueArray(
  record({
    flags: fc.constant(0xe0),
    type: fc.integer({ min: 36, max: 255 }),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
  { selector: (attribute) => attribute.type, maxLength: 3 },
);

/** Attributes in the form that decoding gives, without a next hop. */
export const attributes: fc.Arbitrary<PathAttributes> = record({
  origin: fc.constantFrom(0 as const, 1 as const, 2 as const),
  asPath: asPath(),
  med: optional(u32),
  localPref: optional(u32),
  atomicAggregate: fc.boolean(),
  aggregator: optional(record({ asn, address: u32 })),
  communities: some(u32),
  originatorId: optional(u32),
  clusterList: some(u32),
  extendedCommunities: some(fc.tuple(u32, u32)),
  aigp: optional(fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })),
  largeCommunities: optional(
    fc.uniqueArray(fc.tuple(u32, u32, u32), {
      minLength: 1,
      maxLength: 70,
      selector: (value) => value.join(":"),
    }),
  ),
  onlyToCustomer: optional(u32),
  unknown: unknown.map((list) => list.sort((a, b) => a.type - b.type)),
  partialCommunities: fc.boolean(),
}).map(({ partialCommunities, ...fields }) =>
  pathAttributes({
    ...fields,
    partial: partialCommunities && fields.communities ? [8] : undefined,
  }),
);

const afi = fc.integer({ min: 0, max: 0xffff });
const family = { afi, safi: u8 };

/** Any capability that encodeCapability() can say in 255 octets. */
export const capability: fc.Arbitrary<Capability> = fc.oneof(
  record({ kind: fc.constant("multiprotocol" as const), ...family }),
  record({ kind: fc.constant("route-refresh" as const) }),
  record({ kind: fc.constant("enhanced-route-refresh" as const) }),
  record({ kind: fc.constant("extended-message" as const) }),
  record({ kind: fc.constant("role" as const), role: u8 }),
  record({ kind: fc.constant("four-octet-as" as const), asn: u32 }),
  record({
    kind: fc.constant("graceful-restart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    time: fc.integer({ min: 0, max: 4095 }),
    families: fc.array(record({ ...family, forwarding: fc.boolean() })),
  }),
  record({
    kind: fc.constant("add-path" as const),
    families: fc.array(
      record({ ...family, send: fc.boolean(), receive: fc.boolean() }).filter(
        (row) => row.send || row.receive,
      ),
    ),
  }),
  record({
    kind: fc.constant("extended-next-hop" as const),
    entries: fc.array(record({ afi, safi: u16, nextHopAfi: afi })),
  }),
  record({
    kind: fc.constant("long-lived-graceful-restart" as const),
    families: fc.array(
      record({
        ...family,
        forwarding: fc.boolean(),
        staleTime: fc.integer({ min: 0, max: 0xffffff }),
      }),
    ),
  }),
  record({
    kind: fc.constant("unknown" as const),
    code: fc.integer({ min: 128, max: 255 }),
    value: fc.uint8Array({ maxLength: 255 }),
  }),
);
