// No policy throws or changes what it is given, whatever octets a neighbour sends as attributes and
// whatever filter the language can say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type UpdateContext, UpdateReader } from "bgp-ts";
import fc from "fast-check";
import { COMMUNITY, PLAIN, Prefix } from "../../route/index.ts";
import { World, address, prefix, range } from "./helpers.test.ts";
import { ExportPolicy, type FilterChange, type FilterMatch, ImportPolicy } from "./index.ts";
import type { FilterRule, FilterSpec } from "./index.ts";
import { SOURCE, type Source } from "./source.ts";

const RUNS = 300;
const CONTEXT: UpdateContext = {
  fourOctetAs: true,
  external: true,
  addPath: [false, false],
  families: [true, true],
};

const u32 = fc.oneof(
  fc.nat(3),
  fc.constantFrom(64512, 64600),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });

/** One attribute: a likely type, with a value that fits it or any other. */
const attribute = fc
  .record({
    flags: fc.constantFrom(0x40, 0x80, 0xc0, 0xe0, 0x00),
    type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 26, 32, 35), fc.nat(255)),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 24 }),
      fc.constantFrom([0], [1, 2, 3, 4], [2, 1, 0, 0, 0xfc, 0x58], [0xff, 0xff, 2, 0x9a], []),
    ),
  })
  .map(({ flags, type, value }) => [flags, type, value.length, ...value]);

/** Enough for a route that is taken, before whatever else there is. */
const SOUND = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfc, 0x58, 0x40, 3, 4, 192, 168, 1, 1];

const update = fc
  .record({ isSound: fc.boolean(), attributes: fc.array(attribute, { maxLength: 8 }) })
  .map(({ isSound, attributes }) => {
    const list = [...(isSound ? SOUND : []), ...attributes.flat()];
    const head = new Array<number>(19).fill(255);
    return Uint8Array.of(...head, 0, 0, list.length >> 8, list.length & 255, ...list, 8, 10);
  });

const pattern = (words: number) =>
  fc.record({
    mask: fc.array(fc.constantFrom(0, 0xffff0000, 0xffffffff), {
      minLength: words,
      maxLength: words,
    }),
    value: fc.array(u32, { minLength: words, maxLength: words }),
  });
const span = fc
  .tuple(u32, u32)
  .map(([a, b]) => ({ minimum: Math.min(a, b), maximum: Math.max(a, b) }));
const ranges = fc.constantFrom(
  range("10.0.0.0/8 le 32"),
  range("::/0 le 128"),
  range("10.0.0.0/8"),
);
const large = fc.tuple(u32, u32, u32);
const extended = fc.tuple(u32, u32);

const match: fc.Arbitrary<FilterMatch> = fc.record(
  {
    prefix: some(ranges),
    notPrefix: some(ranges),
    length: span,
    family: some(fc.constantFrom(0 as const, 1 as const)),
    source: some(fc.constantFrom("own-pods" as const, "static" as const, "ebgp" as const)),
    nextHop: some(fc.constantFrom(prefix("192.168.0.0/16"), prefix("::/0"))),
    asPath: fc.record(
      {
        regex: fc.constantFrom("_64600_", "^$", "(1|2)*", "^64600(_[0-9]+)*$"),
        contains: fc.array(u32, { minLength: 1, maxLength: 2 }),
        startsWith: fc.array(u32, { minLength: 1, maxLength: 2 }),
        endsWith: fc.array(u32, { minLength: 1, maxLength: 2 }),
        length: span,
      },
      { requiredKeys: [] },
    ),
    communities: some(pattern(1)),
    extendedCommunities: some(pattern(2)),
    largeCommunities: some(pattern(3)),
    origin: some(fc.constantFrom(0 as const, 1 as const, 2 as const)),
    med: span,
    localPref: span,
    fromNeighbour: some(fc.constantFrom("a", "b")),
    fromGroup: some(fc.constantFrom("g", "h")),
  },
  { requiredKeys: [] },
);

const change: fc.Arbitrary<FilterChange> = fc.record(
  {
    localPref: u32,
    med: u32,
    origin: fc.constantFrom(0 as const, 1 as const, 2 as const),
    nextHop: fc.constantFrom(address("192.0.2.9"), address("2001:db8::9")),
    addCommunities: some(u32),
    removeCommunities: some(pattern(1)),
    setCommunities: some(u32),
    addExtendedCommunities: some(extended),
    removeExtendedCommunities: some(pattern(2)),
    setExtendedCommunities: some(extended),
    addLargeCommunities: some(large),
    removeLargeCommunities: some(pattern(3)),
    setLargeCommunities: some(large),
    prepend: fc.integer({ min: 1, max: 10 }),
    // The language has no AS 0 (RFC 7607).
    prependAsn: some(u32.map((asn) => asn || 1)),
    gracefulShutdown: fc.boolean(),
    weight: fc.nat(65535),
    kernelMetric: u32,
    kernelTable: u32,
    blackhole: fc.boolean(),
  },
  { requiredKeys: [] },
);

