import assert from "node:assert/strict";
import { test } from "node:test";
import { logShortcomings } from "./shortcomings.ts";

test("of what a kernel lacks the worst is said, once", () => {
  const said = (nexthopObjects: boolean, resilientGroups: boolean): string[] => {
    const lines: string[] = [];
    const as =
      (level: string) =>
      ({ event }: { event: string }) =>
        void lines.push(`${level} ${event}`);
    logShortcomings({ nexthopObjects, resilientGroups }, { info: as("info"), warn: as("warn") });
    return lines;
  };
  assert.deepEqual(said(true, true), []);
  assert.deepEqual(said(true, false), ["info no-resilient-groups"]);
  assert.deepEqual(said(false, false), ["warn no-nexthop-objects"]);
});
