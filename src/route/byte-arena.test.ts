import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteArena, NO_ROOM } from "./byte-arena.ts";

test("pieces never overlap, whatever comes and goes", () => {
  const length = fc.oneof(
    fc.integer({ min: 0, max: 80 }),
    fc.integer({ min: 500, max: 530 }),
    fc.integer({ min: 1000, max: 140_000 }),
  );
  const command = fc.tuple(length, fc.boolean(), fc.nat());
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const arena = new ByteArena();
      const live: { address: number; length: number; mark: number }[] = [];
      for (const [index, [size, drop, which]] of commands.entries()) {
        if (drop && live.length > 0) {
          const [gone] = live.splice(which % live.length, 1);
          arena.free(gone.address, gone.length);
        } else {
          const address = arena.allocate(size);
          arena.view(address, size).fill(index + 1);
          live.push({ address, length: size, mark: index + 1 });
        }
        for (const { address, length: size, mark } of live) {
          const view = arena.view(address, size);
          assert.equal(view.length, size);
          assert.ok(view.every((byte) => byte === (mark & 255)));
        }
      }
      for (const { address, length: size } of live) arena.free(address, size);
      assert.equal(arena.live, 0);
    }),
    { numRuns: 50 },
  );
});

test("what was freed is given out again before memory grows", () => {
  const arena = new ByteArena();
  const keeper = arena.allocate(8);
  let held = 0;
  for (let round = 0; round < 10; round++) {
    const addresses: number[] = [];
    for (let i = 0; i < 20_000; i++) addresses.push(arena.allocate(40 + (i % 7) * 8));
    held ||= arena.bytes;
    assert.equal(arena.bytes, held);
    for (const [i, address] of addresses.entries()) arena.free(address, 40 + (i % 7) * 8);
  }
  arena.free(keeper, 8);
  assert.ok(arena.bytes < held, "an empty arena gives its chunks back");
});

test("more than a chunk is our own mistake", () => {
  const arena = new ByteArena();
  assert.equal(arena.view(arena.allocate(1 << 20), 1 << 20).length, 1 << 20);
  assert.throws(() => arena.allocate((1 << 20) + 1), /more than the arena can hold/);
});

test("what one size had, another size gets", () => {
  const arena = new ByteArena();
  const keeper = arena.allocate(24);
  const fill = (size: number, count: number): number[] =>
    Array.from({ length: count }, () => arena.allocate(size));
  const small = fill(40, 100_000);
  const peak = arena.bytes;
  for (const address of small) arena.free(address, 40);
  assert.ok(arena.bytes < peak / 2, "empty chunks go back");
  const large = fill(400, 10_000);
  assert.ok(arena.bytes <= peak * 1.05);
  for (const address of large) arena.free(address, 400);
  arena.free(keeper, 24);
  assert.equal(arena.live, 0);
});

test("no room is an answer, and nothing is lost by it", () => {
  const arena = new ByteArena(1 << 17);
  const [first, second] = [arena.allocate(1 << 14), arena.allocate(24)];
  assert.ok(first >= 0 && second >= 0);
  assert.equal(arena.bytes, 1 << 17);
  assert.equal(arena.allocate(40), NO_ROOM, "a third size would want a third chunk");
  assert.equal(arena.allocate(1 << 16), NO_ROOM);
  assert.ok(arena.allocate(24) >= 0, "there is room in the chunks that are there");
  arena.free(first, 1 << 14);
  assert.ok(arena.allocate(1 << 16) >= 0, "an empty chunk makes room for a large piece");
  assert.equal(arena.bytes, 1 << 17);
});
