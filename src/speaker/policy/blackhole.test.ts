import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathAttributes } from "bgp-ts";
import { COMMUNITY } from "../../route/index.ts";
import { World, path, prefix } from "./helpers.test.ts";
import { type BlackholeSpec, ExportPolicy, type FilterRule, ImportPolicy } from "./index.ts";
import { SOURCE } from "./source.ts";

const { BLACKHOLE, NO_ADVERTISE, NO_EXPORT } = COMMUNITY;

/** What becomes of a route: its communities and whether packets end here; or why it is not taken. */
function judged(
  text: string,
  blackhole: BlackholeSpec | undefined,
  fields: Partial<PathAttributes> = { communities: [BLACKHOLE] },
  rules?: readonly FilterRule[],
): readonly [readonly number[], boolean] | string {
  const world = new World();
  const policy = new ImportPolicy(
    {
      ...{ external: true, localAsn: 64512, peerAsn: 64600, routerId: 1, blackhole },
      filter: rules && { name: "f", rules },
    },
    world,
  );
  const set = world.set({ asPath: path(64600), ...fields });
  const [family, id] = world.route(text);
  const result = policy.evaluate(set, family, id);
  // What is remembered is the same.
  assert.equal(policy.evaluate(set, family, id), result);
  if (result === 0) return policy.reason;
  const { communities = [] } = world.attributes.get(result);
  return [communities, world.attributes.handling(result).blackhole];
}

test("without a word about it the community is one as others are (RFC 7999 §3.4)", () => {
  assert.deepEqual(judged("192.0.2.1/32", undefined), [[BLACKHOLE], false]);
});

test("with it, single addresses are blackholes that stay in the AS, and nothing else is taken", () => {
  assert.deepEqual(judged("192.0.2.1/32", {}), [[BLACKHOLE, NO_EXPORT], true]);
  assert.deepEqual(judged("2001:db8::1/128", {}), [[BLACKHOLE, NO_EXPORT], true]);
  for (const text of ["192.0.2.0/31", "2001:db8::/127"]) {
    assert.equal(judged(text, {}), "BLACKHOLE for more than one address (RFC 7999 §3.3)");
  }
  assert.deepEqual(judged("192.0.2.0/24", {}, {}), [[], false]);
});

test("what the neighbour may have dropped: its prefixes and what lies in them", () => {
  const spec = { inside: [prefix("192.0.2.0/24"), prefix("2001:db8::/32")] };
  for (const text of ["192.0.2.0/24", "192.0.2.128/25", "192.0.2.7/32", "2001:db8:1::/48"]) {
    assert.deepEqual(judged(text, spec), [[BLACKHOLE, NO_EXPORT], true], text);
  }
  for (const text of ["192.0.0.0/16", "198.51.100.1/32", "2001:db9::1/128"]) {
    assert.equal(judged(text, spec), "BLACKHOLE for what it may not ask for (RFC 7999 §3.3)");
  }
});

test("what keeps it here is chosen, and nothing is added to what stays by itself (RFC 7999 §3.2)", () => {
  const with_ = (community: BlackholeSpec["community"], ...communities: number[]) =>
    judged("192.0.2.1/32", { community }, { communities: [BLACKHOLE, ...communities] });
  assert.deepEqual(with_("no-advertise"), [[BLACKHOLE, NO_ADVERTISE], true]);
  assert.deepEqual(with_("none"), [[BLACKHOLE], true]);
  assert.deepEqual(with_("no-export", NO_ADVERTISE), [[BLACKHOLE, NO_ADVERTISE], true]);
  assert.deepEqual(with_("no-export", NO_EXPORT), [[BLACKHOLE, NO_EXPORT], true]);
  // A neighbour that says less does not make the route go further than this node.
  const both = [BLACKHOLE, NO_EXPORT, NO_ADVERTISE];
  assert.deepEqual(with_("no-advertise", NO_EXPORT), [both, true]);
});

test("a filter has the last word, both ways", () => {
  const rule = (blackhole: boolean): FilterRule[] => [{ then: "accept", set: { blackhole } }];
  assert.deepEqual(judged("192.0.2.0/24", undefined, {}, rule(true)), [[NO_EXPORT], true]);
  assert.deepEqual(judged("192.0.2.0/24", {}, undefined, rule(true)), [
    [BLACKHOLE, NO_EXPORT],
    true,
  ]);
  assert.deepEqual(judged("192.0.2.1/32", {}, undefined, rule(false)), [[BLACKHOLE], false]);
  assert.deepEqual(judged("192.0.2.0/24", {}, undefined, rule(false)), [[BLACKHOLE], false]);
  const reject: FilterRule[] = [{ then: "reject" }];
  assert.match(String(judged("192.0.2.1/32", {}, undefined, reject)), /^filter f: rule 1/);
  const silent: FilterRule[] = [{ then: "accept", set: { weight: 5 } }];
  assert.deepEqual(judged("192.0.2.1/32", {}, undefined, silent), [[BLACKHOLE, NO_EXPORT], true]);
});

test("one set of attributes is a blackhole for an address, and not taken for a network", () => {
  const world = new World();
  const spec = { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1, blackhole: {} };
  const policy = new ImportPolicy(spec, world);
  const set = world.set({ asPath: path(64600), communities: [BLACKHOLE] });
  const host = policy.evaluate(set, ...world.route("192.0.2.1/32"));
  assert.ok(world.attributes.handling(host).blackhole);
  assert.equal(policy.evaluate(set, ...world.route("192.0.2.0/24")), 0);
  assert.equal(policy.evaluate(set, ...world.route("192.0.2.1/32")), host);
});

test("it is not told to another AS, and told within ours", () => {
  const world = new World();
  const policy = new ImportPolicy(
    { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1, blackhole: {} },
    world,
  );
  const route = world.route("192.0.2.1/32");
  const set = world.set({ asPath: path(64600), communities: [BLACKHOLE] });
  const taken = policy.evaluate(set, ...route);
  const rules: FilterRule[] = [{ then: "accept" }];
  const filter = { name: "all", rules };
  const sent = (external: boolean): number =>
    new ExportPolicy({ external, localAsn: 64512, filter }, world).evaluate(
      taken,
      ...route,
      SOURCE.EXTERNAL,
      2,
    );
  assert.equal(sent(true), 0);
  assert.deepEqual(world.attributes.get(sent(false)).communities, [BLACKHOLE, NO_EXPORT]);
  assert.equal(world.attributes.nextHop(sent(false)), world.attributes.nextHop(taken));
});
