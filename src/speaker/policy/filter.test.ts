import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PathAttributes } from "bgp-ts";
import fc from "fast-check";
import {
  COMMUNITY,
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  prefixContains,
} from "../../route/index.ts";
import { filterFor } from "./filter-context.ts";
import { Filter } from "./filter.ts";
import type { FilterChange, FilterMatch, FilterRule, FilterSpec } from "./filter-spec.ts";
import { address, only, path, prefix, range, World } from "./helpers.test.ts";
import { ExportPolicy, ImportPolicy, policyKey } from "./index.ts";
import { SOURCE, type Source } from "./source.ts";

const IN = { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1, enforceFirstAs: false };
const OUT = { external: true, localAsn: 64512 };
const PREFIX = "172.16.1.0/24";

function standard(text: string) {
  const pattern = parseCommunityPattern(text);
  assert.ok(pattern, text);
  return pattern;
}

/** Whether one rule with these conditions matches a route. */
function matches(
  match: FilterMatch,
  fields: Partial<PathAttributes>,
  text = PREFIX,
  source: Source = SOURCE.EXTERNAL,
): boolean {
  const world = new World();
  const filter = new Filter({ name: "f", rules: [{ match, then: "accept" }] }, world.attributes);
  const [family, id] = world.route(text);
  const decision = filter.decide(world.set(fields), source, world.prefixes[family], id);
  return filter.outcome(decision).then === "accept";
}

