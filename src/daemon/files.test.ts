import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, readConfigFile, readSmallFile, systemText } from "./files.ts";

/** What is said about a file that cannot be read. */
function refusal(file: string): string {
  try {
    readConfigFile(file);
  } catch (error) {
    return systemText(file, error);
  }
  return "";
}

test("files, and what is none", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "file");
  writeFileSync(file, "mode: l3 # ü\n");
  assert.equal(readConfigFile(file), "mode: l3 # ü\n");
  assert.deepEqual(readSmallFile(file, 14), Buffer.from("mode: l3 # ü\n"));
  assert.throws(() => readSmallFile(file, 13), { message: "Larger than 13 bytes" });

  assert.equal(refusal("/dev/zero"), "/dev/zero: Not an ordinary file");
  assert.equal(refusal(folder), `${folder}: Is a directory`);
  assert.equal(refusal(`${file}.yaml`), `${file}.yaml: No such file or directory`);
  assert.match(refusal(join(file, "below")), /\/file\/below: ENOTDIR: /);
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  assert.equal(refusal(pipe), `${pipe}: Not an ordinary file`);
  truncateSync(file, (4 << 20) + 1);
  assert.equal(refusal(file), `${file}: Larger than 4194304 bytes`);
});

test("a file that may not be read", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "file");
  writeFileSync(file, "");
  chmodSync(file, 0);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534); // root may read everything
  try {
    assert.equal(refusal(file), `${file}: Permission denied`);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("folders are made from the top down; where none can be, it is said", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const deep = join(folder, "a/b/c");
  await Promise.all([makeFolder(deep), makeFolder(deep)]);
  assert.ok(existsSync(deep));
  writeFileSync(join(folder, "file"), "");
  await assert.rejects(makeFolder(join(folder, "file/below")), { code: "EEXIST" });
  await assert.rejects(makeFolder("/proc/underlay/below"), { code: "ENOENT" });
});
