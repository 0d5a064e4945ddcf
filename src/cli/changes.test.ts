import assert from "node:assert/strict";
import { test } from "node:test";
import { markChanges } from "./changes.ts";
import { fitted } from "./screen.ts";

const mark = (before: string[], lines: string[]): string[] =>
  markChanges(before, lines).map((line) =>
    line.replaceAll("\x1b[7m", "<").replaceAll("\x1b[27m", ">"),
  );

test("words that are others, lines that are new, and lines that have moved", () => {
  assert.deepEqual(
    mark(
      ["tor-a Established 5", "tor-b Idle 0"],
      ["tor-0 Active 0", "tor-a Active 5", "tor-b Idle 0"],
    ),
    ["<tor-0> <Active> <0>", "tor-a <Active> 5", "tor-b Idle 0"],
  );
});

test("lines that begin alike are compared in their order", () => {
  assert.deepEqual(mark(["via 1", "via 2"], ["via 1", "via 3"]), ["via 1", "via <3>"]);
});

test("ages, timers and the time of day are no news; blanks stay", () => {
  assert.deepEqual(
    mark(
      ["tor-a   up  59s", "Hold timer: 84.9/90", "Current server time is 12:00:01"],
      ["tor-a   up  1m0s", "Hold timer: 84.1/90", "Current server time is 12:00:02"],
    ),
    ["tor-a   up  1m0s", "Hold timer: 84.1/90", "Current server time is 12:00:02"],
  );
  assert.deepEqual(mark(["a 7s"], ["a never"]), ["a <never>"]);
});

test("a colour alone is no change", () => {
  assert.deepEqual(mark(["a \x1b[32mup\x1b[0m"], ["a \x1b[31mup\x1b[0m"]), ["a \x1b[31mup\x1b[0m"]);
});

test("a line that is cut keeps its escape sequences whole", () => {
  assert.equal(fitted("ab\x1b[32mcdef\x1b[0mgh", 4), "ab\x1b[32mcd\x1b[0m");
  assert.equal(fitted("abc", 4), "abc");
});