describe("conditions", () => {
  test("prefixes, by inclusion and exclusion, and their length", () => {
    const inside = [range("172.16.0.0/12 le 24")];
    assert.ok(matches({ prefix: inside }, {}));
    assert.ok(!matches({ prefix: inside }, {}, "172.16.1.0/25"));
    assert.ok(!matches({ notPrefix: inside }, {}));
    assert.ok(matches({ notPrefix: inside }, {}, "172.16.1.0/25"));
    assert.ok(matches({ length: { minimum: 20, maximum: 24 } }, {}));
    assert.ok(!matches({ length: { minimum: 25, maximum: 32 } }, {}));
    assert.ok(!matches({ prefix: inside, length: { minimum: 25, maximum: 32 } }, {}));
    assert.ok(!matches({ prefix: [] }, {}));
  });

  test("family, source, origin, MED, local preference", () => {
    assert.ok(matches({ family: [0] }, {}) && !matches({ family: [1] }, {}));
    assert.ok(matches({ family: [1] }, {}, "2001:db8::/32"));
    assert.ok(matches({ source: ["static"] }, {}, PREFIX, SOURCE.OWN_STATIC));
    assert.ok(!matches({ source: ["own-pods", "ebgp"] }, {}, PREFIX, SOURCE.OWN_STATIC));
    assert.ok(matches({ source: ["ibgp"] }, {}, PREFIX, SOURCE.CLIENT));
    assert.ok(matches({ origin: [0, 2] }, { origin: 2 }) && !matches({ origin: [1] }, {}));
    const med = { minimum: 5, maximum: 9 };
    assert.ok(matches({ med }, { med: 5 }) && matches({ med }, { med: 9 }));
    assert.ok(!matches({ med }, { med: 10 }) && !matches({ med }, {}));
    assert.ok(matches({ localPref: med }, { localPref: 7 }));
    assert.ok(!matches({ localPref: { minimum: 0, maximum: 100 } }, {}));
  });

  test("the next hop, the link-local one beside it too", () => {
    assert.ok(matches({ nextHop: [prefix("192.168.1.1/32")] }, {}));
    assert.ok(!matches({ nextHop: [prefix("192.168.2.0/24")] }, {}));
    assert.ok(!matches({ nextHop: [prefix("0.0.0.0/0")] }, { nextHop: undefined }));
    const { family, w0, w1, w2, w3 } = address("2001:db8::1");
    const linkLocal = [0xfe800000, 0, 0, 1] as const;
    const nextHop = { family, w0, w1, w2, w3, linkLocal };
    assert.ok(matches({ nextHop: [prefix("fe80::/10")] }, { nextHop }, "2001:db8::/32"));
  });

  test("the AS path, by its parts, its text and its length", () => {
    const fields = { asPath: [...path(64600, 65001), { type: 1, asns: [7, 8] }] as const };
    assert.ok(matches({ asPath: { startsWith: [64600, 65001, 8] } }, fields));
    assert.ok(!matches({ asPath: { startsWith: [65001] } }, fields));
    assert.ok(matches({ asPath: { endsWith: [65001, 7] } }, fields));
    assert.ok(!matches({ asPath: { endsWith: [64600, 7] } }, fields));
    assert.ok(!matches({ asPath: { endsWith: [1, 64600, 65001, 7] } }, fields));
    assert.ok(matches({ asPath: { contains: [65001] } }, fields));
    assert.ok(!matches({ asPath: { contains: [65001, 64600] } }, fields));
    assert.ok(matches({ asPath: { length: { minimum: 3, maximum: 3 } } }, fields));
    assert.ok(matches({ asPath: { regex: "^64600 65001 \\{" } }, fields));
    assert.ok(!matches({ asPath: { regex: "^64600$" } }, fields));
    assert.ok(!matches({ asPath: { startsWith: [1] } }, {}) && matches({ asPath: {} }, {}));
  });

  test("communities of three kinds, with wildcards", () => {
    const extended = parseExtendedCommunityPattern("rt:64512:*");
    const large = parseLargeCommunityPattern("64512:*:9");
    assert.ok(extended && large);
    const fields: Partial<PathAttributes> = {
      communities: [0xfc000007],
      extendedCommunities: [[0x0002fc00, 5]],
      largeCommunities: [[64512, 1, 9]],
    };
    assert.ok(matches({ communities: [standard("64512:*")] }, fields));
    assert.ok(!matches({ communities: [standard("64513:*")] }, fields));
    assert.ok(matches({ communities: [standard("1:1"), standard("*:7")] }, fields));
    assert.ok(matches({ extendedCommunities: [extended], largeCommunities: [large] }, fields));
    assert.ok(!matches({ largeCommunities: [large] }, { communities: [0xfc000007] }));
    assert.ok(!matches({ communities: [standard("*:*")] }, {}));
  });

  test("about the neighbour and the direction: answered before, and shared where they are the same", () => {
    const rules: FilterRule[] = [
      { match: { neighbour: ["tor-a"] }, then: "reject" },
      { match: { group: ["tors"], peerType: "ebgp", direction: "export" }, then: "accept" },
      { match: { prefix: [range(PREFIX)] }, then: "default" },
    ];
    const spec = { name: "f", rules };
    const base = { direction: "export", external: true, group: "tors" } as const;
    const of = (names: string[], more = {}) => filterFor(spec, { ...base, names, ...more });
    const key = (filter: FilterSpec): string => policyKey({ ...OUT, filter });
    assert.equal(key(of(["tor-b"])), key(of(["tor-c"])));
    assert.notEqual(key(of(["tor-a"])), key(of(["tor-b"])));
    const decided = (filter: FilterSpec): string => {
      const world = new World();
      const compiled = new Filter(filter, world.attributes);
      const [family, id] = world.route(PREFIX);
      const set = world.set({});
      return compiled.describe(compiled.decide(set, SOURCE.EXTERNAL, world.prefixes[family], id));
    };
    assert.equal(decided(of(["tor-a-10.0.0.1", "tor-a"])), "filter f: rule 1");
    assert.equal(decided(of(["tor-b"])), "filter f: rule 2");
    for (const more of [{ external: false }, { group: undefined }, { direction: "import" }]) {
      assert.equal(decided(of(["tor-b"], more)), "filter f: rule 3");
    }
  });
});

