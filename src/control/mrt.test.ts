import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlConnection } from "./connection.ts";
import { FixedViews, converse } from "./fixture.test.ts";
import type { DumpJob } from "./views.ts";

/** What comes after the greeting. */
function reply(views: FixedViews, line: string): string {
  return converse(`${line}\n`, views).replace(/^0001 .*\n/, "");
}

test("mrt dump: all tables, or those whose names match, as BIRD has it", () => {
  const views = new FixedViews();
  assert.equal(reply(views, 'mrt dump to "/a.mrt"'), "0000 \n");
  assert.equal(reply(views, 'mrt dump table master6 to "/b.mrt"'), "0000 \n");
  assert.equal(reply(views, 'mrt dump table "*4" to "/c.mrt"'), "0000 \n");
  assert.deepEqual(views.done, ["dump 0 1 /a.mrt", "dump 1 /b.mrt", "dump 0 /c.mrt"]);
  assert.match(reply(views, 'mrt dump table other to "/d.mrt"'), /^8001 No table matches/);
  assert.equal(views.done.length, 3);
});

test("what cannot be read is refused, and nothing is written in restricted mode", () => {
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
    assert.match(reply(views, line), /^9001 syntax error/, line);
  }
  assert.match(reply(views, 'restrict\nmrt dump to "/a"'), /8007 Access denied/);
  assert.deepEqual(views.done, []);
});

test("the reply waits for the end of the dump, and says why it failed", () => {
  const views = new FixedViews();
  const job: { outcome: DumpJob["outcome"] } = { outcome: undefined };
  views.job = job;
  const connection = new ControlConnection(views);
  connection.pull();
  connection.receive('mrt dump to "/a.mrt"\n');
  assert.equal(connection.pull(), "");
  assert.ok(connection.pending);
  job.outcome = "ENOSPC: no space left on device";
  assert.equal(connection.pull(), "8005 Cannot dump: ENOSPC: no space left on device\n");
  views.job = { outcome: { file: "/a.mrt", networks: 3, routes: 4 } };
  assert.match(
    reply(views, 'underlay json mrt dump to "/a.mrt"'),
    /\{"file":"\/a.mrt","networks":3,"routes":4\}/,
  );
});
