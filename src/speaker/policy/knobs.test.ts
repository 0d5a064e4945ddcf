// What may be set for one neighbour, seen through the policies: own AS numbers, roles, shutdown.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathAttributes } from "bgp-ts";
import { COMMUNITY } from "../../route/index.ts";
import { path, World } from "./helpers.test.ts";
import {
  ExportPolicy,
  type ExportSpec,
  type FilterSpec,
  ImportPolicy,
  type ImportSpec,
  type Role,
  SOURCE,
} from "./index.ts";

const IN: ImportSpec = { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1 };
const INSIDE: ImportSpec = { ...IN, external: false, peerAsn: 64512 };
const ALL: FilterSpec = { name: "all", rules: [{ then: "accept" }] };
const OUT: ExportSpec = { external: true, localAsn: 64512, filter: ALL };

/** What comes of a route by an import policy: its attributes, or the reason of its rejection. */
function imported(spec: ImportSpec, fields: Partial<PathAttributes>): PathAttributes | string {
  const world = new World();
  const policy = new ImportPolicy(spec, world);
  const id = policy.evaluate(world.set(fields), ...world.route("10.0.0.0/8"));
  return id === 0 ? policy.reason : world.attributes.get(id);
}

function accepted(spec: ImportSpec, fields: Partial<PathAttributes>): PathAttributes {
  const result = imported(spec, fields);
  if (typeof result === "string") assert.fail(result);
  return result;
}

function rejected(spec: ImportSpec, fields: Partial<PathAttributes>): string {
  const result = imported(spec, fields);
  assert.ok(typeof result === "string");
  return result;
}

/** The same for an export policy, of a route from another AS. */
function exported(spec: ExportSpec, fields: Partial<PathAttributes>): PathAttributes | string {
  const world = new World();
  const policy = new ExportPolicy(spec, world);
  const route = world.route("10.0.0.0/8");
  const id = policy.evaluate(world.set(fields), ...route, SOURCE.EXTERNAL, 7);
  return id === 0 ? policy.reason : world.attributes.get(id);
}

function sent(spec: ExportSpec, fields: Partial<PathAttributes>): PathAttributes {
  const result = exported(spec, fields);
  if (typeof result === "string") assert.fail(result);
  return result;
}

test("RFC 8326 §4.2: GRACEFUL_SHUTDOWN from another AS is the last choice, whatever the filter wants", () => {
  const fields = { asPath: path(64600), communities: [7, COMMUNITY.GRACEFUL_SHUTDOWN] };
  assert.equal(accepted(IN, fields).localPref, 0);
  const filter: FilterSpec = { name: "f", rules: [{ then: "accept", set: { localPref: 300 } }] };
  assert.equal(accepted({ ...IN, filter }, fields).localPref, 0);
  assert.deepEqual(accepted(IN, fields).communities, fields.communities, "it is passed on");
  // Within the AS, whoever took the route in has set the preference.
  const inside = { communities: fields.communities, localPref: 250 };
  assert.equal(accepted(INSIDE, inside).localPref, 250);
});

test("RFC 8326 §4.3: before a shutdown, both directions of the session are the last choice", () => {
  const here = accepted(
    { ...IN, gracefulShutdown: true },
    { asPath: path(64600), communities: [7] },
  );
  assert.equal(here.localPref, 0);
  assert.deepEqual(here.communities, [7, COMMUNITY.GRACEFUL_SHUTDOWN]);
  const fields = { asPath: path(1), communities: [7], localPref: 200 };
  const there = sent({ ...OUT, gracefulShutdown: true }, fields);
  assert.deepEqual(there.communities, [7, COMMUNITY.GRACEFUL_SHUTDOWN]);
  assert.equal(there.localPref, undefined);
  const inside = sent({ ...OUT, external: false, gracefulShutdown: true }, fields);
  assert.equal(inside.localPref, 0);
  assert.deepEqual(inside.communities, [7, COMMUNITY.GRACEFUL_SHUTDOWN]);
});

