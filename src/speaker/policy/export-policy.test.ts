import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COMMUNITY } from "../../route/index.ts";
import { only, path, range, World } from "./helpers.test.ts";
import {
  ExportPolicy,
  type ExportSpec,
  type FilterSpec,
  SOURCE,
  type Source,
  policyKey,
} from "./index.ts";

const EXTERNAL: ExportSpec = { external: true, localAsn: 64512 };
const INTERNAL: ExportSpec = { external: false, localAsn: 64512 };
const PEER = 0x0a000001;
const ACCEPT_ALL: FilterSpec = { name: "all", rules: [{ then: "accept" }] };

const SOURCES: readonly Source[] = Object.values(SOURCE);

/** Which sources a policy announces. */
function announced(world: World, spec: ExportSpec, fields = {}): Source[] {
  const policy = new ExportPolicy(spec, world);
  const id = world.set(fields);
  const route = world.route("172.16.3.7/32");
  return SOURCES.filter((source) => policy.evaluate(id, ...route, source, PEER) !== 0);
}

test("by default: the node's own, and what a reflector reflects (RFC 4456 §6)", () => {
  const world = new World();
  const own = [SOURCE.OWN_POD, SOURCE.OWN_BLOCK, SOURCE.OWN_STATIC];
  assert.deepEqual(announced(world, EXTERNAL), own);
  assert.deepEqual(announced(world, INTERNAL), own);
  const reflector = { ...INTERNAL, clusterId: 1 };
  assert.deepEqual(announced(world, { ...reflector, client: true }), [
    ...own,
    SOURCE.INTERNAL,
    SOURCE.CLIENT,
  ]);
  assert.deepEqual(announced(world, reflector), [...own, SOURCE.CLIENT]);
  assert.deepEqual(announced(world, { ...reflector, external: true }), own);
});

test("a filter opens everything but what the protocol forbids", () => {
  const world = new World();
  const filter = ACCEPT_ALL;
  assert.deepEqual(announced(world, { ...EXTERNAL, filter }), SOURCES);
  // RFC 4271 §9.2: not from within the AS to within the AS.
  assert.deepEqual(announced(world, { ...INTERNAL, filter }), [0, 1, 2, 3]);
  assert.deepEqual(announced(world, { ...INTERNAL, clusterId: 1, filter }), [0, 1, 2, 3, 5]);
});

test("RFC 1997: well-known communities, whatever the filter says", () => {
  const world = new World();
  const filter = ACCEPT_ALL;
  const cases: [number, number, number][] = [
    [COMMUNITY.NO_ADVERTISE, 0, 0],
    [COMMUNITY.NO_EXPORT, 0, 4],
    [COMMUNITY.NO_EXPORT_SUBCONFED, 0, 4],
    [COMMUNITY.NO_PEER, 6, 4],
    [0xffffff05, 6, 4],
  ];
  for (const [community, external, internal] of cases) {
    const fields = { communities: [7, community] };
    assert.equal(announced(world, { ...EXTERNAL, filter }, fields).length, external);
    assert.equal(announced(world, { ...INTERNAL, filter }, fields).length, internal);
  }
});

test("AIGP goes out where it is enabled, and own routes begin with 0 where they are to have it (RFC 7311 §3.4)", () => {
  const world = new World();
  const route = world.route("10.0.0.0/8");
  const sent = (spec: ExportSpec, source: Source, aigp?: bigint) => {
    const id = world.set({ asPath: source < SOURCE.EXTERNAL ? [] : path(64600), aigp });
    const policy = new ExportPolicy({ ...spec, filter: ACCEPT_ALL }, world);
    return world.attributes.get(policy.evaluate(id, ...route, source, PEER)).aigp;
  };
  for (const spec of [EXTERNAL, INTERNAL]) {
    assert.equal(sent(spec, SOURCE.EXTERNAL, 77n), undefined);
    assert.equal(sent({ ...spec, aigp: "on" }, SOURCE.EXTERNAL, 77n), 77n);
    assert.equal(sent({ ...spec, aigp: "on" }, SOURCE.OWN_POD), undefined);
    assert.equal(sent({ ...spec, aigp: "originate" }, SOURCE.OWN_POD), 0n);
    assert.equal(sent({ ...spec, aigp: "originate" }, SOURCE.EXTERNAL), undefined);
    const policy = new ExportPolicy({ ...spec, aigp: "originate", defaultOriginate: true }, world);
    const set = policy.originate(world.set({}));
    assert.equal(world.attributes.get(set).aigp, undefined, "the default route leads outside");
  }
});

