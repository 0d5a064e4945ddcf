import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated } from "./annotated.test.ts";
import { asPath } from "./arbitraries.test.ts";
import {
  as4PathFor,
  asPathLength,
  containsAs,
  decodeAsPath,
  encodeAsPath,
  firstAs,
  formatAsPath,
  mergeAs4Path,
  prependAs,
  withoutConfederations,
  type AsPathSegment,
} from "./as-path.ts";

const sequence = (...asns: number[]): AsPathSegment => ({ type: 2, asns });
const set = (...asns: number[]): AsPathSegment => ({ type: 1, asns });
const confederation = (...asns: number[]): AsPathSegment => ({ type: 3, asns });

const decode = (bytes: Uint8Array, width: 2 | 4) => decodeAsPath(bytes, 0, bytes.length, width);

test("a sequence and a set, in both widths and both ways", () => {
  const path = [sequence(65001, 64600), set(65002, 65003)];
  const wide = annotated(`
    02 02 0000fde9 0000fc58 // AS_SEQUENCE of 2: 65001 64600
    01 02 0000fdea 0000fdeb // AS_SET of 2: 65002 65003
  `);
  const narrow = annotated("02 02 fde9 fc58  01 02 fdea fdeb");
  assert.deepEqual(encodeAsPath(path, 4), wide);
  assert.deepEqual(decode(wide, 4), path);
  assert.deepEqual(encodeAsPath(path, 2), narrow);
  assert.deepEqual(decode(narrow, 2), path);
});

test("what does not fit into two octets is AS_TRANS there", () => {
  assert.deepEqual(encodeAsPath([sequence(4200000001, 7)], 2), annotated("02 02 5ba0 0007"));
});

test("broken paths, each with the octet to blame (RFC 7606 §7.2, RFC 7607 §2)", () => {
  const at = (octets: string) => {
    const answer = decode(annotated(octets), 4);
    assert.ok("kind" in answer);
    return answer.at;
  };
  assert.equal(at("00 01 00000001"), 0, "type 0");
  assert.equal(at("05 01 00000001"), 0, "type 5");
  assert.equal(at("02 02 00000001"), 1, "overruns");
  assert.equal(at("02 01 00000001 02"), 6, "a single octet is left");
  assert.equal(at("02 00"), 1, "of length 0");
  assert.equal(at("02 02 00000001 00000000"), 6, "AS 0");
});

test("length, neighbouring AS, loop", () => {
  const path = [confederation(1, 2), sequence(10, 20), set(30, 40, 50), sequence(60)];
  assert.equal(asPathLength(path), 4);
  assert.equal(asPathLength([]), 0);
  assert.equal(firstAs(path), 10);
  assert.equal(firstAs([set(30), sequence(10)]), 0);
  assert.equal(firstAs([]), 0);
  assert.ok(containsAs(path, 40) && containsAs(path, 2));
  assert.ok(!containsAs(path, 41));
});

test("prepending leaves the old path alone", () => {
  const path = [sequence(20)];
  assert.deepEqual(prependAs(path, 10), [sequence(10, 20)]);
  assert.deepEqual(prependAs(path, 10, 3), [sequence(10, 10, 10, 20)]);
  assert.deepEqual(prependAs([set(20)], 10), [sequence(10), set(20)]);
  assert.deepEqual(prependAs([], 10), [sequence(10)]);
  assert.deepEqual(prependAs(path, 10, 0), path);
  assert.deepEqual(path, [sequence(20)]);
});

test("a full segment gets another before it", () => {
  const full = sequence(...new Array<number>(254).fill(9));
  const path = prependAs([full], 8, 3);
  assert.deepEqual(
    path.map(({ asns }) => asns.length),
    [2, 255],
  );
  assert.equal(asPathLength(path), 257);
  const long = [sequence(...Array.from({ length: 300 }, (_, i) => i + 1))];
  const decoded = decode(encodeAsPath(long, 4), 4);
  assert.ok(!("kind" in decoded));
  assert.deepEqual(
    decoded.flatMap(({ asns }) => asns),
    long[0].asns,
  );
});

test("as BIRD writes it", () => {
  assert.equal(formatAsPath([sequence(65001), set(65002, 65003)]), "65001 {65002 65003}");
  assert.equal(formatAsPath([confederation(1, 2), { type: 4, asns: [3, 4] }]), "(1 2) ({3 4})");
  assert.equal(formatAsPath([]), "");
});

test("AS4_PATH only where numbers would be lost, and without confederations", () => {
  assert.equal(as4PathFor([sequence(1, 2)]), undefined);
  assert.equal(as4PathFor([confederation(70000), sequence(2)]), undefined);
  const path = [confederation(1), sequence(70000, 2)];
  assert.deepEqual(as4PathFor(path), [sequence(70000, 2)]);
});

test("merging AS_PATH and AS4_PATH (RFC 6793 §4.2.3)", () => {
  const T = 23456;
  const merge = (path: AsPathSegment[], as4: AsPathSegment[]) => mergeAs4Path(path, as4);
  assert.deepEqual(merge([sequence(T, 5)], [sequence(70000, 5)]), [sequence(70000, 5)]);
  assert.deepEqual(
    merge([sequence(9, 8, T, 5)], [sequence(70000, 5)]),
    [sequence(9, 8, 70000, 5)],
    "old speakers prepended 8 and 9",
  );
  const short = [sequence(9)];
  assert.deepEqual(merge(short, [sequence(70000, 5)]), short, "AS4_PATH is longer: ignored");
  assert.deepEqual(
    merge([sequence(9), set(3, T), sequence(T)], [sequence(70000)]),
    [sequence(9), set(3, T), sequence(70000)],
    "a set counts 1",
  );
  assert.deepEqual(
    merge([confederation(1), sequence(T)], [sequence(70000)]),
    [confederation(1), sequence(70000)],
    "a leading confederation segment stays",
  );
  assert.deepEqual(
    merge([sequence(9), confederation(1), sequence(T)], [sequence(70000)]),
    [sequence(9), confederation(1), sequence(70000)],
    "and one behind what stays",
  );
  assert.deepEqual(
    merge([sequence(9, T), confederation(1)], [sequence(70000)]),
    [sequence(9, 70000)],
    "but not one behind what goes",
  );
});

test("decode(encode(x)) is x", () => {
  fc.assert(
    fc.property(asPath([1, 2, 3, 4]), (path) => {
      assert.deepEqual(decode(encodeAsPath(path, 4), 4), path);
    }),
  );
});

test("a path through a two-octet speaker comes back as it was", () => {
  fc.assert(
    fc.property(asPath(), (path) => {
      const narrow = decode(encodeAsPath(path, 2), 2);
      assert.ok(!("kind" in narrow));
      const as4Path = as4PathFor(path);
      assert.deepEqual(as4Path ? mergeAs4Path(narrow, as4Path) : narrow, path);
    }),
  );
});

test("merging keeps the length", () => {
  fc.assert(
    fc.property(asPath([1, 2, 3, 4]), asPath(), (path, as4Path) => {
      assert.equal(asPathLength(mergeAs4Path(path, as4Path)), asPathLength(path));
      assert.deepEqual(withoutConfederations(as4Path), as4Path);
    }),
  );
});
