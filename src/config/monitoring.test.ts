import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, parseConfig } from "./index.ts";

function parse(text: string) {
  const result = parseConfig(`node: { asn: 64512 }\n${text}`, { file: "x", hostname: "h" });
  return result.ok ? result.config : result.problems.map((one) => formatProblem(one).slice(2));
}

test("monitoring stations and MRT files, with what is the default", () => {
  const config =
    parse(`bmp: { stations: [{ name: a, address: 192.0.2.9 }, { name: b, address: "::1", port: 5000, routes: [loc-rib], statistics: 0 }] }
mrt: { updates: { file: "/log/u.%F.mrt", rotate: 15m }, dump: { file: /log/rib, every: 2h } }
`);
  if (Array.isArray(config)) assert.fail(config.join("\n"));
  const [a, b] = config.bmp;
  assert.deepEqual(
    [a.port, a.routes, a.statistics],
    [11019, ["adj-rib-in-pre", "loc-rib"], 60_000],
  );
  assert.deepEqual([b.port, b.routes, b.statistics], [5000, ["loc-rib"], 0]);
  assert.deepEqual(config.mrt, {
    updates: { file: "/log/u.%F.mrt", rotate: 900_000 },
    dump: { file: "/log/rib", every: 7_200_000 },
  });
  const none = parse("");
  if (Array.isArray(none)) assert.fail(none.join("\n"));
  assert.deepEqual([none.bmp, none.mrt], [[], { updates: undefined, dump: undefined }]);
});

test("what is wrong with them", () => {
  const station = (more: string): string => `bmp: { stations: [{ ${more} }] }`;
  const cases: readonly (readonly [string, RegExp])[] = [
    ["bmp: {}", /^2:6: bmp\.stations: found no stations/],
    [station("address: 192.0.2.9"), /bmp\.stations\[0\]\.name: found no name/],
    [station("name: a"), /bmp\.stations\[0\]\.address: found no address/],
    [station("name: a, address: 0.0.0.0"), /found 0\.0\.0\.0, expected the address of a host/],
    [station("name: a, address: 192.0.2.9, port: 0"), /port: found "0", expected a whole number/],
    [
      station("name: a, address: 192.0.2.9, routes: [adj-rib-out-pre]"),
      /routes\[0\]: found "adj-rib-out-pre", expected .*adj-rib-out-post/,
    ],
    [station("name: a, address: 192.0.2.9, routes: []"), /routes: found an empty list/],
    [
      station("name: a, address: 192.0.2.9, routes: [loc-rib, loc-rib]"),
      /routes\[1\]: found loc-rib twice/,
    ],
    [
      "bmp: { stations: [{ name: a, address: ::1 }, { name: a, address: ::2 }] }",
      /stations\[1\]\.name: found a twice/,
    ],
    ["mrt: { updates: {} }", /mrt\.updates\.file: found no file/],
    [
      "mrt: { updates: { file: relative } }",
      /mrt\.updates\.file: found "relative", expected the whole/,
    ],
    [
      "mrt: { updates: { file: /log/u, rotate: 15m } }",
      /mrt\.updates\.rotate: found rotate, and one name for all/,
    ],
    ["mrt: { dump: { file: /log/rib } }", /mrt\.dump\.every: found no every/],
    ["mrt: { dumps: {} }", /found the unknown key "dumps"(.*)did you mean "dump"/],
  ];
  for (const [text, problem] of cases) {
    const result = parse(text);
    assert.ok(Array.isArray(result), `no problem: ${text}`);
    assert.match(result.join("\n"), problem);
  }
});
