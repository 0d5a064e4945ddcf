import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { FixedViews, converse } from "../control/fixture.test.ts";
import { apply } from "./apply.ts";
import type { Output } from "./output.ts";
import { ReplyReader, type ReplyRow } from "./reply-reader.ts";
import type { Call } from "./verbs.ts";

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** `underlayctl WORDS` in a pipe, against views. */
async function run(
  views: FixedViews,
  words: readonly string[],
  more: Partial<Call> = {},
): Promise<Result> {
  let [out, err] = ["", ""];
  const output = {
    broken: false,
    columns: undefined,
    write: (text: string) => Promise.resolve(void (out += text)),
    complain: (text: string) => Promise.resolve(void (err += text)),
    close: () => Promise.resolve(),
  } as Partial<Output> as Output;
  async function* ask(line: string): AsyncGenerator<ReplyRow> {
    yield* new ReplyReader().read(converse(`${line}\n`, views));
  }
  const call = { socket: "/x.ctl", json: false, words, line: "", flags: {}, output, ask, ...more };
  return { status: await apply.run(call), out, err };
}

test("it is checked, what changes is shown once, and then it is applied", async () => {
  const views = new FixedViews();
  views.result = { notes: ["peers tor: added"] };
  const { status, out } = await run(views, ["apply"]);
  assert.deepEqual([status, out], [0, "a.yaml\n  peers tor: added\nit runs\n"]);
  assert.deepEqual(views.done, ["configure true undefined", "configure false undefined"]);
});

test("a daemon of another version is applied nothing by", async () => {
  for (const answer of ["null", "7", '{"outcome":"checked"}', "not JSON"]) {
    const asked: string[] = [];
    async function* ask(line: string): AsyncGenerator<ReplyRow> {
      asked.push(line);
      yield* new ReplyReader().read(`1100-${answer}\n0000 \n`);
    }
    await assert.rejects(
      run(new FixedViews(), ["apply"], { ask }),
      /same version|daemon's version/,
    );
    assert.deepEqual(asked, ["underlay json configure check"]);
  }
});

test("what a configuration's names would do to a terminal is not done", async () => {
  const views = new FixedViews();
  views.result = { notes: ["peers \x1b]0;x\x07: added"] };
  assert.match((await run(views, ["apply"])).out, /^ {2}peers \?\]0;x\?: added$/m);
});

test("another file: what the next start reads is said", async () => {
  const views = new FixedViews();
  views.result = { nextFile: "/etc/own.yaml" };
  const { out } = await run(views, ["apply", "my new.yaml"]);
  const file = join(process.cwd(), "my new.yaml");
  assert.equal(
    out,
    `${file} changes nothing\nSIGHUP and the next start read /etc/own.yaml, which stays as it is\nit runs\n`,
  );
  assert.deepEqual(views.done, [`configure true ${file}`, `configure false ${file}`]);
});

test("with a time to confirm it: without a terminal it says how", async () => {
  const views = new FixedViews();
  const { status, out } = await run(views, ["apply"], { flags: { confirmWithin: "5m" } });
  assert.equal(status, 0);
  assert.match(
    out,
    /^it runs, and is undone in 300 s unless you say: underlayctl --socket \/x\.ctl configure confirm$/m,
  );
  assert.equal(views.done[1], "configure false undefined 300000");
});

test("times that are none are refused before anything is asked", async () => {
  const views = new FixedViews();
  for (const confirmWithin of ["", "0s", "300ms", "-5", "1.5", "25h", "1e3", "60 s", "soon"]) {
    await assert.rejects(
      run(views, ["apply"], { flags: { confirmWithin } }),
      new RegExp(`--confirm-within: found "${confirmWithin}", expected a time of 1 s to 24 h`),
    );
  }
  await assert.rejects(run(views, ["apply", "a", "b"]), /takes one file, and not also b/);
  await assert.rejects(run(views, ["apply", 'a"b']), /a file's name with quotes/);
  assert.deepEqual(views.done, []);
  for (const [confirmWithin, expected] of [
    ["1", 1000],
    ["24h", 86_400_000],
  ] as const) {
    views.done.length = 0;
    await run(views, ["apply"], { flags: { confirmWithin } });
    assert.equal(views.done[1], `configure false undefined ${expected}`);
  }
});

test("what is wrong is applied by nobody", async () => {
  const views = new FixedViews();
  views.result = { outcome: "refused", problems: ["a.yaml:1:1: first", "a.yaml:2:1: second"] };
  assert.deepEqual(await run(views, ["apply"]), {
    ...{ status: 1, out: "", err: "a.yaml:1:1: first\na.yaml:2:1: second\n" },
  });
  assert.deepEqual(views.done, ["configure true undefined"]);
  views.result = { outcome: "ending" };
  assert.match((await run(views, ["apply"])).err, /is ending: nothing was applied/);
});

test("for programs: one value, and no questions", async () => {
  const views = new FixedViews();
  views.result = { notes: ["x"], nextFile: "own.yaml" };
  const flags = { confirmWithin: "60s" };
  const { status, out } = await run(views, ["apply"], { json: true, flags });
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(out), {
    ...{ file: "a.yaml", outcome: "applied", applied: true, problems: [], notes: ["x"] },
    ...{ undoIn: 60_000, nextFile: "own.yaml" },
  });
  views.result = { outcome: "refused", problems: ["bad"] };
  const refused = await run(views, ["apply"], { json: true });
  assert.equal(refused.status, 1);
  assert.deepEqual((JSON.parse(refused.out) as { problems: string[] }).problems, ["bad"]);
  assert.deepEqual(JSON.parse(refused.err), { error: "Configuration error", code: 8002 });
});
