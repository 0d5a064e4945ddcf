import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilterConfig, formatProblem, parseConfig } from "./index.ts";

const HEAD =
  "node: { asn: 64512 }\ngroups: { tors: { asn: 64600 } }\npeers: [{ name: tor-a, address: 10.0.0.1, group: tors }]\nfilters:\n";

function filters(text: string): readonly FilterConfig[] {
  const result = parseConfig(`${HEAD}${text}`, { file: "x.yaml", hostname: "h" });
  if (!result.ok) assert.fail(result.problems.map(formatProblem).join("\n"));
  return result.config.filters;
}

function problems(text: string): string[] {
  const result = parseConfig(`${HEAD}${text}`, { file: "x", hostname: "h" });
  return result.ok ? [] : result.problems.map((one) => formatProblem(one).slice(2));
}

/** The one problem of a filter `f` with one rule; line 6 begins it at column 5. */
function ruleProblem(rule: string): string {
  const found = problems(`  f:\n  - { ${rule} }\n`);
  assert.equal(found.length, 1, found.join("\n"));
  return found[0];
}

test("every condition and every change", () => {
  const [filter, file] = filters(`
  f:
  - match:
      notPrefix: [10.0.0.0/8 le 32]
      length: 8-24
      family: [ipv6]
      source: [static]
      nextHop: [192.0.2.1, 2001:db8::/32]
      asPath: { regex: "_64600$", startsWith: [1.1], length: 3 }
      communities: ["64512:*", no-export]
      extendedCommunities: ["rt:64512:*"]
      largeCommunities: ["64512:*:1"]
      origin: [incomplete]
      med: 0-5
      localPref: 100
      neighbour: [tor-a]
      group: [tors]
      fromNeighbour: [tor-a]
      fromGroup: [tors]
      peerType: ebgp
    then: next
    set:
      med: 5
      origin: egp
      nextHop: 192.0.2.9
      removeCommunities: ["*:7"]
      setCommunities: []
      addExtendedCommunities: ["ro:1:2"]
      addLargeCommunities: ["1:2:3"]
      prependAsn: [64513]
      gracefulShutdown: true
      weight: 9
      kernelMetric: 40
      kernelTable: 100
      blackhole: true
  - { goto: from-calico, name: "the rest" }
  from-calico: { file: /etc/underlay/bgpfilter.yaml }
`);
  const [first, second] = filter.rules;
  const { match = {}, set } = first;
  assert.deepEqual(
    [match.length, match.family, match.origin],
    [{ minimum: 8, maximum: 24 }, [1], [2]],
  );
  assert.deepEqual(
    match.nextHop?.map(({ length }) => length),
    [32, 32],
  );
  assert.equal(match.asPath?.regex, "_64600$");
  assert.deepEqual(match.asPath.startsWith, [65537]);
  assert.deepEqual(match.asPath.length, { minimum: 3, maximum: 3 });
  assert.deepEqual(match.communities?.[0], { mask: [0xffff0000], value: [0xfc000000] });
  assert.deepEqual(match.largeCommunities?.[0].mask, [0xffffffff, 0, 0xffffffff]);
  assert.deepEqual([match.neighbour, match.group, match.peerType], [["tor-a"], ["tors"], "ebgp"]);
  assert.deepEqual([match.fromNeighbour, match.fromGroup], [["tor-a"], ["tors"]]);
  assert.deepEqual(
    [first.then, second.then, second.name],
    ["next", { goto: "from-calico" }, "the rest"],
  );
  assert.deepEqual([set?.origin, set?.setCommunities, set?.prependAsn], [1, [], [64513]]);
  assert.deepEqual(set?.addExtendedCommunities, [[0x00030001, 2]]);
  const { weight, kernelMetric, kernelTable, blackhole } = set;
  assert.deepEqual([weight, kernelMetric, kernelTable, blackhole], [9, 40, 100, true]);
  assert.deepEqual(file, { name: "from-calico", rules: [], file: "/etc/underlay/bgpfilter.yaml" });
});

