import assert from "node:assert/strict";
import { it } from "node:test";
import { returnMemory, trimMemory } from "./index.ts";

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

it("the allocator takes its settings, where it is glibc's", () => {
  assert.equal(returnMemory(), isGlibc());
});

it("memory that is free is given back, where it is glibc's", () => {
  assert.equal(trimMemory(), isGlibc());
});
