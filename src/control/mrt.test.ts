import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlConnection } from "./connection.ts";
import { FixedViews } from "./fixture.test.ts";
import type { DumpOutcome } from "./command-views.ts";

/** What comes after the greeting. */
async function reply(views: FixedViews, line: string): Promise<string> {
  const connection = new ControlConnection(views);
  connection.receive(`${line}\n`);
  let all = "";
  while (connection.pending || connection.waiting) {
    if (connection.waiting) await Promise.resolve();
    else all += connection.pull();
  }
  return all.replace(/^0001 .*\n/, "");
}

test("mrt dump: all tables, or those whose names match, as BIRD has it", async () => {
  const views = new FixedViews();
  assert.equal(await reply(views, 'mrt dump to "/a.mrt"'), "0000 \n");
  assert.equal(await reply(views, 'mrt dump table master6 to "/b.mrt"'), "0000 \n");
  assert.equal(await reply(views, 'mrt dump table "*4" to "/c.mrt"'), "0000 \n");
  assert.deepEqual(views.done, ["dump 0 1 /a.mrt", "dump 1 /b.mrt", "dump 0 /c.mrt"]);
  assert.match(await reply(views, 'mrt dump table other to "/d.mrt"'), /^8001 No table matches/);
  assert.equal(views.done.length, 3);
});

test("what cannot be read is refused, and nothing is written in restricted mode", async () => {
  const views = new FixedViews();
  for (const line of [
    "mrt dump",
    "mrt dump table",
    "mrt dump table master4",
    "mrt dump to",
    "mrt dump to /bare",
    'mrt dump to "relative"',
    'mrt dump to "/a" more',
  ]) {
    assert.match(await reply(views, line), /^9001 syntax error/, line);
  }
  assert.match(await reply(views, 'restrict\nmrt dump to "/a"'), /8007 Access denied/);
  assert.deepEqual(views.done, []);
});

test("the reply waits for the end of the dump, and says why it failed", async () => {
  const views = new FixedViews();
  const job = Promise.withResolvers<DumpOutcome>();
  views.job = job.promise;
  const answer = reply(views, 'mrt dump to "/a.mrt"');
  job.resolve("ENOSPC: no space left on device");
  assert.equal(await answer, "8005 Cannot dump: ENOSPC: no space left on device\n");
  views.job = Promise.resolve({ file: "/a.mrt", networks: 3, routes: 4 });
  assert.match(
    await reply(views, 'underlay json mrt dump to "/a.mrt"'),
    /\{"file":"\/a.mrt","networks":3,"routes":4\}/,
  );
});