test("a mistake is named with its place and what was expected", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["match: {}", /found no then, expected then: accept/],
    ["then: acept", /^6:13: .*then: found "acept", expected accept, reject, default or next/],
    [
      "thne: accept, then: accept",
      /^6:7: filters\.f\[0\]\.thne: found the unknown key "thne", did you mean "then"/,
    ],
    [
      "then: accept, match: { asPath: { regexp: a } }",
      /^6:40: .*unknown key "regexp", did you mean "regex"/,
    ],
    [
      'then: accept, match: { asPath: { regex: "64(5" } }',
      /regular expression: a \( without its \), at character 5$/,
    ],
    ["then: accept, match: { asPath: { contains: [] } }", /empty list/],
    [
      'then: accept, match: { communities: ["1:**"] }',
      /expected a community as 64512:100, 64512:\*/,
    ],
    ['then: accept, match: { largeCommunities: ["1:2"] }', /expected a large community/],
    ['then: accept, match: { extendedCommunities: ["rt:1"] }', /expected an extended community/],
    ["then: accept, match: { med: 5-4 }", /expected a whole number, or two of them/],
    ["then: accept, match: { nextHop: [10.0.0.1/8] }", /did you mean 10\.0\.0\.0\/8/],
    [
      "then: accept, match: { neighbour: [tor-b] }",
      /^6:42: .*unknown peer "tor-b", did you mean "tor-a"/,
    ],
    ["then: accept, match: { group: [tor] }", /unknown group "tor", did you mean "tors"/],
    ["then: reject, set: { med: 1 }", /set with then: reject, expected then: accept/],
    [
      'then: accept, set: { addExtendedCommunities: ["rt:1:*"] }',
      /expected an extended community as rt:64512:100, ro/,
    ],
    ["then: accept, set: { setcommunities: [] }", /did you mean "setCommunities"/],
    ["goto: g", /^6:13: filters\.f\[0\]\.goto: found the unknown filter "g"/],
  ];
  for (const [rule, expected] of cases) {
    assert.match(ruleProblem(rule), expected, rule);
  }
});

test("then and goto, goto and set", () => {
  const both = problems(
    "  f: [{ then: accept, goto: g }]\n  g: [{ goto: h, set: { med: 1 } }]\n  h: { file: /x }\n",
  );
  assert.equal(both.length, 2, both.join("\n"));
  assert.match(both[0], /^5:29: filters\.f\[0\]\.goto: found then and goto/);
  assert.match(both[1], /^6:23: .*found set with goto, expected a rule with then: next before it/);
});

test("rules or a file: what stands there is what is complained about", () => {
  assert.match(problems("  f: { fil: /x }\n")[1], /^5:8: filters\.f\.fil: .*did you mean "file"/);
  assert.match(
    problems("  f: { file: x }\n")[0],
    /^5:14: filters\.f\.file: .*expected the whole path/,
  );
  assert.match(problems("  f: {}\n")[0], /^5:6: filters\.f\.file: found no file/);
  assert.match(problems("  f: 7\n")[0], /^5:6: filters\.f: found "7", expected a list/);
  assert.match(problems("  f: []\n")[0], /found no rules/);
  assert.deepEqual(problems("  f:\n  - 7\n").length, 1);
});

test("goto leads somewhere, never back, and not through too many rules", () => {
  const loop = problems("  a: [{ goto: b }]\n  b: [{ goto: c }]\n  c: [{ goto: a }]\n");
  assert.equal(loop.length, 1);
  assert.match(
    loop[0],
    /^7:15: filters\.c\[0\]\.goto: found a way that never ends, from "a" to "b" to "c" to "a"/,
  );
  const next = "{ then: next }, ".repeat(7);
  const many = problems(`  a: [${next}{ goto: b }]\n  b: [${next}{ then: accept }]\n`);
  assert.deepEqual(many.length, 1);
  assert.match(many[0], /^5:3: filters\.a: found 14 rules with then: next .*expected 12 at most/);
  const doubling = Array.from(
    { length: 14 },
    (_, i) => `  f${i}: [{ goto: f${i + 1} }, { goto: f${i + 1} }]\n`,
  );
  const wide = problems(`${doubling.join("")}  f14: [{ then: accept }]\n`);
  assert.ok(wide.length > 0 && wide.every((one) => /expected 4096 at most/.test(one)), wide[0]);
});