test("to another AS: our AS in front, next hop self, nothing that must stay", () => {
  const world = new World();
  const id = world.set({
    asPath: path(64600),
    med: 5,
    localPref: 300,
    originatorId: 9,
    clusterList: [8],
    aigp: 77n,
    communities: [1],
    // Route targets: transitive, and non-transitive (RFC 4360 §2).
    extendedCommunities: [
      [0x0002fde9, 1],
      [0x4002fde9, 1],
    ],
    largeCommunities: [[65001, 1, 2]],
    unknown: [
      { flags: 0xe0, type: 200, value: Uint8Array.of(1) },
      { flags: 0x80, type: 201, value: Uint8Array.of(2) },
    ],
  });
  const policy = new ExportPolicy({ ...EXTERNAL, filter: ACCEPT_ALL }, world);
  const result = policy.evaluate(id, ...world.route("10.0.0.0/8"), SOURCE.EXTERNAL, PEER);
  const sent = world.attributes.get(result);
  assert.deepEqual(sent.asPath, path(64512, 64600));
  assert.equal(sent.med, undefined);
  assert.equal(sent.localPref, undefined);
  assert.equal(sent.originatorId, undefined);
  assert.equal(sent.clusterList, undefined);
  assert.equal(sent.aigp, undefined);
  assert.equal(sent.nextHop, undefined);
  assert.equal(world.attributes.nextHop(result), 0);
  assert.deepEqual(sent.communities, [1]);
  assert.deepEqual(sent.extendedCommunities, [[0x0002fde9, 1]]);
  assert.deepEqual(sent.largeCommunities, [[65001, 1, 2]]);
  assert.deepEqual(
    sent.unknown.map(({ type }) => type),
    [200],
  );

  const only = world.set({ extendedCommunities: [[0x4002fde9, 1]] });
  const none = policy.evaluate(only, ...world.route("10.0.0.0/8"), SOURCE.EXTERNAL, PEER);
  assert.equal(world.attributes.get(none).extendedCommunities, undefined);

  const keep = new ExportPolicy({ ...EXTERNAL, nextHop: "keep", filter: ACCEPT_ALL }, world);
  const kept = keep.evaluate(id, ...world.route("10.0.0.0/8"), SOURCE.EXTERNAL, PEER);
  assert.equal(world.attributes.nextHop(kept), world.attributes.nextHop(id));
});

test("the node's own route keeps the MED that was given to it", () => {
  const world = new World();
  const policy = new ExportPolicy(EXTERNAL, world);
  const id = world.set({ med: 5, nextHop: undefined });
  const result = policy.evaluate(id, ...world.route("172.16.1.0/24"), SOURCE.OWN_BLOCK, 0);
  assert.equal(world.attributes.med(result), 5);
  assert.deepEqual(world.attributes.get(result).asPath, path(64512));
  assert.equal(policy.reason, "no filter: this node's own route");
});

test("within the AS: LOCAL_PREF is there, the path and the next hop stay", () => {
  const world = new World();
  const policy = new ExportPolicy({ ...INTERNAL, filter: ACCEPT_ALL }, world);
  const route = world.route("10.0.0.0/8");
  const id = world.set({ asPath: path(64600), med: 5 });
  const result = policy.evaluate(id, ...route, SOURCE.EXTERNAL, PEER);
  const sent = world.attributes.get(result);
  assert.equal(sent.localPref, 100);
  assert.deepEqual(sent.asPath, path(64600));
  assert.equal(sent.med, 5);
  assert.equal(sent.originatorId, undefined);
  assert.equal(world.attributes.nextHop(result), world.attributes.nextHop(id));
  const preferred = world.set({ localPref: 300 });
  assert.equal(policy.evaluate(preferred, ...route, SOURCE.EXTERNAL, PEER), preferred);
  const self = new ExportPolicy({ ...INTERNAL, nextHop: "self", filter: ACCEPT_ALL }, world);
  const selfSet = self.evaluate(preferred, ...route, SOURCE.EXTERNAL, PEER);
  assert.equal(world.attributes.nextHop(selfSet), 0);
});

