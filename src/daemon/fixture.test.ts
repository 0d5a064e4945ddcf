// Configurations and folders for the tests of this room.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Config, formatProblem, parseConfig } from "../config/index.ts";
import { type Address, type Prefix, parseAddress, parsePrefix } from "../route/index.ts";

/** All that the daemon can make use of. */
export const WHOLE_KERNEL = { nexthopObjects: true, resilientGroups: true } as const;

export function config(text: string): Config {
  const parsed = parseConfig(`node: { name: n, asn: 64512 }\n${text}`, {
    file: "f",
    hostname: "h",
  });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problems.map(formatProblem).join("\n"));
  return parsed.config;
}

export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "underlay-daemon-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}
