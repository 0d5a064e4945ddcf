import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { run } from "./support/process.ts";

const MODULE = join(import.meta.dirname, "support/root.ts");

/** How tests, lab and bench become root, with a sudo that only says what it was asked. */
describe("whoever is not root", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-sudo-"));
  after(() => rmSync(folder, { recursive: true }));

  /** A program that wants to be root, run by somebody with this sudo. */
  async function asking(sudo: string) {
    const [file, program] = [join(folder, "sudo"), join(folder, "program.ts")];
    writeFileSync(file, `#!/bin/sh\n${sudo}\n`);
    chmodSync(file, 0o755);
    writeFileSync(
      program,
      `process.getuid = () => 1000;
       const { becomeRoot } = await import(${JSON.stringify(MODULE)});
       console.log("goes on:", await becomeRoot("Testing"));`,
    );
    const path = [folder, dirname(process.execPath)].join(delimiter);
    const env = { PATH: path, CI: "true", SECRET: "x" };
    const answer = await run([process.execPath, program, "--some", "words"], { env });
    return { ...answer, program, path };
  }

  it("begins again through sudo, with its words, PATH and CI, and ends as that one does", async () => {
    const { code, stdout, program, path } = await asking(
      '[ "$1" = -n ] && exit 0\nprintf "%s\\n" "$@"\nexit 7',
    );
    assert.equal(code, 7);
    const [need, ...words] = stdout.trimEnd().split("\n");
    assert.match(need, /^Testing needs root, .*: it gets it through sudo\.$/);
    const environment = [`PATH=${path}`, "CI=true"];
    assert.deepEqual(words, ["env", ...environment, process.execPath, program, "--some", "words"]);
  });

  it("is told when sudo does not let it", async () => {
    const { code, stdout } = await asking("exit 1");
    assert.equal(code, 0);
    assert.match(stdout, /^goes on: Testing needs root, .*; sudo does not let \w+ become it$/m);
  });
});