/** What an import filter of one rule makes of a set. */
function changed(set: FilterChange, fields: Partial<PathAttributes>): PathAttributes {
  const world = new World();
  const rules = [{ then: "accept", set }] as const;
  const policy = new ImportPolicy({ ...IN, filter: { name: "f", rules } }, world);
  const id = policy.evaluate(world.set(fields), ...world.route(PREFIX));
  assert.notEqual(id, 0, policy.reason);
  return { ...world.attributes.get(id), nextHop: nextHopOf(world, id) };
}

function nextHopOf(world: World, id: number): PathAttributes["nextHop"] {
  const { family, w0, w1, w2, w3 } = world.nextHops.get(world.attributes.nextHop(id)).address;
  return { family, w0, w1, w2, w3 };
}

describe("changes", () => {
  test("communities are removed, added, replaced", () => {
    const fields: Partial<PathAttributes> = {
      communities: [0x10001, 0x10002, 0x20001],
      extendedCommunities: [[0x00020001, 1]],
      largeCommunities: [
        [1, 2, 3],
        [1, 2, 4],
      ],
    };
    const removed = changed(
      { removeCommunities: [standard("1:*")], addCommunities: [0x10001, 0x20001, 0x10001] },
      fields,
    );
    assert.deepEqual(removed.communities, [0x20001, 0x10001]);
    const replaced = changed({ setCommunities: [7], setLargeCommunities: [] }, fields);
    assert.deepEqual([replaced.communities, replaced.largeCommunities], [[7], undefined]);
    assert.deepEqual(replaced.extendedCommunities, fields.extendedCommunities);
    const none = changed(
      {
        removeExtendedCommunities: [only(0x00020001, 1)],
        removeLargeCommunities: [only(1, 2, 3)],
        addLargeCommunities: [
          [1, 2, 4],
          [9, 9, 9],
        ],
      },
      fields,
    );
    assert.equal(none.extendedCommunities, undefined);
    assert.deepEqual(none.largeCommunities, [
      [1, 2, 4],
      [9, 9, 9],
    ]);
    const added = changed({ addExtendedCommunities: [[0x00030001, 2]] }, fields);
    assert.deepEqual(added.extendedCommunities, [
      [0x00020001, 1],
      [0x00030001, 2],
    ]);
  });

  test("the other attributes", () => {
    const to = address("10.9.9.9");
    const set = {
      localPref: 0,
      med: 5,
      origin: 2,
      nextHop: to,
      prepend: 2,
      prependAsn: [7, 8],
    } as const;
    const after = changed(set, { asPath: path(64600), med: 1, localPref: 9 });
    assert.deepEqual(after.asPath, path(64600, 64600, 7, 8, 64600));
    assert.deepEqual([after.localPref, after.med, after.origin], [0, 5, 2]);
    assert.equal(after.nextHop?.w0, to.w0);
    // Another family's next hop is none for this route.
    assert.equal(changed({ nextHop: address("2001:db8::9") }, {}).nextHop?.w0, 0xc0a80101);
  });

  test("graceful shutdown (RFC 8326)", () => {
    const after = changed({ gracefulShutdown: true, localPref: 300 }, { communities: [7] });
    assert.deepEqual([after.localPref, after.communities], [0, [7, COMMUNITY.GRACEFUL_SHUTDOWN]]);
  });

  test("on the way out: behind our AS, with the MED that the filter sets, never our LOCAL_PREF", () => {
    const world = new World();
    const set = {
      med: 5,
      localPref: 300,
      prepend: 1,
      prependAsn: [7],
      nextHop: address("10.9.9.9"),
    };
    const spec = { ...OUT, filter: { name: "f", rules: [{ then: "accept", set }] } } as const;
    const id = world.set({ asPath: path(1), med: 9 });
    const external = new ExportPolicy(spec, world);
    const sent = external.evaluate(id, ...world.route(PREFIX), SOURCE.EXTERNAL, 1);
    const { asPath, med, localPref } = world.attributes.get(sent);
    assert.deepEqual([asPath, med, localPref], [path(64512, 64512, 7, 1), 5, undefined]);
    assert.equal(nextHopOf(world, sent)?.w0, 0x0a090909);
    const internal = new ExportPolicy({ ...spec, external: false }, world);
    const kept = internal.evaluate(id, ...world.route(PREFIX), SOURCE.EXTERNAL, 1);
    assert.deepEqual(world.attributes.get(kept).asPath, path(1));
    assert.equal(world.attributes.get(kept).localPref, 300);
  });
});

