import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN } from "../route/index.ts";
import type { RouteAttributesView } from "./bgp-views.ts";
import { FixedViews, converse } from "./fixture.test.ts";

const BEFORE: RouteAttributesView = {
  origin: 0,
  asPath: [{ type: 2, asns: [64600] }],
  nextHop: undefined,
  atomicAggregate: false,
  localPref: 100,
  unknown: [],
};

/** What comes after the greeting. */
function reply(views: FixedViews, line: string): string {
  return converse(`${line}\n`, views).replace(/^0001 .*\n/, "");
}

test("every clause reaches the question", () => {
  const views = new FixedViews();
  const line =
    'filter test f 10.0.0.0/8 export peer tor-a from tor-b source static as-path "64600 {1 2}" med 5 local-pref 7 origin egp next-hop 192.0.2.1 community 1:2 community no-export extended-community rt:1:2 large-community 1:2:3';
  assert.match(reply(views, line), /8001 Network not found$/m);
  const { route, prefix, ...rest } = views.asked ?? assert.fail();
  assert.deepEqual(rest, { filter: "f", direction: "export", neighbour: "tor-a" });
  assert.equal(prefix.length, 8);
  const { nextHop, ...fields } = route?.attributes ?? assert.fail();
  assert.deepEqual([route?.source, route?.from], ["static", "tor-b"]);
  assert.equal(nextHop?.w0, 0xc0000201);
  assert.deepEqual(fields, {
    asPath: [
      { type: 2, asns: [64600] },
      { type: 1, asns: [1, 2] },
    ],
    med: 5,
    localPref: 7,
    origin: 1,
    communities: [0x10002, 0xffffff01],
    extendedCommunities: [[0x00020001, 2]],
    largeCommunities: [[1, 2, 3]],
  });
  reply(views, "filter test f 10.0.0.0/8");
  assert.deepEqual([views.asked?.route, views.asked?.direction], [undefined, "import"]);
});

test("which rule, and what changed", () => {
  const views = new FixedViews();
  const after = { ...BEFORE, localPref: 200, communities: [0x10002] };
  views.trial = [
    {
      from: "tor-a",
      then: "accept",
      rule: "filter f: rule 1",
      before: BEFORE,
      after,
      handling: { weight: 7, kernelMetric: 50, kernelTable: 100, blackhole: true },
    },
    {
      from: undefined,
      then: "reject",
      rule: "filter f: no rule matched",
      before: BEFORE,
      after: undefined,
      handling: PLAIN,
    },
  ];
  const text = [
    "1102-10.0.0.0/8 from tor-a: accepted by filter f: rule 1",
    " \t- BGP.local_pref: 100",
    " \t+ BGP.local_pref: 200",
    " \t+ BGP.community: (1,2)",
    " \t+ underlay.weight: 7",
    " \t+ underlay.kernel_metric: 50",
    " \t+ underlay.kernel_table: 100",
    " \t+ underlay.blackhole: packets end here",
    " 10.0.0.0/8: rejected by filter f: no rule matched",
    "0000 ",
    "",
  ];
  assert.ok(converse("filter test f 10.0.0.0/8\n", views).endsWith(text.join("\n")));
  const json = reply(views, "underlay json filter test f 10.0.0.0/8");
  assert.match(json, /"then":"accept".*"after":\{.*"localPref":200/);
  assert.match(json, /"weight":7,"kernelMetric":50,"kernelTable":100,"blackhole":true/);
  views.trial = "no filter is called g";
  assert.match(reply(views, "filter test g 10.0.0.0/8"), /8003 no filter is called g/);
});

test("a network of which there is no route is answered with what else can be asked", () => {
  const text = reply(new FixedViews(), "filter test f 10.0.0.0/8");
  assert.match(text, /8001 Network not found: no route of it is known; .* as-path "64600"$/m);
});

test("what is no question is a syntax error", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /unexpected END/],
    ["f", /no network is given/],
    ["f 10.0.0.0/8 10.0.0.0/8", /unexpected 10\.0\.0\.0\/8/],
    ["f 10.0.0.0/8 med", /med needs a value/],
    ["f 10.0.0.0/8 med 4294967296", /4294967296 is no med/],
    ["f 10.0.0.0/8 as-path 0", /0 is no as-path/],
    ['f 10.0.0.0/8 as-path "1  2"', /is no as-path/],
    ["f 10.0.0.0/8 community 1", /1 is no community/],
    ["f 10.0.0.0/8 large-community 1:*:2", /is no large-community/],
    ["f 10.0.0.0/8 source pods", /pods is no source/],
    ["f 10.0.0.0/8 origin x", /x is no origin/],
    ["f 10.0.0.0/8 colour red", /unexpected colour/],
  ];
  for (const [words, expected] of cases) {
    const text = reply(new FixedViews(), `filter test ${words}`);
    assert.match(text, /9001 syntax error/, words);
    assert.match(text, expected);
  }
});
