import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Gathering } from "./gathering.ts";
import type { Neighbour } from "./neighbour.ts";

/** Who they are is all that counts. */
const [a, b, c] = ["a", "b", "c"].map((name) => ({ name }) as Neighbour);

function taken(gathering: Gathering): string[] {
  const all: string[] = [];
  gathering.take((members, bytes) => {
    all.push(`${members.map(({ name }) => name).join("")} ${[...bytes].join("")}`);
  });
  return all;
}

test("what goes to the same members becomes one write, in order; the order of members counts", () => {
  const gathering = new Gathering();
  gathering.add([a, b], Uint8Array.of(1), 0);
  gathering.add([a, b], Uint8Array.of(2, 3), 1);
  gathering.add([c], Uint8Array.of(4), 1);
  gathering.add([a, b], Uint8Array.of(5), 2);
  gathering.add([a], Uint8Array.of(6), 2);
  deepEqual(taken(gathering), ["ab 123", "c 4", "ab 5", "a 6"]);
  deepEqual(taken(gathering), []);
});

test("a write does not grow beyond 256 KiB", () => {
  const gathering = new Gathering();
  for (let i = 0; i < 5; i++) gathering.add([a], new Uint8Array(1 << 16), 0);
  const sizes: number[] = [];
  gathering.take((_, bytes) => void sizes.push(bytes.length));
  deepEqual(sizes, [1 << 18, 1 << 16]);
});

test("the first waits for ten milliseconds at most", () => {
  const gathering = new Gathering();
  equal(gathering.isDue(1000), false);
  gathering.add([a], Uint8Array.of(1), 0);
  gathering.add([a], Uint8Array.of(2), 9);
  equal(gathering.isDue(9), false);
  equal(gathering.isDue(10), true);
  taken(gathering);
  equal(gathering.isDue(1000), false);
});

test("whose session has ended is written to no more, the others are", () => {
  const gathering = new Gathering();
  gathering.add([a, b], Uint8Array.of(1), 0);
  gathering.add([b], Uint8Array.of(2), 0);
  gathering.forget(b);
  deepEqual(taken(gathering), ["a 1", " 2"]);
});