describe("the order", () => {
  test("next goes on with the changes made; conditions look at the route as it came", () => {
    const world = new World();
    const rules: FilterRule[] = [
      { then: "next", set: { addCommunities: [1], localPref: 5 } },
      { match: { communities: [only(1)] }, then: "reject" },
      {
        match: { prefix: [range("10.0.0.0/8 le 32")] },
        then: "next",
        set: { localPref: 6, prepend: 1 },
      },
      { then: "accept", set: { prepend: 2, addCommunities: [2] } },
    ];
    const policy = new ImportPolicy({ ...IN, filter: { name: "f", rules } }, world);
    const set = world.set({ asPath: path(9) });
    const inside = world.attributes.get(policy.evaluate(set, ...world.route("10.1.0.0/16")));
    assert.equal(policy.reason, "filter f: rule 4 (after filter f: rule 1, filter f: rule 3)");
    assert.deepEqual(
      [inside.localPref, inside.communities, inside.asPath],
      [6, [1, 2], path(9, 9, 9, 9)],
    );
    const outside = world.attributes.get(policy.evaluate(set, ...world.route(PREFIX)));
    assert.deepEqual([outside.localPref, outside.asPath], [5, path(9, 9, 9)]);
  });

  test("goto: the other filter decides, to its end", () => {
    const others: FilterSpec[] = [
      { name: "pods", rules: [{ match: { prefix: [range(PREFIX)] }, then: "accept" }] },
      { name: "more", rules: [{ then: { goto: "pods" } }, { then: "accept" }] },
    ];
    const rules: FilterRule[] = [
      { match: { prefix: [range("172.16.0.0/12 le 32")] }, then: { goto: "pods" } },
      { match: { communities: [only(7)] }, then: { goto: "more" } },
      { name: "rest", then: "accept" },
    ];
    const world = new World();
    const policy = new ImportPolicy({ ...IN, filter: { name: "f", rules, others } }, world);
    const reason = (text: string, fields = {}): string => {
      policy.evaluate(world.set(fields), ...world.route(text));
      return policy.reason;
    };
    assert.equal(reason(PREFIX), "filter pods: rule 1");
    assert.equal(reason("172.17.0.0/16"), "filter pods: no rule matched");
    assert.equal(reason("10.0.0.0/8"), "filter f: rule rest");
    assert.equal(reason("10.0.0.0/8", { communities: [7] }), "filter pods: no rule matched");
  });

  test("default: as without a filter", () => {
    const world = new World();
    const filter: FilterSpec = {
      name: "f",
      rules: [
        { match: { communities: [only(7)] }, then: "accept" },
        { then: "default", set: { med: 4 } },
      ],
    };
    const policy = new ExportPolicy({ ...OUT, filter }, world);
    const route = world.route(PREFIX);
    const own = policy.evaluate(world.set({ nextHop: undefined }), ...route, SOURCE.OWN_STATIC, 0);
    assert.equal(world.attributes.get(own).med, 4);
    assert.equal(policy.reason, "filter f: rule 2");
    for (let i = 0; i < 2; i++) {
      assert.equal(policy.evaluate(world.set({}), ...route, SOURCE.EXTERNAL, 1), 0);
      assert.match(policy.reason, /only this node's own routes/);
    }
    assert.notEqual(
      policy.evaluate(world.set({ communities: [7] }), ...route, SOURCE.EXTERNAL, 1),
      0,
    );
    const import_ = new ImportPolicy({ ...IN, filter }, world);
    assert.notEqual(import_.evaluate(world.set({}), ...route), 0);
  });

  test("what must not be is refused: loops, missing filters, too many rules that go on", () => {
    const { attributes } = new World();
    const loop: FilterSpec = { name: "a", rules: [{ then: { goto: "a" } }] };
    assert.throws(() => new Filter(loop, attributes), /leads to itself/);
    const missing: FilterSpec = { name: "a", rules: [{ then: { goto: "b" } }] };
    assert.throws(() => new Filter(missing, attributes), /no filter: b/);
    const rules = new Array<FilterRule>(13).fill({ then: "next" });
    assert.throws(() => new Filter({ name: "a", rules }, attributes), /one too many/);
  });

  test("the program decides as reading the rules one by one does", () => {
    const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "11.0.0.0/8"];
    const match = fc.record(
      {
        prefix: fc.subarray(prefixes).map((list) => list.map((text) => range(`${text} le 32`))),
        communities: fc.subarray([1, 2]).map((list) => list.map((one) => only(one))),
      },
      { requiredKeys: [] },
    );
    const then = fc.constantFrom<FilterRule["then"][]>(
      "accept",
      "reject",
      "next",
      { goto: "b" },
      { goto: "c" },
    );
    const rule = (verdicts: fc.Arbitrary<FilterRule["then"]>) =>
      fc.record({ match, then: verdicts, set: fc.record({ prepend: fc.constantFrom(1, 2) }) });
    const list = (verdicts: fc.Arbitrary<FilterRule["then"]>) =>
      fc.array(rule(verdicts), { maxLength: 2 });
    const plain = fc.constantFrom<FilterRule["then"][]>("accept", "reject", "next");
    const filters = fc.tuple(
      fc.array(rule(then), { maxLength: 4 }),
      list(fc.oneof(plain, fc.constant<FilterRule["then"]>({ goto: "c" }))),
      list(plain),
    );
    const route = fc.tuple(fc.constantFrom(...prefixes), fc.subarray([1, 2]));
    fc.assert(
      fc.property(filters, fc.array(route, { maxLength: 8 }), ([a, b, c], routes) => {
        const rules = { a, b, c };
        const others = [
          { name: "b", rules: b },
          { name: "c", rules: c },
        ];
        const world = new World();
        const nexts = [...a, ...b, ...c].filter((each) => each.then === "next").length;
        fc.pre(nexts <= 3);
        const filter = new Filter({ name: "a", rules: a, others }, world.attributes);
        for (const [text, communities] of routes) {
          const set = world.set({ communities: communities.length > 0 ? communities : undefined });
          const [family, id] = world.route(text);
          const read = filter.outcome(
            filter.decide(set, SOURCE.EXTERNAL, world.prefixes[family], id),
          );
          assert.deepEqual([read.then, read.prepend], byHand(rules, text, communities));
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The language as its description has it. */
function byHand(
  filters: Readonly<Record<string, readonly FilterRule[]>>,
  text: string,
  communities: readonly number[],
): [string, number] {
  let prepend = 0;
  let rules = [...filters.a];
  for (;;) {
    const rule = rules.shift();
    if (rule === undefined) return ["reject", prepend];
    const { prefix: ranges, communities: wanted } = rule.match ?? {};
    const within = ranges?.some((each) => prefixContains(each.prefix, prefix(text))) !== false;
    const carried = wanted?.some(({ value }) => communities.includes(value[0])) !== false;
    if (!within || !carried) continue;
    if (typeof rule.then === "object") {
      rules = [...filters[rule.then.goto]];
      continue;
    }
    prepend += rule.set?.prepend ?? 0;
    if (rule.then !== "next") return [rule.then, prepend];
  }
}
