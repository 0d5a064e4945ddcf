import assert from "node:assert/strict";
import { test } from "node:test";
import { TIME_FORMATS } from "./fixture.test.ts";
import { formatTime } from "./time.ts";
import type { TimeField } from "./views.ts";

test("a time of day, and a date where it is long ago", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 67).getTime();
  const { protocol, route, base } = TIME_FORMATS;
  assert.equal(formatTime(at, at, protocol), "03:04:05.067");
  assert.equal(formatTime(at, at, route), "03:04:05.06");
  assert.equal(formatTime(at, at + 21 * 3_600_000, route), "2026-01-02");
  assert.equal(formatTime(at, at + 21 * 3_600_000, base), "2026-01-02 03:04:05.067");
});

test("each of strftime's letters", () => {
  const at = new Date(2026, 11, 7, 3, 4, 5, 67).getTime();
  const shown = (field: TimeField, digits = 6): string => {
    const parts = [{ field, digits }];
    return formatTime(at, at, { recent: parts, limit: Infinity, older: parts });
  };
  const letters = ["Y", "y", "m", "d", "e", "H", "M", "S", "j", "a", "b", "z"] as const;
  assert.deepEqual(
    letters.map((letter) => shown(letter)),
    [...["2026", "26", "12", "07", " 7", "03", "04", "05", "341", "Mon", "Dec", "+0000"]],
  );
  assert.equal(shown("s"), Math.floor(at / 1000).toString());
  assert.deepEqual([shown("f", 1), shown("f", 3), shown("f")], ["0", "067", "067000"]);
});