test("RFC 4456 §8: a reflector names the originator once and its cluster first", () => {
  const world = new World();
  const policy = new ExportPolicy({ ...INTERNAL, clusterId: 42, client: true }, world);
  const route = world.route("10.0.0.0/8");
  const id = world.set({ localPref: 100 });
  const first = world.attributes.get(policy.evaluate(id, ...route, SOURCE.CLIENT, PEER));
  assert.equal(first.originatorId, PEER);
  assert.deepEqual(first.clusterList, [42]);
  assert.equal(policy.reason, "no filter: reflected");
  // Equal attributes from another client: another originator.
  const second = world.attributes.get(policy.evaluate(id, ...route, SOURCE.CLIENT, PEER + 1));
  assert.equal(second.originatorId, PEER + 1);
  const passed = world.set({ localPref: 100, originatorId: 3, clusterList: [41] });
  const third = world.attributes.get(policy.evaluate(passed, ...route, SOURCE.INTERNAL, PEER));
  assert.equal(third.originatorId, 3);
  assert.deepEqual(third.clusterList, [42, 41]);
  // The node's own routes and those from another AS are announced, not reflected.
  const own = world.attributes.get(policy.evaluate(id, ...route, SOURCE.OWN_POD, 0));
  assert.equal(own.originatorId, undefined);
  assert.equal(own.clusterList, undefined);
});

test("a filter's changes on the way out", () => {
  const world = new World();
  const filter: FilterSpec = {
    name: "to-tor",
    rules: [
      { match: { source: ["ebgp", "ibgp"] }, then: "reject" },
      {
        match: { prefix: [range("172.16.0.0/12 le 24")] },
        then: "accept",
        set: { addCommunities: [COMMUNITY.NO_EXPORT], prepend: 2, localPref: 9 },
      },
    ],
  };
  const policy = new ExportPolicy({ ...EXTERNAL, filter }, world);
  const id = world.set({ nextHop: undefined });
  const block = world.route("172.16.1.0/24");
  const sent = world.attributes.get(policy.evaluate(id, ...block, SOURCE.OWN_BLOCK, 0));
  assert.deepEqual(sent.asPath, path(64512, 64512, 64512));
  assert.deepEqual(sent.communities, [COMMUNITY.NO_EXPORT]);
  assert.equal(sent.localPref, undefined);
  assert.equal(policy.reason, "filter to-tor: rule 2");
  assert.equal(policy.evaluate(id, ...world.route("172.16.1.1/32"), SOURCE.OWN_POD, 0), 0);
  assert.equal(policy.reason, "filter to-tor: no rule matched");
  assert.equal(policy.evaluate(id, ...block, SOURCE.CLIENT, PEER), 0);
  assert.equal(policy.reason, "filter to-tor: rule 1");

  const inside = new ExportPolicy({ ...INTERNAL, filter }, world);
  const kept = world.attributes.get(inside.evaluate(id, ...block, SOURCE.OWN_BLOCK, 0));
  assert.deepEqual(kept.asPath, []);
  assert.equal(kept.localPref, 9);
});

