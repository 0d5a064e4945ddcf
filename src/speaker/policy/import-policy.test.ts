import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuad } from "../../route/index.ts";
import { address, only, path, prefix, range, World } from "./helpers.test.ts";
import { type FilterSpec, ImportPolicy, type ImportSpec } from "./index.ts";

const ROUTER_ID = parseQuad("192.168.1.101");
const CLUSTER_ID = parseQuad("10.9.9.9");

const EXTERNAL: ImportSpec = {
  external: true,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: ROUTER_ID,
};
const INTERNAL: ImportSpec = { ...EXTERNAL, external: false, peerAsn: 64512 };

test("without a filter, an ordinary route comes in as it is", () => {
  const world = new World();
  const policy = new ImportPolicy(EXTERNAL, world);
  const id = world.set({ asPath: path(64600, 65001) });
  for (const text of [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "172.16.3.7/32",
    "::/0",
    "2001:db8::/32",
    "64:ff9b::/96",
  ]) {
    assert.equal(policy.evaluate(id, ...world.route(text)), id, text);
  }
  assert.equal(policy.reason, "no filter: accepted");
  assert.equal(world.attributes.size, 1);
});

test("martians are refused, and whatever is inside them", () => {
  const world = new World();
  const policy = new ImportPolicy(EXTERNAL, world);
  const id = world.set({ asPath: path(64600) });
  const v4 = ["0.0.0.0/8", "0.1.0.0/16", "127.0.0.0/8", "127.0.0.1/32", "169.254.169.254/32"];
  const more = ["224.0.0.0/4", "239.1.2.3/32", "240.0.0.0/4", "255.255.255.255/32", "230.0.0.0/8"];
  const v6 = [
    "::/96",
    "::1/128",
    "::ffff:10.0.0.0/104",
    "fe80::/10",
    "fe80::1/128",
    "ff02::/16",
    "fec0::/10",
  ];
  for (const text of [...v4, ...more, ...v6]) {
    assert.equal(policy.evaluate(id, ...world.route(text)), 0, text);
    assert.match(policy.reason, /^martian: inside /);
  }
  // What contains a martian is not one.
  for (const text of ["0.0.0.0/1", "126.0.0.0/7", "128.0.0.0/1", "fc00::/6"]) {
    assert.equal(policy.evaluate(id, ...world.route(text)), id, text);
  }
  const lenient = new ImportPolicy({ ...EXTERNAL, martians: [range("10.0.0.0/8 ge 9")] }, world);
  assert.equal(lenient.evaluate(id, ...world.route("127.0.0.0/8")), id);
  assert.equal(lenient.evaluate(id, ...world.route("10.0.0.0/8")), id);
  assert.equal(lenient.evaluate(id, ...world.route("10.0.0.0/9")), 0);
});

test("the node's own blocks, what is in them, and what it announces are refused", () => {
  const world = new World();
  const policy = new ImportPolicy(INTERNAL, world);
  const id = world.set({ localPref: 100 });
  const pod = world.route("172.17.5.5/32");
  assert.equal(policy.evaluate(id, ...world.route("172.16.1.0/24")), id);
  world.own.setBlocks([prefix("172.16.1.0/24"), prefix("2001:db8:1::/64")]);
  world.own.setOriginated(...pod, true);
  for (const text of ["172.16.1.0/24", "172.16.1.128/25", "172.16.1.8/31", "2001:db8:1::/80"]) {
    assert.equal(policy.evaluate(id, ...world.route(text)), 0, text);
    assert.match(policy.reason, /own block (172\.16\.1\.0\/24|2001:db8:1::\/64)$/);
  }
  assert.equal(policy.evaluate(id, ...world.route("172.16.0.0/16")), id);
  assert.equal(policy.evaluate(id, ...pod), 0);
  assert.equal(policy.reason, "this node announces the prefix itself");
  world.own.setOriginated(...pod, false);
  assert.equal(policy.evaluate(id, ...pod), id);
});

test("a pod that took its address out of the node's block may live on another node", () => {
  const world = new World();
  const policy = new ImportPolicy(INTERNAL, world);
  const id = world.set({ localPref: 100 });
  const pod = world.route("172.16.1.9/32");
  world.own.setBlocks([prefix("172.16.1.0/24")]);
  assert.equal(policy.evaluate(id, ...pod), id);
  assert.equal(policy.evaluate(id, ...world.route("172.16.1.0/24")), 0);
  world.own.setOriginated(...pod, true);
  assert.equal(policy.evaluate(id, ...pod), 0);
  assert.equal(policy.reason, "this node announces the prefix itself");
});

