import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanView } from "../control/index.ts";
import { Plans } from "./plan.ts";

test("four plans at a time; one that was refused does not count, and one that is closed makes room", () => {
  const plans = new Plans();
  const closing: (() => void)[] = [];
  const begin = () =>
    plans.begin((onClosed) => {
      closing.push(onClosed);
      return { kind: "plan" } as PlanView;
    }).kind;
  plans.begin(() => ({ kind: "refused", file: "f", problems: [] }));
  assert.deepEqual([begin(), begin(), begin(), begin()], ["plan", "plan", "plan", "plan"]);
  assert.equal(begin(), "busy");
  closing[0]();
  assert.equal(begin(), "plan");
  assert.equal(begin(), "busy");
});
