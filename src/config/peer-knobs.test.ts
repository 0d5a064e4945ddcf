import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPrefix } from "../route/index.ts";
import { type PeerConfig, formatProblem, parseConfig } from "./index.ts";

function parsed(keys: string) {
  const peer = `{ name: a, address: 10.0.0.1, asn: 64600, ${keys} }`;
  return parseConfig(`node: { asn: 64512 }\npeers:\n- ${peer}\n`, { file: "x", hostname: "h" });
}

function peer(keys: string): PeerConfig {
  const result = parsed(keys);
  if (!result.ok) assert.fail(result.problems.map(formatProblem).join("\n"));
  return result.config.peers[0];
}

function problem(keys: string): string {
  const result = parsed(keys);
  assert.ok(!result.ok, keys);
  assert.equal(result.problems.length, 1);
  return formatProblem(result.problems[0]);
}

test("a peer without any of them is plain BGP", () => {
  const { role, roleStrict, localAsnOptions, allowOwnAs, enforceFirstAs } = peer("");
  assert.deepEqual(
    [role, roleStrict, allowOwnAs, enforceFirstAs],
    [undefined, false, 0, undefined],
  );
  assert.deepEqual(localAsnOptions, { noPrepend: false, replaceAs: false });
  const { asOverride, removePrivateAs, gracefulShutdown, idleTimeout } = peer("");
  assert.deepEqual([asOverride, removePrivateAs, gracefulShutdown], [false, undefined, false]);
  assert.equal(idleTimeout, 300_000);
});

test("each of them is read", () => {
  const read = peer(
    "role: rs-client, roleStrict: true, localAsn: 65100, localAsnOptions: { replaceAs: true }, allowOwnAs: 3, enforceFirstAs: false, asOverride: true, gracefulShutdown: true",
  );
  assert.deepEqual([read.role, read.roleStrict, read.allowOwnAs], ["rs-client", true, 3]);
  assert.deepEqual(read.localAsnOptions, { noPrepend: false, replaceAs: true });
  const { enforceFirstAs, asOverride, gracefulShutdown } = read;
  assert.deepEqual([enforceFirstAs, asOverride, gracefulShutdown], [false, true, true]);
  const removals = ["true", "false", "all", "replace"].map(
    (word) => peer(`removePrivateAs: ${word}`).removePrivateAs,
  );
  assert.deepEqual(removals, ["if-only", undefined, "all", "replace"]);
});

test("blackholes: by one word, or by what the neighbour may have dropped", () => {
  assert.equal(peer("").blackhole, undefined);
  assert.deepEqual(peer("blackhole: accept").blackhole, {
    inside: undefined,
    community: "no-export",
  });
  const some = "blackhole: { inside: [192.0.2.0/24, 2001:db8::/32], community: no-advertise }";
  const { inside, community } = peer(some).blackhole ?? {};
  assert.deepEqual(inside?.map(formatPrefix), ["192.0.2.0/24", "2001:db8::/32"]);
  assert.equal(community, "no-advertise");
  assert.match(problem("blackhole: { inside: [] }"), /found an empty list, expected prefixes/);
  assert.match(problem("blackhole: yes"), /found "yes", expected keys and values/);
  assert.match(problem("blackhole: { community: x }"), /no-export, no-advertise or none/);
});

test("what is wrong with them is said where it stands", () => {
  assert.match(problem("roel: peer"), /^x:3:\d+: .*unknown key "roel", did you mean "role"\?/);
  assert.match(problem("role: boss"), /role: found "boss", expected provider, customer, peer, /);
  assert.match(problem("roleStrict: true"), /found roleStrict without a role/);
  assert.match(problem("localAsnOptions: { noPrepend: true }"), /expected localAsn with another/);
  assert.match(problem("removePrivateAs: some"), /expected true, false, all or replace/);
  assert.match(problem("allowOwnAs: 11"), /expected a whole number from 0 to 10/);
  assert.match(problem("idleTimeout: 9s"), /found idleTimeout without a range/);
  for (const key of ["role: peer", "asOverride: true", "removePrivateAs: all"]) {
    assert.match(problem(`localAsn: 64600, ${key}`), /with an internal neighbour: it is about/);
  }
});

test("limits of prefixes: a number, or each by itself", () => {
  assert.equal(peer("").maxPrefixes, undefined);
  const plain = { received: 10, accepted: undefined, action: "restart" };
  assert.deepEqual(peer("maxPrefixes: 10").maxPrefixes, {
    ...plain,
    after: undefined,
    warnAt: undefined,
  });
  const keys = "{ received: 10, accepted: 5, after: 60s, warnAt: 80 }";
  assert.deepEqual(peer(`maxPrefixes: ${keys}`).maxPrefixes, {
    ...plain,
    accepted: 5,
    after: 60_000,
    warnAt: 80,
  });
  assert.equal(peer("maxPrefixes: { accepted: 5, action: block }").maxPrefixes?.action, "block");
  assert.match(problem("maxPrefixes: many"), /expected a whole number from 1/);
  assert.match(problem("maxPrefixes: { recieved: 1, accepted: 1 }"), /did you mean "received"\?/);
  assert.match(problem("maxPrefixes: {}"), /expected received, accepted or both/);
  assert.match(problem("maxPrefixes: { received: 5, accepted: 6 }"), /found 6, expected 5 at most/);
  assert.match(
    problem("maxPrefixes: { received: 5, action: warn, after: 5s }"),
    /after with action: warn/,
  );
});
