import assert from "node:assert/strict";
import { test } from "node:test";
import { diffConfig, formatProblem, parseConfig } from "./index.ts";

function parse(text: string) {
  const result = parseConfig(`node: { asn: 64512 }\n${text}`, { file: "x", hostname: "h" });
  return result.ok ? result.config : result.problems.map((one) => formatProblem(one).slice(2));
}

test("static routes and services' addresses", () => {
  const config = parse(`static:
- { prefix: 198.51.100.0/24, nextHop: 192.0.2.9, med: 5, localPref: 7, origin: egp, communities: [] }
announce: [{ prefix: 2001:db8::1/128, communities: ["1:2"], extendedCommunities: ["rt:1:2"], largeCommunities: ["1:2:3"] }]
`);
  if (Array.isArray(config)) assert.fail(config.join("\n"));
  const [route] = config.static;
  assert.deepEqual(
    [route.med, route.localPref, route.origin, route.communities],
    [5, 7, 1, undefined],
  );
  assert.equal(route.nextHop?.w0, 0xc0000209);
  const [service] = config.announce;
  assert.deepEqual([service.communities, service.largeCommunities], [[0x10002], [[1, 2, 3]]]);
  assert.deepEqual(service.extendedCommunities, [[0x00020001, 2]]);
  const none = parse("");
  if (Array.isArray(none)) assert.fail(none.join("\n"));
  assert.deepEqual([none.static, none.announce], [[], []]);
  assert.deepEqual(
    diffConfig(none, config).map(({ section, change }) => [section, change]),
    [
      ["static", "changed"],
      ["announce", "changed"],
    ],
  );
});

test("what is wrong with them", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["static: [{ med: 1 }]", /^2:10: static\[0\]\.prefix: found no prefix/],
    [
      "static: [{ prefix: 10.0.0.1/8 }]",
      /^2:20: static\[0\]\.prefix: .*did you mean 10\.0\.0\.0\/8/,
    ],
    [
      "announce: [{ prefix: 10.0.0.0/8, med: 1 }]",
      /^2:34: announce\[0\]\.med: found the unknown key "med"/,
    ],
    ["announce: [{ prefix: 10.0.0.0/8, comunities: [] }]", /did you mean "communities"/],
    [
      "static: [{ prefix: 10.0.0.0/8 }]\nannounce: [{ prefix: 10.0.0.0/8 }]",
      /^3:22: .*which is a static route already/,
    ],
    [
      "pods: { pool: [10.0.0.0/8], blocks: [10.1.0.0/16] }\nstatic: [{ prefix: 10.1.0.0/16 }]",
      /which is a block of pods already/,
    ],
    [
      'static: [{ prefix: 10.0.0.0/8, nextHop: "2001:db8::1" }]',
      /^2:41: .*next hop of the other family/,
    ],
  ];
  for (const [text, expected] of cases) {
    const found = parse(text);
    assert.ok(Array.isArray(found) && found.length === 1, text);
    assert.match(found[0], expected);
  }
});

test("aggregates: read, and each prefix once among all that is announced", () => {
  const read = parseConfig(
    "node: { asn: 1 }\naggregates: [{ prefix: 10.0.0.0/8, summaryOnly: true, communities: [no-export] }, { prefix: 11.0.0.0/8 }]",
    { file: "x", hostname: "h" },
  );
  assert.ok(read.ok);
  const [first, second] = read.config.aggregates;
  assert.deepEqual([first.summaryOnly, first.communities], [true, [0xffffff01]]);
  assert.deepEqual([second.summaryOnly, second.communities], [false, []]);
  const twice = parseConfig(
    "node: { asn: 1 }\nstatic: [{ prefix: 10.0.0.0/8 }]\naggregates: [{ prefix: 10.0.0.0/8 }, {}]",
    { file: "x", hostname: "h" },
  );
  assert.ok(!twice.ok);
  assert.deepEqual(
    twice.problems.map(({ message }) => message),
    [
      "found 10.0.0.0/8, which is a static route already, expected it once",
      "found no prefix, expected one",
    ],
  );
});
