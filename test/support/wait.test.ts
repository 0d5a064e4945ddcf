import assert from "node:assert/strict";
import { it } from "node:test";
import { Hopeless, until } from "./wait.ts";

it("a wait goes on over mistakes and nothing, and ends at once where it is of no use", async () => {
  const answers: (() => unknown)[] = [
    () => undefined,
    () => {
      throw new Error("not yet");
    },
    () => 7,
  ];
  assert.equal(await until("seven", () => answers.shift()?.(), { interval: 0 }), 7);
  let asked = 0;
  const ended = until(
    "it answers",
    () => {
      asked++;
      throw new Hopeless("it ended");
    },
    { detail: () => "its last words" },
  );
  await assert.rejects(ended, /^Error: waited in vain: it answers: it ended\nits last words$/);
  assert.equal(asked, 1);
});
