import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { EventEffect } from "../speaker/index.ts";
import { NeighbourLog } from "./neighbour-log.ts";

function storm(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  let looks = 0;
  const lines: string[] = [];
  const log = new NeighbourLog({
    write: ({ name, neighbour, text, fields }) => {
      lines.push([name, neighbour, text, fields?.["suppressed"]].filter(Boolean).join(" "));
      if (fields?.["at"] !== undefined) {
        assert.match(String(fields["at"]), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      }
    },
    clock: () => {
      looks++;
      return now;
    },
  });
  return {
    log,
    say: (
      name: string,
      text = "",
      more: Partial<Pick<EventEffect, "fields" | "level">> & {
        readonly neighbour?: string | undefined;
      } = {},
    ) => {
      const { neighbour = "neighbour" in more ? undefined : "a", ...rest } = more;
      const whose = neighbour !== undefined && { neighbour };
      log.log({ kind: "event", level: "warn", name, text, ...rest, ...whose });
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
      t.mock.timers.tick(milliseconds);
    },
    /** How often it has looked at the clock. */
    looks: () => looks,
    /** Those since the last look. */
    written: () => lines.splice(0),
  };
}

test("ten lines of a kind and neighbour come at once, then one a minute, the last of it", (t) => {
  const { say, pass, written } = storm(t);
  for (let i = 0; i < 30; i++) say("down", `${i}`);
  assert.deepEqual(
    written(),
    Array.from({ length: 10 }, (_, i) => `down a ${i}`),
  );
  pass(59_999);
  assert.deepEqual(written(), []);
  pass(1);
  assert.deepEqual(written(), ["down a 29 19"]);
  // It goes on: all of the next minute is kept back, but for its last.
  for (let i = 0; i < 5; i++) say("down", `again ${i}`);
  assert.deepEqual(written(), []);
  pass(60_000);
  assert.deepEqual(written(), ["down a again 4 4"]);
  // After a minute of quiet it is heard as at the beginning.
  pass(60_000);
  say("down", "anew");
  assert.deepEqual(written(), ["down a anew"]);
});

test("other kinds, other neighbours, steps of the state machine, what is nobody's and the operator's are heard", (t) => {
  const { say, written } = storm(t);
  for (let i = 0; i < 20; i++) say("down");
  written();
  say("up");
  say("down", "", { neighbour: "b" });
  assert.deepEqual(written(), ["down a 9", "up a", "down b"]);
  for (const level of ["debug", "trace"] as const) {
    for (let i = 0; i < 20; i++) say("state", "", { level });
    assert.equal(written().length, 20, level);
  }
  for (let i = 0; i < 20; i++) say("refused", "", { neighbour: undefined });
  assert.equal(written().length, 20);
  // Nor is it a neighbour's storm what an operator does here.
  for (let i = 0; i < 20; i++) say("down", "", { fields: { cause: "settings-changed" } });
  assert.equal(written().length, 20);
});

test("a line that counts what it stands for counts those, too; the end keeps nothing back", (t) => {
  const { log, say, pass, written } = storm(t);
  for (let i = 0; i < 12; i++) say("malformed", "", { fields: { suppressed: 100 } });
  written();
  log.flush();
  assert.deepEqual(written(), ["malformed a 101"]);
  pass(120_000);
  assert.deepEqual(written(), []);
});

test("what is kept back comes in the order in which it happened, and before what is written at once", (t) => {
  const { say, pass, written } = storm(t);
  const flap = (count: number): void => {
    for (let i = 0; i < count; i++) {
      say("up", `${i}`);
      pass(1000);
      say("down", `${i}`);
      pass(1000);
    }
  };
  flap(20);
  say("up", "at last");
  written();
  // The window of "up" ends first, that of "down" would a second later.
  pass(20_000);
  assert.deepEqual(written(), ["down a 19 9", "up a at last 10"]);
  pass(60_000);
  flap(12);
  written();
  say("other");
  assert.deepEqual(written(), ["up a 11 1", "down a 11 1", "other a"]);
  say("up", "again");
  say("down", "by its operator here", { fields: { cause: "administrative" } });
  assert.deepEqual(written(), ["up a again", "down a by its operator here"]);
  // What has been written is not written again.
  pass(120_000);
  assert.deepEqual(written(), []);
});

test("however long it goes on, it is looked at once a minute", (t) => {
  const { say, pass, written, looks } = storm(t);
  for (let minute = 0; minute < 5; minute++) {
    for (const neighbour of ["a", "b"]) {
      for (let i = 0; i < 12; i++) say("down", "", { neighbour });
    }
    const before = looks();
    pass(60_000);
    assert.equal(looks() - before, 1, `minute ${minute}`);
  }
  assert.equal(written().length, 30);
});
