import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { until } from "../../test/support/wait.ts";
import { fileName } from "./file-name.ts";
import { writeDump } from "./mrt-dump.ts";
import { MrtFile } from "./mrt-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "underlay-mrt-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (text: string): Uint8Array => Buffer.from(text);

it("names of files have their time, in UTC", () => {
  const time = new Date("2026-03-04T05:06:07Z");
  assert.equal(fileName("/log/%Y/%m-%d.%H%M%S", time), "/log/2026/03-04.050607");
  assert.equal(fileName("%F_%T %% %x", time), "2026-03-04_05:06:07 % %x");
});

describe("an update log", () => {
  function open(file: string) {
    const problems: string[] = [];
    let good = 0;
    const log = new MrtFile({
      file,
      onProblem: (text) => problems.push(text),
      onGood: () => good++,
      retryAfter: 20,
    });
    return { log, problems, good: () => good };
  }

  it("is added to, in order, and opened anew when it was moved away", async () => {
    const file = join(folder, "updates.mrt");
    const { log, problems } = open(file);
    for (const text of ["one ", "two ", "three "]) log.write(record(text));
    await until("they are there", () => existsSync(file) && readFileSync(file).length === 14);
    renameSync(file, `${file}.1`);
    log.write(record("four "));
    log.reopen();
    log.write(record("five "));
    await log.close();
    const both = readFileSync(`${file}.1`, "utf8") + readFileSync(file, "utf8");
    assert.equal(both, "one two three four five ");
    const again = open(file);
    again.log.write(record("six"));
    await again.log.close();
    assert.match(readFileSync(file, "utf8"), /five six$/);
    assert.deepEqual([...problems, ...again.problems], []);
  });

  it("that cannot be written is said once, and goes on when it can", async () => {
    const below = join(folder, "not-there");
    const { log, problems, good } = open(join(below, "updates.mrt"));
    log.write(record("lost"));
    await until("it is said", () => problems.length > 0);
    assert.match(problems[0], /updates\.mrt: ENOENT.*records are left out/);
    for (let i = 0; i < 5; i++) {
      log.write(record("lost"));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    assert.equal(problems.length, 1);
    const { mkdirSync } = await import("node:fs");
    mkdirSync(below);
    await until("it goes on", () => {
      log.write(record("kept"));
      return good() === 1;
    });
    await log.close();
    assert.match(readFileSync(join(below, "updates.mrt"), "utf8"), /^(kept)+$/);
  });

  it(
    "on a full disk leaves records out, and daemon and file go on",
    { skip: !existsSync("/dev/full") },
    async () => {
      const { log, problems } = open("/dev/full");
      log.write(record("lost"));
      await until("it is said", () => problems.length > 0);
      assert.match(problems[0], /ENOSPC/);
      await log.close();
    },
  );
});

describe("a dump", () => {
  it("has its name when it is complete, with pauses between", async () => {
    const pattern = join(folder, "rib.%Y.mrt");
    function* records(): Generator<Uint8Array | undefined> {
      yield record("one ");
      yield undefined;
      assert.deepEqual(
        readdirSync(folder).map((name) => name.endsWith(".part")),
        [true],
      );
      yield record("two");
    }
    const file = await writeDump(pattern, records());
    assert.equal(file, pattern.replace("%Y", String(new Date().getUTCFullYear())));
    assert.equal(readFileSync(file, "utf8"), "one two");
    assert.equal(readdirSync(folder).length, 1);
  });

  it("that fails leaves nothing behind", async () => {
    await assert.rejects(writeDump(join(folder, "no/rib.mrt"), []), /ENOENT/);
    function* broken(): Generator<Uint8Array> {
      yield record("one");
      throw new Error("changed");
    }
    await assert.rejects(writeDump(join(folder, "rib.mrt"), broken()), /changed/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
