import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FixedViews, ROUTES, converse } from "./fixture.test.ts";
import { ControlConnection } from "./index.ts";

/** The networks that a question finds, with the protocol of each route. */
function found(question: string): string[] {
  const lines = converse(`show route ${question}\n`).split("\n");
  let network = "";
  return lines.flatMap((line) => {
    const match = /^(?:1007-| )(\S*) +\w+ \[(\S+) /.exec(line);
    if (match === null) return [];
    if (match[1] !== "") network = match[1];
    return [`${network} ${match[2]}`];
  });
}

const ALL = found("");

describe("show route where", () => {
  const cases: readonly (readonly [string, (row: string) => boolean])[] = [
    ["true", () => true],
    ["false", () => false],
    ["net.type = NET_IP4", (row) => row.includes(".") && !row.startsWith("fd")],
    ["net.type = NET_IP6", (row) => row.startsWith("fd")],
    ["net ~ [ 10.244.1.0/24 ]", (row) => row.startsWith("10.244.1.0/24")],
    ["net ~ [ 10.244.0.0/16+ ]", (row) => row.startsWith("10.244.")],
    ["net ~ [ 10.244.0.0/16{32,32} ]", (row) => /^10\.244\..*\/32 /.test(row)],
    ["net ~ [ 10.244.2.5- ]", (row) => /^(0\.0\.0\.0\/0|10\.244\.2\.0\/26) /.test(row)],
    ["net ~ [ 0.0.0.0/0, fd01::/64 ]", (row) => /^(0\.0\.0\.0\/0|fd01::\/64) /.test(row)],
    ["net ~ 10.244.0.0/16", (row) => row.startsWith("10.244.")],
    ["net = 0.0.0.0/0", (row) => row.startsWith("0.0.0.0/0")],
    ["net != 0.0.0.0/0", (row) => !row.startsWith("0.0.0.0/0")],
    ["net.len >= 32", (row) => /\/(32|64) /.test(row)],
    ['proto = "Mesh_10_0_1_2"', (row) => row.endsWith(" Mesh_10_0_1_2")],
    ["proto != blocks", (row) => !row.endsWith(" blocks")],
    ["bgp_path.last = 65001", (row) => row.includes(" Mesh_")],
    ["10.244.1.9 ~ net", (row) => /^(0\.0\.0\.0\/0|10\.244\.1\.0\/24) /.test(row)],
    ["net !~ [ 0.0.0.0/0+ ]", (row) => row.startsWith("fd")],
    ["net.ip = 10.244.1.0", (row) => row.startsWith("10.244.1.0/24")],
    ["net.len ~ [ 1..25 ]", (row) => row.startsWith("10.244.1.0/24")],
    ['proto ~ "Mesh_*_2"', (row) => row.includes(" Mesh_")],
    ["proto = blocks-1", () => false],
    ["from = 10.0.0.2", (row) => row.includes(" Mesh_")],
    ["gw = fd00::2", (row) => row.startsWith("fd01::/64")],
    ['ifname = "vA"', (row) => row.includes(" Mesh_")],
    ["source ~ [ RTS_STATIC, RTS_RIP ]", (row) => row.endsWith(" blocks")],
    ["dest = RTD_BLACKHOLE", (row) => row.endsWith(" blocks")],
    ["scope = SCOPE_UNIVERSE", () => true],
    ["bgp_path ~ [= 65001 =]", (row) => row.includes(" Mesh_")],
    ["bgp_path ~ [= 65001 ? =]", () => false],
    ["bgp_path ~ [= * =]", (row) => row.includes(" Mesh_")],
    ["bgp_path ~ [= * ? * * =]", (row) => row.includes(" Mesh_")],
    ["bgp_path ~ [= =]", () => false],
    ["bgp_path ~ [= * 65000..65001 * =]", (row) => row.includes(" Mesh_")],
    ["bgp_path ~ [ 65001, 65010 ]", (row) => row.includes(" Mesh_")],
    ["65001 ~ bgp_path", (row) => row.includes(" Mesh_")],
    ["bgp_path.first = 65001 && bgp_path.len = 1", (row) => row.includes(" Mesh_")],
    ["bgp_path.last_nonaggregated = 65001", (row) => row.includes(" Mesh_")],
    ["bgp_community ~ [ (65001, *) ]", (row) => row.includes(" Mesh_")],
    ["bgp_community ~ [ (65001, 101..200) ]", () => false],
    ["bgp_community.len > 0", (row) => row.includes(" Mesh_")],
    ["(rt, 65001, 7) ~ bgp_ext_community", (row) => row.includes(" Mesh_")],
    ["bgp_ext_community ~ [ (rt, 65001, *) ]", (row) => row.includes(" Mesh_")],
    ["bgp_ext_community ~ [ (ro, 65001, *) ]", () => false],
    ["bgp_large_community ~ [ (65001, 1..2, *) ]", (row) => row.includes(" Mesh_")],
    ["bgp_origin = ORIGIN_IGP", (row) => row.includes(" Mesh_")],
    ["bgp_next_hop = 10.0.0.2", (row) => row.includes(" Mesh_")],
    ["bgp_local_pref >= 100", (row) => row.includes(" Mesh_")],
    // What is not there is unequal to anything, and neither less nor more.
    ["bgp_med != 5", () => true],
    ["bgp_med < 5", () => false],
    ["defined(bgp_med)", () => false],
    ["!defined(bgp_path)", (row) => row.endsWith(" blocks")],
    // As with BIRD, `||` binds no less than `&&`.
    ["true || true && false", () => false],
    [
      "(65001, 100) ~ bgp_community && proto = Mesh_10_0_0_2 && net.len = 0",
      (row) => row === "0.0.0.0/0 Mesh_10_0_0_2",
    ],
    [
      "!(proto = blocks || net.len = 0)",
      (row) => !row.endsWith(" blocks") && !row.startsWith("0."),
    ],
  ];
  for (const [condition, wanted] of cases) {
    test(condition, () => assert.deepEqual(found(`where ${condition}`), ALL.filter(wanted)));
  }

  test("with other clauses before and behind it", () => {
    const rows = found("table master4 where net.len = 0 primary");
    assert.deepEqual(rows, ["0.0.0.0/0 Mesh_10_0_0_2"]);
    assert.match(converse("show route where net ~ [ 0.0.0.0/0 ] all\n"), /BGP\.as_path: 65001/);
    assert.match(converse("show route where false\n"), /^0000 \n$/);
    assert.match(
      converse("show route where net.len = 0 count\n"),
      /^1007-2 of \d+ routes for \d+ /,
    );
  });

  test("what is not understood is named", () => {
    for (const [condition, word] of [
      ["", "END"],
      ["net", "END"],
      ["net ~ [ nonsense ]", "nonsense"],
      ["net ~ [ 10.0.0.0/8 ", "END"],
      ["net ~ [ 10.0.0.0/8{8 ]", "]"],
      ["net.len = many", "many"],
      ["toString = 1", "toString"],
      ["net.type = NET_IP5", "NET_IP5"],
      ["(1, 2, 3) ~ bgp_community", "bgp_community"],
      ["(net.len = 0", "END"],
      ["net.len = 10.0.0.1", "10.0.0.1"],
      ["net ~ [ 1, 2 ]", "["],
      ["net.nonsense = 1", "nonsense"],
      ["[ 1, 10.0.0.0/8 ]", "10.0.0.0/8"],
      ["bgp_path ~ [= 1", "END"],
      ["bgp_path ~ 65001", "65001"],
      ["net.len + true = 1", "true"],
      ["(1, bgp_med) ~ bgp_community", "bgp_med"],
      ["(rt, fd00::1, 7) ~ bgp_ext_community", "fd00::1"],
      ["!5", "5"],
      ["true where true", "where"],
    ]) {
      const reply = converse(`show route where ${condition}\n`);
      assert.equal(reply, `9001 syntax error, unexpected ${word}\n`, condition);
    }
    const deep = `${"(".repeat(40)}true${")".repeat(40)}`;
    assert.match(
      converse(`show route where ${deep}\n`),
      /^9001 syntax error, too many parentheses/,
    );
  });

  test("sets of communities: any number of single ones, and few ranges, each as if it were alone", () => {
    const many = Array.from({ length: 400 }, (_, at) => `(9, ${at})`).join(", ");
    const found = (set: string): string =>
      converse(`show route where bgp_community ~ [ ${set} ] count\n`);
    assert.equal(found(`${many}, (65001, 100)`), found("(65001, 100)"));
    assert.equal(found(`${many}, (65001, 99..100)`), found("(65001, *)"));
    assert.notEqual(found("(65001, 100)"), found(many));
    const large = (set: string): string =>
      converse(`show route where bgp_large_community ~ [ ${set} ] count\n`);
    assert.equal(large("(65001, 1, 2)"), large("(65001, 1, *)"));
    assert.notEqual(large("(65001, 1, 2)"), large("(65001, 1, 3)"));
    assert.match(converse("eval 70000 ~ [ 1, 70000 ]\n"), /^0023 TRUE$/m);
  });

  test("what looks at each member of a route's lists: only so much of it, and a pause after each long list", () => {
    const repeated = (count: number, text: string, separator: string): string =>
      Array.from({ length: count }, () => text).join(separator);
    const { attributes } = ROUTES[0];
    assert.ok(attributes !== undefined);
    const communities = Array.from({ length: 16_000 }, (_, at) => at);
    const asns = Array.from({ length: 255 }, () => 7);
    const asPath = Array.from({ length: 63 }, () => ({ type: 2, asns }) as const);
    const views = new FixedViews();
    const route = { ...ROUTES[0], attributes: { ...attributes, communities, asPath } };
    views.table = Array.from({ length: 8 }, () => route);
    for (const [most, condition] of [
      [31, (count: number) => `bgp_community ~ [ ${repeated(count, "(1, 2..3)", ", ")} ]`],
      [31, (count: number) => `bgp_path ~ [ ${repeated(count, "8..9", ", ")} ]`],
      [31, (count: number) => `bgp_path ~ [= ${repeated(count, "8", " ")} =]`],
      [31, (count: number) => `bgp_path ~ [= ${repeated(count, "*", " ")} =]`],
      [32, (count: number) => repeated(count, "(9, 1) ~ bgp_community", " || ")],
      [32, (count: number) => repeated(count, "bgp_path !~ [9]", " && ")],
      [32, (count: number) => repeated(count, "9 ~ bgp_path", " || ")],
    ] as const) {
      assert.match(
        converse(`show route where ${condition(most + 1)}\n`),
        /^9001 syntax error, more than 32 matches of lists, ranges in sets and parts of masks\n$/,
      );
      const connection = new ControlConnection(views);
      connection.receive(`show route where ${condition(most)} count\n`);
      let pulls = 0;
      for (; connection.pending; pulls++) connection.pull();
      assert.ok(pulls > 8, `${pulls} pulls for 8 routes of ${condition(1)}`);
    }
  });

  test("a path by its places", () => {
    const views = new FixedViews();
    const { attributes } = ROUTES[0];
    assert.ok(attributes !== undefined);
    const asPath = [
      { type: 2, asns: [10, 20] },
      { type: 1, asns: [30, 40] },
    ] as const;
    views.table = [{ ...ROUTES[0], attributes: { ...attributes, asPath } }];
    for (const [condition, isTrue] of [
      ["bgp_path.first = 10", true],
      ["bgp_path.last = 40", true],
      ["bgp_path ~ [= 10 20 30 =]", true],
      ["bgp_path ~ [= 10 20 40 =]", true],
      ["bgp_path ~ [= * 35..45 =]", true],
      ["bgp_path ~ [= 10 20 30 40 =]", false],
      ["bgp_path ~ [40]", true],
      ["30 ~ bgp_path", true],
      ["35 ~ bgp_path", false],
    ] as const) {
      const text = converse(`show route where ${condition} count\n`, views);
      assert.match(text, isTrue ? /^0014 Total: 1 of /m : /^0014 Total: 0 of /m, condition);
    }
  });
});