test("segments of a confederation do not leave it (RFC 5065 §4.1)", () => {
  const world = new World();
  const policy = new ExportPolicy({ ...EXTERNAL, filter: ACCEPT_ALL }, world);
  const asPath = [{ type: 3, asns: [65010] }, { type: 4, asns: [65011] }, ...path(64600)] as const;
  const id = world.set({ asPath });
  const sent = policy.evaluate(id, ...world.route("10.0.0.0/8"), SOURCE.INTERNAL, PEER);
  assert.deepEqual(world.attributes.get(sent).asPath, path(64512, 64600));
  const inside = new ExportPolicy({ ...INTERNAL, filter: ACCEPT_ALL }, world);
  const kept = inside.evaluate(id, ...world.route("10.0.0.0/8"), SOURCE.OWN_POD, PEER);
  assert.deepEqual(world.attributes.get(kept).asPath, asPath);
});

test("a path that prepending would make too long is not announced", () => {
  const world = new World();
  const policy = new ExportPolicy({ ...EXTERNAL, filter: ACCEPT_ALL }, world);
  const id = world.set({ asPath: [{ type: 2, asns: new Array<number>(8175).fill(64600) }] });
  for (let i = 0; i < 2; i++) {
    assert.equal(policy.evaluate(id, ...world.route("10.0.0.0/8"), SOURCE.EXTERNAL, PEER), 0);
    assert.equal(policy.reason, "an attribute would become too long");
  }
});

test("the answer from memory is the answer", () => {
  const filter: FilterSpec = {
    name: "mixed",
    rules: [
      { match: { communities: [only(1)], prefix: [range("10.0.0.0/8 le 32")] }, then: "reject" },
      { match: { source: ["own-pods"] }, then: "accept", set: { prepend: 1 } },
      {
        match: { prefix: [range("10.0.0.0/8 ge 16")] },
        then: "accept",
        set: { addCommunities: [9] },
      },
      { match: { communities: [only(2), only(3)] }, then: "accept" },
    ],
  };
  const byDefault: FilterSpec = {
    name: "by default",
    rules: [{ match: { communities: [only(1)] }, then: "reject" }, { then: "default" }],
  };
  const world = new World();
  const reflector = { ...INTERNAL, clusterId: 42, client: true };
  const specs: ExportSpec[] = [INTERNAL, EXTERNAL, reflector];
  for (const spec of [...specs]) specs.push({ ...spec, filter }, { ...spec, filter: byDefault });
  const remembering = specs.map((spec) => new ExportPolicy(spec, world));
  const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "11.0.0.0/8", "2001:db8::/32"];
  const question = fc.record({
    which: fc.nat(specs.length - 1),
    fields: fc.record({
      asPath: fc.constantFrom(path(64600), path(...new Array<number>(8175).fill(64600))),
      med: fc.constantFrom(undefined, 5),
      communities: fc.constantFrom(undefined, [1], [2, 3]),
    }),
    source: fc.constantFrom(...SOURCES),
    peer: fc.constantFrom(1, 2),
    text: fc.constantFrom(...prefixes),
    times: fc.constantFrom(1, 2),
    // Of what stays, the memory answers.
    isGone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(question, { maxLength: 40 }), (questions) => {
      const kept: number[] = [];
      for (const { which, fields, source, peer, text, times, isGone } of questions) {
        const id = world.set(fields);
        const route = world.route(text);
        const fresh = new ExportPolicy(specs[which], world);
        const expected = fresh.evaluate(id, ...route, source, peer);
        const policy = remembering[which];
        for (let i = 0; i < times; i++) {
          assert.equal(policy.evaluate(id, ...route, source, peer), expected);
          assert.equal(policy.reason, fresh.reason);
        }
        if (!isGone) kept.push(id);
        else {
          world.attributes.release(id);
          world.attributes.sweep();
        }
      }
      for (const id of kept) world.attributes.release(id);
    }),
    { numRuns: 200 },
  );
});

test("equal specifications have equal keys", () => {
  const filter: FilterSpec = {
    name: "f",
    rules: [{ match: { prefix: [range("10.0.0.0/8")] }, then: "accept" }],
  };
  const a = policyKey({ external: true, localAsn: 1, filter });
  const again = { rules: filter.rules, name: "f" };
  assert.equal(policyKey({ filter: again, localAsn: 1, external: true, client: undefined }), a);
  assert.notEqual(policyKey({ external: true, localAsn: 2, filter }), a);
});
