import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseBgpFilter } from "./bgp-filter.ts";
import type { FilterRule } from "../route/index.ts";
import { formatProblem } from "./index.ts";

const HEAD =
  "apiVersion: projectcalico.org/v3\nkind: BGPFilter\nmetadata: { name: my-filter }\nspec:\n";

function rules(text: string): (FilterRule & Required<Pick<FilterRule, "match">>)[] {
  return parseBgpFilter(text, "f").map((each) => {
    if ("message" in each) assert.fail(formatProblem(each));
    return { ...each, match: each.match ?? {} };
  });
}

function problems(text: string): string[] {
  return parseBgpFilter(text, "f").map((each) =>
    "message" in each ? formatProblem(each).slice(2) : "",
  );
}

test("every condition and operation of a BGPFilter", () => {
  const [first, second, third, last] = rules(`${HEAD}
  importV4:
  - cidr: 77.0.0.0/16
    matchOperator: In
    prefixLength: { min: 20 }
    source: RemotePeers
    peerType: eBGP
    communities: { values: ["64512:7"] }
    asPathPrefix: [65001, 65002]
    action: Accept
    operations:
    - addCommunity: { value: "64512:100" }
    - addCommunity: { value: "64512:1:2" }
    - prependASPath: { prefix: [65010, 65011] }
  exportV4:
  - { cidr: 77.1.0.0/16, matchOperator: NotEqual, action: Reject }
  exportV6:
  - { cidr: "9000::/16", matchOperator: NotIn, communities: { values: ["1:2:3"] }, action: Accept }
`);
  assert.equal(first.name, "my-filter importV4 1");
  const { match, set } = first;
  assert.deepEqual([match.direction, match.family, match.peerType], ["import", [0], "ebgp"]);
  assert.deepEqual(
    match.prefix?.map(({ minimum, maximum }) => [minimum, maximum]),
    [[16, 32]],
  );
  assert.deepEqual([match.length, match.source], [{ minimum: 20, maximum: 32 }, ["ebgp", "ibgp"]]);
  assert.deepEqual(match.communities, [{ mask: [0xffffffff], value: [0xfc000007] }]);
  assert.deepEqual(match.asPath, { startsWith: [65001, 65002] });
  assert.equal(first.then, "accept");
  assert.deepEqual(set?.addCommunities, [0xfc000064]);
  assert.deepEqual([set.addLargeCommunities, set.prependAsn], [[[64512, 1, 2]], [65010, 65011]]);
  assert.deepEqual([second.then, second.match.notPrefix?.[0].maximum], ["reject", 16]);
  assert.deepEqual([third.match.direction, third.match.family], ["export", [1]]);
  assert.deepEqual(
    [third.match.notPrefix?.[0].maximum, third.match.largeCommunities?.[0].value],
    [128, [1, 2, 3]],
  );
  assert.deepEqual([last.match, last.then], [{}, "default"]);
});

test("several documents, a list, JSON", () => {
  const one = (name: string): string =>
    `kind: BGPFilter\nmetadata: { name: ${name} }\nspec: { importV4: [{ action: Accept }] }\n`;
  const names = (text: string) => rules(text).map(({ name }) => name);
  const both = ["a importV4 1", "b importV4 1", "no match"];
  assert.deepEqual(names(`---\n${one("a")}---\n# here\n${one("b")}`), both);
  const item = (name: string) =>
    JSON.parse(
      `{"kind":"BGPFilter","metadata":{"name":"${name}"},"spec":{"importV4":[{"action":"Accept"}]}}`,
    ) as unknown;
  assert.deepEqual(names(JSON.stringify({ kind: "List", items: [item("a"), item("b")] })), both);
});

test("what cannot be done is refused with its place, in any document", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "  importV4: [{ action: Allow }]\n",
      /^5:24: spec\.importV4\[0\]\.action: found "Allow", expected Accept or Reject/,
    ],
    [
      '  importV4: [{ interface: "*.calico", action: Accept }]\n',
      /found interface, expected a rule without it/,
    ],
    ["  importV4: [{ priority: 5, action: Accept }]\n", /found priority/],
    [
      "  importV4: [{ acton: Accept, action: Accept }]\n",
      /^5:16: .*unknown key "acton", did you mean "action"/,
    ],
    ["  importV5: []\n  importV4: [{ action: Accept }]\n", /did you mean "importV4"/],
    ["  importV4: [{ cidr: 10.0.0.0/8, action: Accept }]\n", /found cidr alone/],
    [
      "  importV6: [{ cidr: 10.0.0.0/8, matchOperator: In, action: Accept }]\n",
      /expected a prefix of IPv6/,
    ],
    [
      '  importV4: [{ communities: { values: ["1:2", "1:3"] }, action: Accept }]\n',
      /found 2 communities, expected one/,
    ],
    ["  importV4: [{ prefixLength: { min: 33 }, action: Accept }]\n", /whole number from 0 to 32/],
    [
      "  importV4: [{ action: Accept, operations: [{ setPriority: { value: 5 } }] }]\n",
      /found setPriority/,
    ],
    ["  importV4: [{ action: Reject, operations: [] }]\n", /operations with action Reject/],
    ["  importV4: [{ action: Accept, asPathPrefix: [0] }]\n", /expected an AS number/],
    ["  {}\n", /found no BGPFilter with rules/],
  ];
  for (const [text, expected] of cases) {
    const found = problems(`${HEAD}${text}`);
    assert.equal(found.length, 1, `${text}: ${found.join("\n")}`);
    assert.match(found[0], expected);
  }
  const other = problems(`${HEAD}  importV4: [{ action: Accept }]\n---\nkind: BGPPeer\n`);
  assert.match(other[0], /^7:7: kind: found kind "BGPPeer", expected BGPFilter/);
  assert.match(problems("[")[0], /YAML/);
  assert.match(problems("kind: BGPFilter\nspec: 7\n")[0], /expected keys and values/);
});

test("hundreds of documents: the places in the last one, and no more of them than rules", () => {
  const one = `${HEAD}  importV4: [{ action: Accept }]\n---\n`;
  const last = (many: number, text: string): string[] => problems(one.repeat(many) + text);
  assert.deepEqual(last(998, `${HEAD}  importV4: [{ action: Allow }]`), [
    '5993:24: spec.importV4[0].action: found "Allow", expected Accept or Reject',
  ]);
  assert.match(last(998, "kind: [BGPFilter\n---")[0], /^5989:17: YAML: /);
  // None of them is read then: what is wrong in each is not told.
  assert.deepEqual(problems("kind: [\n---\n".repeat(1000)), [
    "1:1: found 1000 documents, expected less than 1000",
  ]);
});

test("whatever a file has, it is answered", () => {
  const good = `${HEAD}  importV4:\n  - { cidr: 10.0.0.0/8, matchOperator: In, action: Accept, operations: [{ prependASPath: { prefix: [1] } }] }\n`;
  const pieces = fc.constantFrom(
    "[]",
    "{}",
    "7",
    "Accept",
    "\n",
    "---\n",
    "- ",
    "kind: List\nitems:",
    ":",
    '"',
  );
  const broken = fc
    .tuple(fc.nat(good.length), fc.nat(20), pieces)
    .map(([at, count, piece]) => good.slice(0, at) + piece + good.slice(at + count));
  fc.assert(
    fc.property(fc.oneof(broken, fc.string()), (text) => {
      assert.ok(parseBgpFilter(text, "f").length > 0);
    }),
    { numRuns: 500 },
  );
});