test("the own AS is a loop beyond the number that is allowed, the node's and the one shown alike", () => {
  const twice = { asPath: path(64600, 64512, 64512) };
  assert.match(rejected(IN, twice), /own AS 64512$/);
  assert.match(rejected({ ...IN, allowOwnAs: 1 }, twice), /64512 more than 1 times/);
  accepted({ ...IN, allowOwnAs: 2 }, twice);
  const other = { ...IN, localAsn: 65100, nodeAsn: 64512 };
  assert.match(rejected(other, { asPath: path(64600, 64512) }), /65100 or 64512/);
  assert.match(rejected(other, { asPath: path(64600, 65100) }), /65100 or 64512/);
});

test("RFC 7705 §3: another AS stands in front of the node's, on the way in and out", () => {
  const fields = { asPath: path(64600, 3) };
  const other = { ...IN, localAsn: 65100, nodeAsn: 64512 };
  assert.deepEqual(accepted(other, fields).asPath, path(64600, 3));
  const prepended = accepted({ ...other, prependLocalAs: true }, fields);
  assert.deepEqual(prepended.asPath, path(65100, 64600, 3));
  const beside = sent({ ...OUT, localAsn: 65100, nodeAsn: 64512 }, { asPath: path(3) });
  assert.deepEqual(beside.asPath, path(65100, 64512, 3));
  assert.deepEqual(sent({ ...OUT, localAsn: 65100 }, { asPath: path(3) }).asPath, path(65100, 3));
  const inside = accepted({ ...INSIDE, prependLocalAs: true }, { asPath: path(3) });
  assert.deepEqual(inside.asPath, path(3), "within an AS, nothing is put in front");
});

test("the first AS is enforced, or not", () => {
  assert.match(rejected(IN, { asPath: path(9) }), /does not begin with/);
  accepted({ ...IN, enforceFirstAs: false }, { asPath: path(9) });
});

test("what is sent: the neighbour's AS overridden, private ones removed, then ours in front", () => {
  const fields = { asPath: path(65001, 64600, 3320) };
  const spec = { ...OUT, peerAsn: 64600 };
  assert.deepEqual(sent(spec, fields).asPath, path(64512, 65001, 64600, 3320));
  assert.deepEqual(
    sent({ ...spec, asOverride: true }, fields).asPath,
    path(64512, 65001, 64512, 3320),
  );
  assert.deepEqual(
    sent({ ...spec, removePrivateAs: "all" }, fields).asPath,
    path(64512, 64600, 3320),
  );
  assert.deepEqual(
    sent({ ...spec, asOverride: true, removePrivateAs: "replace" }, fields).asPath,
    path(64512, 64512, 64512, 3320),
  );
});

/** By our role: whether a route is a leak with another AS's OTC, with the neighbour's, without. */
const INGRESS: readonly (readonly [Role, string])[] = [
  ["provider", "leak leak none"],
  ["rs-server", "leak leak none"],
  ["peer", "leak 64600 64600"],
  ["customer", "3 64600 64600"],
  ["rs-client", "3 64600 64600"],
];

test("RFC 9234 §5: OTC of what comes in", () => {
  for (const [role, expected] of INGRESS) {
    const results = [3, 64600, undefined].map((onlyToCustomer) => {
      const result = imported({ ...IN, role }, { asPath: path(64600), onlyToCustomer });
      if (typeof result !== "string") return result.onlyToCustomer ?? "none";
      assert.match(result, /^route leak: OTC of a route from a /);
      return "leak";
    });
    assert.equal(results.join(" "), expected, role);
  }
  const none = accepted(IN, { asPath: path(64600), onlyToCustomer: 3 });
  assert.equal(none.onlyToCustomer, 3, "without a role it is only carried");
});

/** By our role: what becomes of a route with OTC 3, and of one without. */
const EGRESS: readonly (readonly [Role, string])[] = [
  ["provider", "3 64512"],
  ["rs-server", "3 64512"],
  ["peer", "kept 64512"],
  ["customer", "kept none"],
  ["rs-client", "kept none"],
];

test("RFC 9234 §5: OTC of what goes out", () => {
  for (const [role, expected] of EGRESS) {
    const results = [3, undefined].map((onlyToCustomer) => {
      const result = exported({ ...OUT, role }, { asPath: path(9), onlyToCustomer });
      if (typeof result !== "string") return result.onlyToCustomer ?? "none";
      assert.match(result, /^OTC: for customers only/);
      return "kept";
    });
    assert.equal(results.join(" "), expected, role);
  }
  assert.equal(sent(OUT, { asPath: path(9), onlyToCustomer: 3 }).onlyToCustomer, 3);
});
