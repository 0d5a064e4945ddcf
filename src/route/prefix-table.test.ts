import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Family,
  HOLDER,
  IPV4,
  IPV6,
  Prefix,
  PrefixTable,
  comparePrefixes,
  formatPrefix,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixContainsAddress,
} from "./index.ts";

function at(text: string): Prefix {
  const prefix = parsePrefix(text);
  assert.ok(prefix, text);
  return prefix;
}

/** Prefixes from a small space, so that equal and nested ones come often. */
function prefixes(family: Family): fc.Arbitrary<Prefix> {
  const word = fc.constantFrom(0, 1, 0x80000000, 0xc0000000, 0xffffffff, 0x0a000000, 0x0a010000);
  const length = fc.integer({ min: 0, max: family === IPV4 ? 32 : 128 });
  return fc
    .tuple(word, word, word, word, length)
    .map(([w0, w1, w2, w3, l]) =>
      family === IPV4 ? new Prefix(IPV4, w0, 0, 0, 0, l) : new Prefix(IPV6, w0, w1, w2, w3, l),
    );
}

test("equal prefixes have one id; a prefix of another length has another", () => {
  const table = new PrefixTable(IPV4);
  const a = table.internPrefix(at("10.0.0.0/8"));
  assert.equal(table.internPrefix(at("10.0.0.0/8")), a);
  assert.notEqual(table.internPrefix(at("10.0.0.0/9")), a);
  assert.equal(table.findPrefix(at("10.0.0.0/10")), -1);
  assert.equal(table.size, 2);
  assert.equal(table.format(a), "10.0.0.0/8");
  assert.equal(table.word(a, 1), 0);
});

test("a word that arithmetic has made negative is the same word", () => {
  const table = new PrefixTable(IPV6);
  const id = table.internPrefix(at("fd00:8000:f000::/48"));
  assert.equal(table.find(0xfd008000 | 0, 0xf0000000 | 0, 0, 0, 48), id);
  assert.equal(table.intern(0xfd008000 | 0, 0xf0000000 | 0, 0, 0, 48), id);
  assert.equal(table.word(id, 1), 0xf0000000);
});

test("an id lives until its last holder lets go, and is then used again", () => {
  const table = new PrefixTable(IPV6);
  const id = table.internPrefix(at("2001:db8::/32"));
  table.hold(id, HOLDER.RIB);
  table.hold(id, HOLDER.FIB);
  table.release(id, HOLDER.RIB);
  assert.ok(table.has(id));
  assert.equal(table.holders(id), HOLDER.FIB);
  table.release(id, HOLDER.FIB);
  assert.ok(!table.has(id));
  assert.equal(table.findPrefix(at("2001:db8::/32")), -1);
  assert.equal(table.internPrefix(at("2001:db8:1::/48")), id);
  assert.equal(table.holders(id), 0);
  table.release(id, 0);
  assert.equal(table.size, 0);
  assert.throws(() => table.release(id, HOLDER.RIB), /already free/);
});

for (const family of [IPV4, IPV6] as const) {
  test(`family ${family}: behaves as a map from prefix to id`, () => {
    const command = fc.tuple(fc.boolean(), prefixes(family));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), fc.integer(), (commands, seed) => {
        const table = new PrefixTable(family, 2, seed);
        const model = new Map<string, number>();
        for (const [add, prefix] of commands) {
          const text = formatPrefix(prefix);
          const id = model.get(text);
          if (add) {
            const got = table.internPrefix(prefix);
            table.hold(got, HOLDER.RIB);
            if (id === undefined) assert.ok(![...model.values()].includes(got));
            else assert.equal(got, id);
            model.set(text, got);
          } else if (id !== undefined) {
            table.release(id, HOLDER.RIB);
            model.delete(text);
          }
        }
        assert.equal(table.size, model.size);
        for (const [text, id] of model) {
          assert.equal(table.findPrefix(at(text)), id);
          assert.equal(table.format(id), text);
          assert.ok(id < table.limit);
        }
      }),
    );
  });

  test(`family ${family}: order, cover and longest match are those of a plain list`, () => {
    fc.assert(
      fc.property(
        fc.array(prefixes(family), { maxLength: 60 }),
        prefixes(family),
        (list, probe) => {
          const table = new PrefixTable(family, 2);
          for (const prefix of list) table.internPrefix(prefix);
          const sorted = [...table.sorted()].map((id) => table.prefix(id));
          assert.equal(sorted.length, table.size);
          assert.deepEqual(sorted, [...sorted].sort(comparePrefixes));

          const covered = [...table.covered(probe)].map((id) => table.format(id));
          assert.deepEqual(
            covered,
            sorted.filter((p) => prefixContains(probe, p)).map(formatPrefix),
          );

          const { w0, w1, w2, w3 } = probe;
          const holding = sorted.filter((p) =>
            prefixContainsAddress(p, { family, w0, w1, w2, w3 }),
          );
          const best = holding.sort((a, b) => b.length - a.length);
          const found = table.longestMatch(w0, w1, w2, w3, () => true);
          assert.equal(found < 0 ? undefined : table.format(found), best.map(formatPrefix).at(0));
          // A refused answer falls back to the next shorter one.
          const second = table.longestMatch(w0, w1, w2, w3, (id) => id !== found);
          assert.equal(second < 0 ? undefined : table.format(second), best.map(formatPrefix).at(1));
        },
      ),
    );
  });
}

test("a length that is gone is not asked for", () => {
  const table = new PrefixTable(IPV4);
  const id = table.internPrefix(at("10.0.0.0/8"));
  table.release(table.internPrefix(at("10.0.0.0/24")), 0);
  const address = parseAddress("10.0.0.1");
  assert.ok(address);
  assert.equal(
    table.longestMatch(address.w0, 0, 0, 0, () => true),
    id,
  );
});

test("memory stays where it was over rounds of load and withdraw", () => {
  const table = new PrefixTable(IPV4);
  let bytes = 0;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 20_000; i++) {
      table.hold(table.intern((0x0a000000 + i * (round + 1)) >>> 0, 0, 0, 0, 32), HOLDER.RIB);
    }
    assert.equal(table.size, 20_000);
    bytes ||= table.bytes;
    assert.equal(table.bytes, bytes);
    for (let id = 0; id < table.limit; id++) table.release(id, HOLDER.RIB);
    assert.equal(table.size, 0);
  }
  assert.equal(table.limit, 20_000);
});

test("host routes of one network do not cluster", () => {
  // Work is bounded when the hash spreads: consecutive /32s, /24s and IPv6 /64s of one /48.
  for (const [shift, length] of [
    [0, 32],
    [8, 24],
  ] as const) {
    const table = new PrefixTable(IPV4);
    for (let i = 0; i < 50_000; i++)
      table.intern((0x0a000000 + (i << shift)) >>> 0, 0, 0, 0, length);
    assert.ok(table.longestProbe() < 40, `/${length}: ${table.longestProbe()}`);
  }
  const table = new PrefixTable(IPV6);
  for (let i = 0; i < 50_000; i++) table.intern(0x20010db8, i, 0, 0, 64);
  assert.ok(table.longestProbe() < 40, `/64: ${table.longestProbe()}`);
});
