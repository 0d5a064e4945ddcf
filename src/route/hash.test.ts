import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashBytes, mixWord } from "./hash.ts";

const u32 = fc.integer({ min: 0, max: 0xffffffff });

function bytesOf(...words: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** Over many seeds: how often two messages collide. */
function collisions(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const key = Math.imul(seed, 0x9e3779b1);
    if (hashBytes(key, a, 0, a.length) === hashBytes(key, b, 0, b.length)) count++;
  }
  return count;
}

test("HalfSipHash-1-3, by its definition", () => {
  // The rounds written out once more, the slow way.
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  const slow = (key: number, bytes: Uint8Array): number => {
    const v = [key, mixWord(key, 0x9e3779b1), 0, 0];
    v[2] = v[0] ^ 0x6c796765;
    v[3] = v[1] ^ 0x74656462;
    const half = (a: number, b: number, by: number): void => {
      v[a] = (v[a] + v[b]) | 0;
      v[b] = rotate(v[b], by) ^ v[a];
    };
    const round = (): void => {
      half(0, 1, 5);
      v[0] = rotate(v[0], 16);
      half(2, 3, 8);
      half(0, 3, 7);
      half(2, 1, 13);
      v[2] = rotate(v[2], 16);
    };
    const padded = new Uint8Array((bytes.length & ~3) + 4);
    padded.set(bytes);
    padded[padded.length - 1] = bytes.length;
    for (const word of new Int32Array(padded.buffer)) {
      v[3] ^= word;
      round();
      v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (let i = 0; i < 3; i++) round();
    return v[1] ^ v[3];
  };
  fc.assert(
    fc.property(u32, fc.uint8Array({ maxLength: 40 }), fc.nat(5), (key, bytes, shift) => {
      const moved = Uint8Array.of(...new Array<number>(shift).fill(9), ...bytes, 9, 9, 9, 9);
      assert.equal(hashBytes(key | 0, moved, shift, shift + bytes.length), slow(key | 0, bytes));
    }),
  );
});

test("no change of one word is undone by a change of the next, whatever the seed", () => {
  for (const shift of [0, 7, 15, 24, 30, 31]) {
    const first = 1 << shift;
    for (const second of [0, first, first | (first >>> 15), first | (first >>> 16), first << 1]) {
      const base = bytesOf(0x40020602, 0x01000000, 0xfde90000);
      const other = bytesOf(0x40020602 ^ first, 0x01000000 ^ second, 0xfde90000);
      assert.ok(collisions(base, other) <= 1, `${shift} ${second}`);
    }
  }
});

test("nor is it in the words of an IPv6 prefix", () => {
  const hash = (seed: number, a: number, b: number): number => mixWord(mixWord(seed, a), b);
  for (const [first, second] of [
    [0x80000000, 0x80010000],
    [0x80008000, 0x80000000],
    [0x80008000, 0x80040000],
  ]) {
    let count = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const key = Math.imul(seed, 0x9e3779b1);
      const same = hash(key, 0x20010db8, 7) === hash(key, 0x20010db8 ^ first, 7 ^ second);
      if (same) count++;
    }
    assert.ok(count < 20, `${count} of 1000`);
  }
});
