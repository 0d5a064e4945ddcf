import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { converse } from "./fixture.test.ts";

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
    assert.match(converse("show route where net.len = 0 count\n"), /^1007-2 of \d+ routes for 1 /);
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
});
