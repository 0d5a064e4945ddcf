import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FixedViews, converse } from "./fixture.test.ts";
import { ControlConnection } from "./index.ts";

const READING = "0002-Reading configuration from a.yaml\n";

describe("configure, as BIRD 2.0.12 answers it", () => {
  test("at once, soft, checked, from a file", () => {
    const views = new FixedViews();
    assert.equal(converse("configure\n", views), `${READING}0003 Reconfigured\n`);
    assert.equal(converse("configure soft\n", views), `${READING}0003 Reconfigured\n`);
    assert.equal(converse("configure check\n", views), `${READING}0020 Configuration OK\n`);
    assert.equal(
      converse('configure check "/none.yaml"\n', views),
      "0002-Reading configuration from /none.yaml\n0020 Configuration OK\n",
    );
    assert.deepEqual(views.done, [
      "configure false undefined",
      "configure false undefined",
      "configure true undefined",
      "configure true /none.yaml",
    ]);
  });

  test("what changes, what is wrong, and what the next start reads", () => {
    const views = new FixedViews();
    views.result = { outcome: "refused", problems: ["first", "second"], notes: ["a note"] };
    assert.equal(converse("configure\n", views), `${READING}   a note\n8002-first\n8002 second\n`);
    views.result = { nextFile: "own.yaml" };
    assert.equal(
      converse("configure\n", views),
      `${READING}   SIGHUP and the next start read own.yaml, which stays as it is\n0003 Reconfigured\n`,
    );
    views.result = { outcome: "ending" };
    assert.equal(
      converse("configure\n", views),
      `${READING}0006 Reconfiguration ignored, shutting down\n`,
    );
  });

  test("with a timeout", () => {
    const views = new FixedViews();
    const scheduled = (seconds: number): string =>
      `${READING}0022-Undo scheduled in ${seconds} s\n0003 Reconfigured\n`;
    assert.equal(converse("configure timeout 60\n", views), scheduled(60));
    assert.equal(converse("configure timeout\n", views), scheduled(300));
    assert.equal(converse("configure soft timeout 5\n", views), scheduled(5));
    assert.match(converse('configure "/b.yaml" timeout 7\n', views), /0022-Undo scheduled in 7 s/);
    assert.equal(converse("configure timeout 0\n", views), `${READING}0003 Reconfigured\n`);
    assert.deepEqual(views.done, [
      "configure false undefined 60000",
      "configure false undefined 300000",
      "configure false undefined 5000",
      "configure false /b.yaml 7000",
      "configure false undefined",
    ]);
  });

  test("words that are not understood do nothing", () => {
    const views = new FixedViews();
    for (const words of [
      ...["timeout x", "timeout -5", "timeout 1.5", "timeout 86401", "timeout 99999999999"],
      ...['timeout 5 "/b.yaml"', "check timeout 5", "check now", "confirm x", "undo 1", "b.yaml"],
      ...["status all", "soft soft", '"/b.yaml" soft', '"/b.yaml" "/c.yaml"'],
    ]) {
      assert.match(converse(`configure ${words}\n`, views), /^9001 syntax error, .+\n$/, words);
    }
    assert.deepEqual(views.done, []);
  });

  test("confirm and undo", () => {
    const views = new FixedViews();
    assert.equal(converse("configure confirm\n", views), "0018 Reconfiguration confirmed\n");
    views.confirmed = "nothing";
    assert.equal(converse("configure confirm\n", views), "0019 Nothing to do\n");
    const undo = (): string => converse("configure undo\n", views);
    assert.equal(undo(), "0021-Undo requested\n0003 Reconfigured\n");
    views.undone = { outcome: "undone", notes: ["peers tor: added"] };
    assert.equal(undo(), "0021-Undo requested\n   peers tor: added\n0003 Reconfigured\n");
    views.undone = { outcome: "nothing", notes: [] };
    assert.equal(undo(), "0021-Undo requested\n0019 Nothing to do\n");
    views.undone = { outcome: "ending", notes: [] };
    assert.equal(undo(), "0021-Undo requested\n0006 Reconfiguration ignored, shutting down\n");
  });

  test("status, there and in show status", () => {
    const views = new FixedViews();
    const status = (): string => converse("configure status\n", views);
    assert.equal(status(), "0003-Daemon is up and running\n0000 \n");
    views.runs = { ...views.runs, file: "b.yaml", nextFile: "a.yaml", undoIn: 1749, ending: false };
    const unconfirmed = "Configuration unconfirmed, undo in 1.749 s";
    assert.equal(status(), `0003-Daemon is up and running\n0022-${unconfirmed}\n0000 \n`);
    const shown = converse("show status\n", views);
    assert.ok(shown.includes(`\n ${unconfirmed}\n`), shown);
    assert.match(shown, /^ Configuration is that of b\.yaml; .* the next start read a\.yaml$/m);
    views.runs = { ...views.runs, ending: true };
    assert.match(status(), /^0006-Shutdown in progress\n/);
  });

  test("a restricted client may ask for the status, and nothing else", () => {
    const views = new FixedViews();
    const denied = "8007 Access denied\n";
    assert.equal(
      converse(
        "restrict\nconfigure status\nconfigure timeout 5\nconfigure confirm\nconfigure undo\n",
        views,
      ),
      `0016 Access restricted\n0003-Daemon is up and running\n0000 \n${denied}${denied}${denied}`,
    );
    assert.deepEqual(views.done, []);
  });
});

