import assert from "node:assert/strict";
import { test } from "node:test";
import { Warnings } from "./warnings.ts";

test("a warning is logged when it comes, listed while it lasts, one a subject", () => {
  const logged: unknown[] = [];
  const warnings = new Warnings({ error: (...args: unknown[]) => void logged.push(args) });
  warnings.set("cni", "no folder");
  warnings.set("listen", "port taken");
  warnings.set("cni", "no room");
  assert.deepEqual(warnings.list(), ["no room", "port taken"]);
  assert.deepEqual(logged, [
    [{ event: "cni-failed" }, "no folder"],
    [{ event: "listen-failed" }, "port taken"],
    [{ event: "cni-failed" }, "no room"],
  ]);
  warnings.clear("cni");
  assert.deepEqual(warnings.list(), ["port taken"]);
});