test("RFC 4271 §6.3: an external path begins with the neighbour's AS", () => {
  const world = new World();
  const route = world.route("10.0.0.0/8");
  const policy = new ImportPolicy(EXTERNAL, world);
  const loose = new ImportPolicy({ ...EXTERNAL, enforceFirstAs: false }, world);
  const internal = new ImportPolicy(INTERNAL, world);
  for (const asPath of [path(65001), path(65001, 64600), path()]) {
    const id = world.set({ asPath });
    assert.equal(policy.evaluate(id, ...route), 0);
    assert.equal(policy.reason, "AS_PATH does not begin with the neighbour's AS 64600");
    assert.equal(loose.evaluate(id, ...route), id);
    assert.equal(internal.evaluate(id, ...route), id);
  }
});

test("AS_SETs are refused where they are not allowed (RFC 9774)", () => {
  const world = new World();
  const route = world.route("10.0.0.0/8");
  const strict = new ImportPolicy({ ...EXTERNAL, rejectAsSets: true }, world);
  const loose = new ImportPolicy(EXTERNAL, world);
  for (const type of [1, 4] as const) {
    const id = world.set({ asPath: [...path(64600), { type, asns: [64701, 64702] }] });
    assert.equal(strict.evaluate(id, ...route), 0);
    assert.equal(strict.reason, "AS_PATH has an AS_SET (RFC 9774)");
    assert.equal(loose.evaluate(id, ...route), id);
  }
  const plain = world.set({ asPath: path(64600, 64701) });
  assert.equal(strict.evaluate(plain, ...route), plain);
});

test("loops are refused: own AS, own ORIGINATOR_ID, own cluster", () => {
  const world = new World();
  const route = world.route("10.0.0.0/8");
  const policy = new ImportPolicy(EXTERNAL, world);
  const once = new ImportPolicy({ ...EXTERNAL, allowOwnAs: 1 }, world);
  const looped = world.set({ asPath: path(64600, 64512, 65001) });
  assert.equal(policy.evaluate(looped, ...route), 0);
  assert.equal(policy.reason, "AS_PATH has this node's own AS 64512");
  assert.equal(once.evaluate(looped, ...route), looped);
  const twice = world.set({ asPath: [...path(64600, 64512), { type: 1, asns: [64512] }] });
  assert.equal(once.evaluate(twice, ...route), 0);

  const reflector = new ImportPolicy({ ...INTERNAL, clusterId: CLUSTER_ID }, world);
  assert.equal(reflector.evaluate(world.set({ originatorId: ROUTER_ID }), ...route), 0);
  assert.equal(reflector.reason, "ORIGINATOR_ID is this node's own 192.168.1.101");
  assert.equal(reflector.evaluate(world.set({ clusterList: [1, CLUSTER_ID] }), ...route), 0);
  assert.equal(reflector.reason, "CLUSTER_LIST has this node's own cluster 10.9.9.9");
  const foreign = world.set({ originatorId: 7, clusterList: [8, 9] });
  assert.equal(reflector.evaluate(foreign, ...route), foreign);
});

test("a next hop is a host's address, and not one of ours, as of now", () => {
  const world = new World();
  const policy = new ImportPolicy(INTERNAL, world);
  const route = world.route("10.0.0.0/8");
  const via = (text: string): number => {
    const { family, w0, w1, w2, w3 } = address(text);
    return world.set({ nextHop: { family, w0, w1, w2, w3 } });
  };
  for (const text of ["0.0.0.0", "127.0.0.1", "224.0.0.5", "::", "::1", "ff02::1"]) {
    assert.equal(policy.evaluate(via(text), ...route), 0, text);
    assert.equal(policy.reason, "the next hop is not the address of a host");
  }
  const id = via("192.168.1.101");
  assert.equal(policy.evaluate(id, ...route), id);
  const own = (text: string) => ({ address: address(text), interface: 3 });
  world.own.setAddresses([own("192.168.1.101"), own("fe80::101")]);
  assert.equal(policy.evaluate(id, ...route), 0);
  assert.equal(policy.reason, "the next hop is this node's own address");
  const linkLocal = [0xfe800000, 0, 0, 0x101] as const;
  const global = { family: 1, w0: 0x20010db8, w1: 0, w2: 0, w3: 1, linkLocal } as const;
  assert.equal(policy.evaluate(world.set({ nextHop: global }), ...route), 0);
  world.own.setAddresses([]);
  assert.equal(policy.evaluate(id, ...route), id);
  // RFC 2545 §3, as unnumbered routers fill it in: only the link-local address says something.
  const unnumbered = world.set({ nextHop: { ...global, w0: 0, w3: 0 } });
  assert.equal(policy.evaluate(unnumbered, ...route), unnumbered);
});

