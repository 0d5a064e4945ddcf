import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { NO_ENGINE } from "./lab/engine.ts";
import { run, Running } from "./support/process.ts";
import { until } from "./support/wait.ts";

const RUN = join(import.meta.dirname, "run.ts");

describe("npm test", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-run-"));
  after(() => rmSync(folder, { recursive: true }));

  /** Writes one file of tests; the environment that it runs in. */
  function written(tests: string, ci: string): NodeJS.ProcessEnv {
    writeFileSync(join(folder, "some.test.js"), `import { it } from "node:test";\n${tests}`);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const env: NodeJS.ProcessEnv = { ...process.env, CI: ci };
    delete env["NODE_TEST_CONTEXT"]; // it would report to the runner of this test
    return env;
  }

  /** Runs one file of tests; the last line that is not empty, and the exit code. */
  async function counted(tests: string, ci: string, seed?: string) {
    const env = written(tests, ci);
    if (seed !== undefined) env["SEED"] = seed;
    const { code, stdout } = await run([process.execPath, RUN, "some.test.js"], {
      cwd: folder,
      env,
    });
    return { code, text: stdout, end: stdout.trimEnd().split("\n").slice(-2).join("\n") };
  }

  const GOOD = 'it("good", () => undefined);\n';
  const SKIPPED = 'it("skipped", { skip: "needs something" }, () => undefined);\n';
  const BAD = 'it("bad", () => { throw new Error("bad"); });\n';

  it("counts a skipped test, and with CI=true it is a failure", async () => {
    const plain = await counted(GOOD + SKIPPED, "");
    assert.equal(plain.code, 0);
    assert.match(plain.end, /^1 passed, 0 failed, 1 skipped$/m);
    const ci = await counted(GOOD + SKIPPED, "true");
    assert.equal(ci.code, 1);
    assert.match(ci.end, /^CI=true: a skipped test is a failure$/m);
    assert.equal((await counted(GOOD, "true")).code, 0);
  });

  it("names what it leaves out for lack of Docker or containerlab, also with CI=true", async () => {
    const reason = JSON.stringify(`${NO_ENGINE} there is none`);
    const left = `it("real", { skip: ${reason} }, () => undefined);\n`;
    const { code, text, end } = await counted(GOOD + left, "true");
    assert.equal(code, 0);
    assert.match(text, /^1 passed, 0 failed, 0 skipped$/m);
    assert.match(
      end,
      /^left out: real: no Docker or containerlab on this machine: there is none$/m,
    );
    assert.equal((await counted(GOOD + left + SKIPPED, "true")).code, 1);
    assert.equal((await counted(left, "true")).code, 1, "nothing was tested at all");
  });

  it("draws the same examples in every run, and others by SEED", async () => {
    const draw = `import fc from ${JSON.stringify(import.meta.resolve("fast-check"))};
      let first; fc.assert(fc.property(fc.nat(), (n) => { first ??= n; }));
      console.log("drew " + first);`;
    const drawn = async (seed?: string) =>
      /drew (\d+)/.exec((await counted(draw + GOOD, "", seed)).text)?.[1];
    const first = await drawn();
    assert.ok(first !== undefined);
    assert.equal(await drawn(), first);
    assert.notEqual(await drawn("1"), first);
  });

  it("fails where a suite cannot clean up", async () => {
    const suite = `import { after, describe } from "node:test";
      describe("suite", () => { after(() => { throw new Error("bad"); }); it("good", () => undefined); });`;
    const bad = await counted(suite, "");
    assert.equal(bad.code, 1);
    assert.match(bad.end, /^1 passed, 1 failed, 0 skipped$/m);
  });

  it("told to end, it has its test files end and clean up", async () => {
    const [begun, cleaned] = [join(folder, "begun"), join(folder, "cleaned")];
    const text = `import { writeFileSync } from "node:fs";
      process.on("SIGTERM", () => { writeFileSync(${JSON.stringify(cleaned)}, ""); process.exit(1); });
      it("long", () => { writeFileSync(${JSON.stringify(begun)}, ""); return new Promise((end) => setTimeout(end, 1e9)); });`;
    const env = written(text, "");
    const program = new Running([process.execPath, RUN, "some.test.js"], { cwd: folder, env });
    await until("the test has begun", () => existsSync(begun), { detail: () => program.output });
    assert.equal(await program.end("SIGTERM"), 1);
    await until("it has cleaned up", () => existsSync(cleaned), { detail: () => program.output });
  });

  it("fails with any test that fails", async () => {
    const bad = await counted(GOOD + BAD, "");
    assert.equal(bad.code, 1);
    assert.match(bad.end, /^1 passed, 1 failed, 0 skipped$/m);
  });
});