const rule: fc.Arbitrary<FilterRule> = fc.record({
  match: maybe(match),
  then: fc.oneof(
    fc.constantFrom("accept" as const, "reject" as const, "default" as const, "next" as const),
    fc.constant({ goto: "other" }),
  ),
  set: maybe(change),
});

const filter: fc.Arbitrary<FilterSpec> = fc
  .tuple(fc.array(rule, { maxLength: 4 }), fc.array(rule, { maxLength: 2 }))
  .map(([rules, inner]) => ({
    name: "f",
    rules,
    others: [{ name: "other", rules: inner.filter(({ then }) => typeof then !== "object") }],
  }))
  // The configuration lets no filter have more (filter-program.ts).
  .filter(({ rules, others: [other] }) => nexts(rules) + gotos(rules) * nexts(other.rules) <= 12);

const nexts = (rules: readonly FilterRule[]): number =>
  rules.filter(({ then }) => then === "next").length;
const gotos = (rules: readonly FilterRule[]): number =>
  rules.filter(({ then }) => typeof then === "object").length;

const session = fc.record({
  external: fc.boolean(),
  role: maybe(fc.constantFrom("provider" as const, "peer" as const, "customer" as const)),
  gracefulShutdown: maybe(fc.boolean()),
  blackhole: maybe(
    fc.record(
      {
        inside: fc.constantFrom([prefix("10.0.0.0/8")], []),
        community: fc.constantFrom("no-export" as const, "no-advertise" as const, "none" as const),
      },
      { requiredKeys: [] },
    ),
  ),
  clusterId: maybe(u32),
  client: fc.boolean(),
  nextHop: maybe(fc.constantFrom("self" as const, "keep" as const)),
});

const TEACHERS = [undefined, { peer: "a", group: "g" }, { peer: "b", group: undefined }];
const PREFIXES = [new Prefix(0, 0x0a000000, 0, 0, 0, 8), new Prefix(0, 0x0a000001, 0, 0, 0, 32)];

test("whatever comes in and whatever a filter says, policies answer and leave their input alone", () => {
  let taken = 0;
  fc.assert(
    fc.property(update, filter, filter, session, (bytes, incoming, outgoing, spec) => {
      const world = { ...new World(), teachers: { teacher: (number: number) => TEACHERS[number] } };
      const { attributes, prefixes } = world;
      const reader = new UpdateReader();
      if (reader.read(bytes, 19, bytes.length, CONTEXT) !== undefined) return;
      const set = attributes.internUpdate(reader, "base", 0);
      if (set === 0) return;
      taken++;
      attributes.hold(set);
      const before = attributes.encoded(set).slice();
      const { external, role, gracefulShutdown, blackhole, clusterId, client, nextHop } = spec;
      const own = { external, localAsn: 64512, role, gracefulShutdown, clusterId };
      const session = { peerAsn: 64600, routerId: 1, enforceFirstAs: false, blackhole };
      const imports = new ImportPolicy({ ...own, ...session, filter: incoming }, world);
      const exports = new ExportPolicy({ ...own, client, nextHop, filter: outgoing }, world);
      for (const each of PREFIXES) {
        const id = prefixes[0].internPrefix(each);
        const accepted = imports.evaluate(set, 0, id);
        assert.equal(imports.evaluate(set, 0, id), accepted, "the same again");
        assert.ok(imports.reason.length > 0);
        if (accepted === 0) continue;
        const { blackhole: ends } = attributes.handling(accepted);
        const { communities = [] } = attributes.get(accepted);
        const stays: readonly number[] = [COMMUNITY.NO_EXPORT, COMMUNITY.NO_ADVERTISE];
        if (ends && blackhole?.community !== "none") {
          assert.ok(communities.some((one) => stays.includes(one)));
        }
        for (const source of Object.values<Source>(SOURCE)) {
          for (const teacher of TEACHERS.keys()) {
            const sent = exports.evaluate(accepted, 0, id, source, 7, teacher);
            assert.equal(exports.evaluate(accepted, 0, id, source, 7, teacher), sent);
            if (sent !== 0) assert.equal(attributes.handling(sent), PLAIN);
          }
        }
      }
      assert.deepEqual(attributes.encoded(set), before);
      assert.equal(attributes.handling(set), PLAIN);
    }),
    { numRuns: RUNS },
  );
  assert.ok(taken > 20, `only ${taken} were sets of attributes`);
});
