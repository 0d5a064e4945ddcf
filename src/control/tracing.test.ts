import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FixedViews, converse } from "./fixture.test.ts";
import { ControlConnection } from "./index.ts";

/** A client that has sent `command`, and what it gets from then on. */
function client(command: string, views = new FixedViews()) {
  let woken = 0;
  const connection = new ControlConnection(views, () => woken++);
  const pull = (characters?: number): string => {
    let text = "";
    while (connection.pending) text += connection.pull(characters);
    return text;
  };
  connection.receive(`${command}\n`);
  const said = pull();
  return { views, connection, pull, said, woken: () => woken };
}

describe("echo", () => {
  test("lines of the log come as notices, until it is off", () => {
    const { views, connection, pull, said, woken } = client("echo all");
    assert.equal(said, "0001 BIRD 2.0.12 ready.\n0000 \n");
    assert.equal(connection.pending, false);
    views.log("tor: Idle -> Connect");
    assert.equal(woken(), 1, "whoever writes to the client hears that there is something");
    views.log("a line\nof its\u202eown");
    assert.equal(pull(), "+tor: Idle -> Connect\n+a line?of its?own\n");
    connection.receive("echo off\n");
    views.log("waits, and has its place before the next reply");
    assert.equal(pull(), "+waits, and has its place before the next reply\n0000 \n");
    views.log("not heard");
    assert.deepEqual([connection.pending, views.listeners.size], [false, 0]);
  });

  test("a reply under way is not split, and the client is not woken for it", () => {
    const { views, connection, pull, woken } = client("echo all");
    connection.receive("show route all\nshow symbols\n");
    let text = connection.pull(1);
    views.log("one");
    views.log("two");
    assert.equal(woken(), 0);
    while (!/^0000 \n/m.test(text)) text += connection.pull(1);
    assert.doesNotMatch(text, /^\+/m);
    const rest = pull();
    assert.match(rest, /^\+one\n\+two\n1010-/);
    assert.match(rest, /\n0000 \n$/);
  });

  test("what waits for a command that logs comes after its reply", () => {
    const { views, connection, pull } = client("echo { info }");
    views.commands.enable = (name) => {
      views.log(`${name} is enabled`);
      return "done";
    };
    connection.receive("enable off1\n");
    assert.equal(pull(), "0011-off1: enabled\n0000 \n+off1 is enabled\n");
  });

  test("the oldest lines give way, and are counted where they are missing", () => {
    const { views, connection, pull } = client("echo all 256");
    for (let i = 0; i < 100; i++) views.log(`line ${i}`);
    const lines = pull().split("\n").slice(0, -1);
    // "+line 99\n" has nine bytes.
    assert.deepEqual(
      [lines[0], lines[1], lines.at(-1)],
      ["+<72 messages lost>", "+line 72", "+line 99"],
    );
    views.log("é".repeat(400));
    assert.equal(pull(), `+${"é".repeat(125)}...\n`);
    for (let i = 0; i < 3; i++) views.log(`${i}`.repeat(200));
    assert.equal(connection.pull(30), "+<2 messages lost>\n+" + "2".repeat(200) + "\n");
  });

  test("a chunk of them is about as long as was asked for", () => {
    const { views, connection } = client("echo all 65536");
    for (let i = 0; i < 100; i++) views.log("x".repeat(98));
    assert.equal(connection.pull(1000).length, 1000);
    assert.equal(connection.pull(150).length, 200);
    assert.equal(connection.pending, true);
  });

  test("the classes that were asked for; another echo takes the place of one before", () => {
    const { views, connection, pull } = client("echo { trace, auth }");
    const classes = (): string[][] => [...views.listeners].map((one) => [...one.classes]);
    assert.deepEqual(classes(), [["trace", "auth"]]);
    connection.receive("underlay json echo all 65536\n");
    assert.equal(pull(), "1100-{}\n0000 \n");
    assert.deepEqual([classes().length, classes()[0].length], [1, 9]);
    connection.end();
    assert.deepEqual(classes(), []);
  });

  test("syntax", () => {
    assert.match(converse("echo\n"), /^9001 syntax error, unexpected END/);
    for (const words of [
      "all many",
      "all 255",
      "all 65537",
      "{ nosuch }",
      "{ info",
      "{ }",
      "off off",
    ]) {
      assert.match(converse(`echo ${words}\n`), /^9001 /, words);
    }
    assert.equal(converse("restrict\necho all\n"), "0016 Access restricted\n0000 \n");
  });
});

describe("debug", () => {
  test("neighbours are traced by the classes that there are", () => {
    const views = new FixedViews();
    assert.equal(
      converse("debug off1 { events, states }\ndebug 'Mesh_10_0_0_2' off\n", views),
      "0000 \n0000 \n",
    );
    assert.deepEqual(views.done, ["trace off1 states events", "trace Mesh_10_0_0_2 "]);
    views.done.length = 0;
    assert.equal(converse('debug "o*" all\n', views), "0000 \n");
    assert.deepEqual(views.done, ["trace off1 states events packets"]);
    assert.equal(converse('debug "zz*" all\n', views), "8003 No protocols match\n");
  });

  test("what is not traced is said", () => {
    assert.match(
      converse("debug off1 { states, routes, filters }\n"),
      /^1109-not traced: routes and filters; "explain NETWORK" [^\n]*\n0000 \n$/,
    );
    assert.match(
      converse("debug device1 all\n"),
      /^1109-device1 is no BGP neighbour: [^\n]*\n0000 \n$/,
    );
    assert.equal(converse("debug device1 off\n"), "0000 \n");
    assert.match(converse("underlay json debug device1 all\n"), /^1100-{"notes":\["device1 is/);
  });

  test("syntax, and only for those who may", () => {
    assert.equal(converse("debug all\n"), "9001 syntax error, unexpected END\n");
    assert.match(converse("debug off1 { messages }\n"), /^9001 /);
    for (const command of ["debug all off", "mrtdump all all"]) {
      assert.match(converse(`restrict\n${command}\n`), /\n8007 Access denied\n$/);
    }
  });
});

test("mrtdump: says that the configuration decides", () => {
  const views = new FixedViews();
  assert.equal(converse("mrtdump off1 off\n", views), "0000 \n");
  assert.match(
    converse("mrtdump all { states }\n", views),
    /^1109-nothing is dumped: .*mrt\.updates\n/,
  );
  views.updates = "/log/u.mrt";
  assert.match(
    converse("mrtdump off1 off\n", views),
    /^1109-.*mrt\.updates, all to \/log\/u\.mrt\n/,
  );
  assert.equal(converse('mrtdump "zz*" all\n', views), "8003 No protocols match\n");
});
