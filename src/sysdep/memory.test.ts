import assert from "node:assert/strict";
import { it } from "node:test";
import { returnMemory } from "./index.ts";

it("the allocator takes its settings, where it is glibc's", () => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  assert.equal(returnMemory(), header.glibcVersionRuntime !== undefined);
});