test("whoever began it is told that the time is over, between two replies", () => {
  const views = new FixedViews();
  let ready = 0;
  const connection = new ControlConnection(views, () => ready++);
  const all = (): string => {
    let text = "";
    while (connection.pending) text += connection.pull();
    return text;
  };
  connection.receive("configure timeout 5\n");
  assert.match(all(), /0022-Undo scheduled in 5 s/);
  const expired = "+Config timeout expired, starting undo\n";
  views.waiting[0]();
  assert.equal(ready, 1);
  assert.equal(all(), expired);
  assert.equal(all(), "");
  // In the middle of a reply it waits for its end.
  connection.receive("show status\nconfigure status\n");
  const beginning = connection.pull(1);
  views.waiting[0]();
  const [rest, next] = (beginning + all()).split(expired);
  assert.match(rest, /^1000-BIRD[^]*\n0013 Daemon is up and running\n$/);
  assert.match(next, /^0003-/);
  // A client that has gone is told nothing.
  connection.end();
  views.waiting[0]();
  assert.equal(connection.pending, false);
});

describe("for --json", () => {
  const ask = (words: string, views: FixedViews): string =>
    converse(`underlay json configure ${words}\n`, views);
  const value = (words: string, views: FixedViews): unknown => {
    const [, text] = /^1100-(.*)\n0000 \n$/.exec(ask(words, views)) ?? [];
    return JSON.parse(text);
  };

  test("what was done, and what is pending", () => {
    const views = new FixedViews();
    assert.deepEqual(value("timeout 60", views), {
      file: "a.yaml",
      outcome: "applied",
      applied: true,
      problems: [],
      notes: [],
      undoIn: 60_000,
      nextFile: null,
    });
    assert.deepEqual(value("confirm", views), { confirmed: true });
    assert.deepEqual(value("undo", views), { undone: true, notes: [] });
    views.runs = { ...views.runs, file: "b.yaml", nextFile: undefined, undoIn: 5, ending: false };
    assert.deepEqual(value("status", views), {
      ...{ generation: 1, file: "b.yaml", nextFile: null, undoIn: 5, ending: false },
    });
  });

  test("a refusal has the code of the text form", () => {
    const views = new FixedViews();
    views.result = { outcome: "refused", problems: ["bad"] };
    assert.match(
      ask("", views),
      /^1100-\{.*"problems":\["bad"\].*"applied":false\}\n8002 Configuration error\n$/,
    );
  });
});
