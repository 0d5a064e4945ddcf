import assert from "node:assert/strict";
import { test } from "node:test";
import { FixedViews, converse, inService } from "./fixture.test.ts";
import { ControlConnection, type DrainView } from "./index.ts";

function at(phase: DrainView["phase"], more: Partial<DrainView> = {}): DrainView {
  return { ...inService(), phase, ...more };
}

/** The whole answer to a line that waits, when it is there. */
async function answer(views: FixedViews, line: string): Promise<string> {
  const connection = new ControlConnection(views);
  connection.receive(`${line}\n`);
  let all = "";
  while (connection.pending || connection.waiting) {
    if (connection.waiting) await new Promise(setImmediate);
    else all += connection.pull();
  }
  return all.slice(all.indexOf("\n") + 1);
}

/** Each wait brings the next of these. */
function onTheWay(...steps: readonly DrainView[]): FixedViews {
  const views = new FixedViews();
  const left = [...steps];
  views.onWait = () => {
    views.draining = [left.shift() ?? views.draining[0]];
    views.now += 1000;
  };
  views.draining = [at("announcing")];
  return views;
}

test("drain: begun, under way, done; of the node, a neighbour, a range", () => {
  const views = new FixedViews();
  views.draining = [at("announcing")];
  const begun = '"underlayctl drain status" says how far it is';
  assert.equal(converse("drain\n", views), `0102 Drain begun: ${begun}\n`);
  views.drain = "already";
  assert.equal(converse("drain\n", views), `0102 Being drained already: ${begun}\n`);
  views.draining = [at("drained")];
  assert.equal(converse("drain\n", views), "0101 Drained already\n");
  assert.match(converse("drain nodes\n", views), /^0102 /);
  assert.deepEqual(views.done, [
    "drain the node",
    "drain the node",
    "drain the node",
    "drain nodes",
  ]);
});

test("undrain: done, nothing to do, and what the configuration says is not a command's to change", () => {
  const views = new FixedViews();
  assert.equal(converse("undrain\n", views), "0103 This node announces its routes again\n");
  views.drain = "already";
  assert.equal(converse("undrain nodes\n", views), "0103 nodes is in service already\n");
  assert.match(converse("undrain nodes-192.0.2.7\n", views), /^9001 /);
  views.draining = [inService(), at("drained", { name: "nodes-192.0.2.7" })];
  assert.match(converse("undrain nodes-192.0.2.7\n", views), /^0103 nodes-192\.0\.2\.7 is/);
  views.drain = "refused";
  const refused = "8101 The configuration says node.drained: true. Change it\n";
  assert.equal(converse("undrain\n", views), refused);
});

test("drain wait: each phase as it begins, then the end", async () => {
  const busiest = { interface: "veth7", rate: 1234.5 };
  const views = onTheWay(
    at("announcing", { remaining: 4000 }),
    at("withdrawing"),
    at("emptying", { busiest }),
    at("emptying"),
    at("drained"),
  );
  assert.equal(
    await answer(views, "drain wait"),
    `1106-this node: graceful shutdown is being announced, so that others take another way
 this node: routes are being withdrawn
 this node: routes are withdrawn, waiting for the traffic to end (1235 packets a second go to the pod on veth7)
0101 Drained: this node
`,
  );
});

test("drain wait timeout: says how far it has come, and takes nothing back", async () => {
  const busiest = { interface: "veth7", rate: 7.25 };
  const views = onTheWay(at("emptying", { busiest }));
  const text = await answer(views, "drain wait timeout 3");
  assert.match(
    text,
    /^8101 Not drained within 3 s: this node: .*\(7\.3 packets a second .*veth7\)$/m,
  );
  assert.deepEqual(views.done, ["drain the node"]);
  const json = await answer(onTheWay(at("drained")), "underlay json drain wait");
  const [, value, code] = /^1100-(.*)\n(\d+) Drained/.exec(json) ?? [];
  assert.equal(code, "0101");
  assert.equal((JSON.parse(value) as DrainView).phase, "drained");
});

test("whoever waits hears that it was taken back", async () => {
  const text = await answer(onTheWay(at("in service")), "drain wait");
  assert.match(text, /^8101 Not drained, it was taken back: this node: in service$/m);
});

test("a client that goes while it waits leaves nothing behind but what it has begun", async () => {
  const views = onTheWay();
  let settle: () => void = () => undefined;
  const waited = new Promise<void>((resolve) => (settle = resolve));
  views.drainChange = () => waited;
  let ready = 0;
  const connection = new ControlConnection(views, () => ready++);
  connection.receive("drain wait\n");
  while (connection.pending) connection.pull();
  assert.ok(connection.waiting);
  connection.end();
  settle();
  await waited;
  await new Promise(setImmediate);
  assert.equal(connection.pending, false);
  assert.equal(ready, 1);
});

test("drain status, in words and as JSON; nothing may be drained in restricted mode, but it may be asked", () => {
  const views = new FixedViews();
  views.draining = [
    at("drained", { configured: true }),
    at("emptying", { name: "tor_a" }),
    at("announcing", { name: "tor_b", remaining: 2500 }),
  ];
  const lines = `1106-this node: drained, nothing is announced (node.drained)
 tor_a: routes are withdrawn, waiting for the traffic to move
 tor_b: graceful shutdown is announced, routes are withdrawn in 2.500 s
0000 
`;
  assert.equal(converse("drain status\n", views), lines);
  const [, first] = converse("underlay json drain status\n", views).split("\n");
  assert.match(first, /"name":null.*"phase":"drained"/);
  assert.equal(converse("restrict\ndrain status\n", views), `0016 Access restricted\n${lines}`);
  assert.match(converse("restrict\ndrain\nundrain\n", views), /8007 Access denied\n8007 Access/);
});

test("mistakes are named", () => {
  const cases = {
    "drain nobody": "no protocol is called nobody",
    "drain device1": "device1 is not the name of a BGP neighbour",
    'drain "tor*"': "tor* is not the name of a BGP neighbour",
    "drain wait now": "unexpected now",
    "drain timeout 5": "no protocol is called timeout",
    "drain wait timeout": "unexpected END: a timeout is a number of seconds from 1 to 86400",
    "drain wait timeout 0": "unexpected 0: a timeout is a number of seconds from 1 to 86400",
    "drain wait timeout 5m": "unexpected 5m: a timeout is a number of seconds from 1 to 86400",
    "undrain wait": "no protocol is called wait",
    "drain status now": "unexpected now",
  };
  for (const [line, reason] of Object.entries(cases)) {
    const views = new FixedViews();
    assert.equal(converse(`${line}\n`, views), `9001 syntax error, ${reason}\n`);
    assert.deepEqual(views.done, []);
  }
});

test("show status and show protocols say what is out of service", () => {
  const views = new FixedViews();
  views.plainStatus = {
    ...views.plainStatus,
    drains: [at("drained"), at("drained", { name: "t" })],
  };
  const status = converse("show status\n", views);
  assert.match(status, /^ Drain: this node: drained, nothing is announced$/m);
  assert.match(status, /^ Drain: t: drained, nothing is announced$/m);
  const list = views.list.map((each) => ({
    ...each,
    bgp: each.bgp && { ...each.bgp, announcement: "nothing" as const },
  }));
  views.list = list;
  assert.match(converse("show protocols\n", views), /^ Mesh_10_0_0_2 .*Established {3}Drained/m);
  assert.match(
    converse("show protocols all Mesh_10_0_0_2\n", views),
    /^ {5}Announcement: {5}Drained$/m,
  );
});
