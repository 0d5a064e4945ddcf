import assert from "node:assert/strict";
import { test } from "node:test";
import { type HappeningKey, Journal } from "./journal.ts";

const HOUR = 3_600_000;

const appeared = (subject: string): HappeningKey => ({ kind: "appeared", subject, detail: "" });

test("what happens at once to many is a line that names some and counts all", () => {
  const journal = new Journal();
  let named = 0;
  for (let i = 0; i < 100_000; i++) {
    journal.note(i / 100, appeared(i % 2 === 0 ? "tor-a" : "tor-b"), () => `10.0.${named++}.0/24`);
  }
  const lines = [...journal.since(1000)];
  assert.deepEqual(
    lines.map(({ subject, count }) => [subject, count]),
    [
      ["tor-b", 50_000],
      ["tor-a", 50_000],
    ],
  );
  assert.equal(named, 16, "the others are not even put into words");
  assert.deepEqual([lines[1].at, lines[1].until], [0, 999.98]);
});

test("a thing that happens again is named once", () => {
  const journal = new Journal();
  for (let i = 0; i < 5; i++) journal.note(i, appeared("tor"), () => "10.0.0.0/24");
  const [line] = journal.since(5);
  assert.deepEqual([line.count, line.things], [5, ["10.0.0.0/24"]]);
});

test("after a while of quiet, and after a minute at the latest, another line begins", () => {
  const journal = new Journal();
  journal.note(0, appeared("tor"));
  journal.note(5000, appeared("tor"));
  journal.note(10_001, appeared("tor"));
  assert.deepEqual(
    [...journal.since(10_001)].map(({ at, count }) => [at, count]),
    [
      [10_001, 1],
      [0, 2],
    ],
  );
  for (let at = 20_000; at <= 140_000; at += 1000) journal.note(at, appeared("spine"));
  const lines = [...journal.since(140_000)].filter(({ subject }) => subject === "spine");
  assert.deepEqual(
    lines.map(({ count }) => count),
    [60, 61],
  );
});

test("what is older than an hour is not told", () => {
  const journal = new Journal();
  journal.note(0, appeared("old"));
  journal.note(1000, appeared("new"));
  assert.deepEqual(
    [...journal.since(HOUR + 500)].map(({ subject }) => subject),
    ["new"],
  );
});

test("many subjects at once are told one by one up to 32, and then as several", () => {
  const journal = new Journal();
  for (let i = 0; i < 1000; i++) journal.note(i, appeared(`node${i}`), () => `10.0.${i}.0/24`);
  const lines = [...journal.since(1000)];
  assert.equal(lines.length, 33);
  assert.deepEqual([lines[0].subject, lines[0].count], ["several", 968]);
  assert.equal(lines[0].things.length, 8);
});

test("of each kind the newest 100 lines are kept, and no kind drives out another", () => {
  const journal = new Journal();
  journal.note(0, { kind: "session-down", subject: "tor", detail: "hold timer expired" });
  for (let i = 0; i < 10_000; i++) journal.note(i * 200, appeared(`peer${i}`));
  const lines = [...journal.since(2_000_000)];
  assert.equal(lines.length, 101);
  assert.equal(lines[0].subject, "peer9999");
  assert.deepEqual(lines.at(-1)?.kind, "session-down");
});