test("a link-local next hop that is ours on another link is somebody else's (RFC 4007 §6)", () => {
  const world = new World();
  const { nextHops } = world.attributes;
  for (const text of ["fe80::1", "169.254.0.1"]) {
    const { family, w0, w1, w2, w3 } = address(text);
    const learntOn = (link: number) =>
      nextHops.get(nextHops.intern({ family, w0, w1, w2, w3 }, link));
    world.own.setAddresses([{ address: address(text), interface: 3 }]);
    assert.equal(world.own.isOwn(learntOn(3)), true, text);
    assert.equal(world.own.isOwn(learntOn(4)), false, text);
    assert.equal(world.own.isOwn(learntOn(0)), true, "nobody knows where");
  }
});

test("a filter decides by its first match and can change the route; safety comes first", () => {
  const world = new World();
  const filter: FilterSpec = {
    name: "from-tor",
    rules: [
      { match: { communities: [only(0xfde90001)] }, then: "reject" },
      {
        name: "pods",
        match: { prefix: [range("172.16.0.0/12 le 32"), range("127.0.0.0/8 le 32")] },
        then: "accept",
        set: { localPref: 200, addCommunities: [5, 6, 5], prepend: 2 },
      },
    ],
  };
  const policy = new ImportPolicy({ ...EXTERNAL, filter }, world);
  const id = world.set({ asPath: path(64600, 65001), communities: [6] });
  const result = policy.evaluate(id, ...world.route("172.20.0.0/16"));
  assert.equal(policy.reason, "filter from-tor: rule pods");
  assert.notEqual(result, id);
  const changed = world.attributes.get(result);
  assert.equal(changed.localPref, 200);
  assert.deepEqual(changed.communities, [6, 5]);
  assert.deepEqual(changed.asPath, path(64600, 64600, 64600, 65001));
  assert.equal(world.attributes.nextHop(result), world.attributes.nextHop(id));
  assert.equal(world.attributes.localPref(id), -1, "the old set is as it was");

  assert.equal(policy.evaluate(id, ...world.route("10.0.0.0/8")), 0);
  assert.equal(policy.reason, "filter from-tor: no rule matched");
  const marked = world.set({ asPath: path(64600), communities: [0xfde90001] });
  assert.equal(policy.evaluate(marked, ...world.route("172.20.0.0/16")), 0);
  assert.equal(policy.reason, "filter from-tor: rule 1");
  assert.equal(policy.evaluate(id, ...world.route("127.0.0.1/32")), 0);
  assert.match(policy.reason, /^martian/);
  const looped = world.set({ asPath: path(64600, 64512) });
  assert.equal(policy.evaluate(looped, ...world.route("172.20.0.0/16")), 0);
  assert.match(policy.reason, /own AS/);
  // The answer from memory has the same reason.
  assert.equal(policy.evaluate(looped, ...world.route("172.21.0.0/16")), 0);
  assert.match(policy.reason, /own AS/);
  assert.equal(policy.evaluate(id, ...world.route("172.21.0.0/16")), result);
  assert.equal(policy.reason, "filter from-tor: rule pods");
});

test("a memory does not speak of a set that is gone", () => {
  const world = new World();
  const { attributes } = world;
  const route = world.route("10.0.0.0/8");
  const policy = new ImportPolicy(EXTERNAL, world);
  const good = world.set({ asPath: path(64600) });
  assert.equal(policy.evaluate(good, ...route), good);
  attributes.release(good);
  const bad = world.set({ asPath: path(64600, 64512) });
  assert.equal(bad, good, "the id is used again");
  assert.equal(policy.evaluate(bad, ...route), 0);

  // The same for the set that came out: freed, and its id taken by another.
  const filter: FilterSpec = { name: "f", rules: [{ then: "accept", set: { localPref: 7 } }] };
  const rewriting = new ImportPolicy({ ...EXTERNAL, filter }, world);
  const source = world.set({ asPath: path(64600) });
  const first = rewriting.evaluate(source, ...route);
  attributes.sweep();
  assert.ok(!attributes.has(first));
  assert.equal(world.set({ med: 9 }), first);
  const second = rewriting.evaluate(source, ...route);
  assert.notEqual(second, first);
  assert.equal(attributes.localPref(second), 7);
});

test("a path that begins with no AS is not prepended to on import (RFC 7607 §2)", () => {
  const world = new World();
  const rules = [{ then: "accept", set: { prepend: 2 } }] as const;
  const filter: FilterSpec = { name: "longer", rules };
  const policy = new ImportPolicy({ ...EXTERNAL, enforceFirstAs: false, filter }, world);
  for (const asPath of [[], [{ type: 1, asns: [65001, 65002] }] as const]) {
    const id = world.set({ asPath });
    const result = policy.evaluate(id, ...world.route("172.20.0.0/16"));
    assert.deepEqual(world.attributes.get(result).asPath, asPath);
  }
});
