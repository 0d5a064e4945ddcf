// What the watch makes of the thread's messages, with a thread that the test plays.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { DIAGNOSTIC, STATE, type State } from "../bfd/index.ts";
import { formatAddress, parseAddress } from "../speaker/index.ts";
import type { Address, LivenessRequest, PathChange } from "../speaker/index.ts";
import type { BfdHandlers } from "./bfd-client.ts";
import type { BfdSession } from "./bfd-messages.ts";
import { BfdWatch, type WatchClient } from "./bfd-watch.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

const REQUEST: LivenessRequest = {
  local: address("192.0.2.1"),
  remote: address("192.0.2.2"),
  interface: 3,
  bfd: { interval: 50, multiplier: 3 },
};

function start() {
  let handlers: BfdHandlers | undefined;
  let isConnected = true;
  let problem: Error | undefined;
  /** Of the speaker: the way is broken, rather than the neighbour restarting. */
  let verdict = true;
  const asked: string[] = [];
  /** What happened, in order. */
  const log: string[] = [];
  const client: WatchClient = {
    set: (name: string, session: BfdSession) => {
      if (problem !== undefined) throw problem;
      asked.push(`${name} ${session.multihop ? "multihop" : "single hop"}`);
    },
    remove: (name) => asked.push(`no ${name}`),
    view: () => undefined,
    close: () => Promise.resolve(),
  };
  const watch = new BfdWatch(
    {
      speaker: {
        pathChanged: (name: string, change: PathChange) => {
          log.push(`${name} ${change.isUp ? "up" : `down: ${change.diagnostic}`}`);
          return verdict;
        },
      },
      clock: () => 0,
      isConnected: () => isConnected,
      onPath: (remote, _index, lost) =>
        log.push(`${formatAddress(remote)} ${lost ? "lost" : "there"}`),
      onEvent: ({ name }) => log.push(name),
      wake: () => {},
    },
    (given) => {
      handlers = given;
      return client;
    },
  );
  assert.ok(handlers);
  const thread: BfdHandlers = handlers;
  const want = (wanted: LivenessRequest | undefined): void =>
    watch.carryOut({ kind: "liveness", neighbour: "b", wanted });
  const hear = (state: State, remoteAdminDown = false, independent = false): void =>
    thread.onChange({
      kind: "change",
      name: "b",
      state,
      diagnostic: state === STATE.DOWN ? DIAGNOSTIC.DETECTION_TIME_EXPIRED : DIAGNOSTIC.NONE,
      remoteAdminDown,
      controlPlaneIndependent: independent,
    });
  const up = (): void => {
    want(REQUEST);
    for (const state of [STATE.INIT, STATE.UP]) hear(state);
    assert.deepEqual(log.splice(0), ["b up"]);
    asked.length = 0;
  };
  const connect = (connected: boolean): void => void (isConnected = connected);
  const judge = (isBroken: boolean): void => void (verdict = isBroken);
  const fail = (error: Error | undefined): void => void (problem = error);
  const die = (): void => thread.onError(new Error("a mistake"));
  return { watch, thread, asked, log, want, hear, up, die, connect, fail, judge };
}

const LOST = ["192.0.2.2 lost", "b down: control detection time expired"];

test("a loss goes to the kernel first, to the speaker then, and is over when packets pass", () => {
  const { watch, log, up, hear } = start();
  up();
  hear(STATE.DOWN);
  assert.deepEqual(log.splice(0), LOST);
  hear(STATE.INIT);
  assert.deepEqual(log.splice(0), [], "on its way up is no news");
  hear(STATE.UP);
  assert.deepEqual(log.splice(0), ["192.0.2.2 there", "b up"]);
  hear(STATE.DOWN);
  log.length = 0;
  watch.carryOut({ kind: "path-proved", neighbour: "b" });
  assert.deepEqual(log, ["192.0.2.2 there"]);
});

test("with onDown: graceful the speaker is asked first, unless the C bit rules a restart out", () => {
  const { log, want, hear, up, judge } = start();
  up();
  want({ ...REQUEST, bfd: { ...REQUEST.bfd, onDown: "graceful" } });
  hear(STATE.DOWN);
  assert.deepEqual(log.splice(0), [...LOST].reverse());
  hear(STATE.UP);
  log.length = 0;
  judge(false);
  hear(STATE.DOWN);
  assert.deepEqual(log.splice(0), [LOST[1]], "it may be restarting: it is forwarded to");
  hear(STATE.UP);
  log.length = 0;
  hear(STATE.DOWN, false, true);
  assert.deepEqual(log, LOST);
});

test("one who was never there is not lost; nor is one whose operator ended BFD", () => {
  const { log, want, hear, up } = start();
  want(REQUEST);
  for (const state of [STATE.INIT, STATE.DOWN]) hear(state);
  assert.deepEqual(log, []);
  up();
  hear(STATE.DOWN, true);
  assert.deepEqual(log, ["b down: control detection time expired"]);
});

test("a session that begins anew for other settings is no loss, and ends no session of BGP", () => {
  const { log, want, hear, up } = start();
  up();
  want({ ...REQUEST, bfd: { ...REQUEST.bfd, interval: 60 } });
  for (const state of [STATE.ADMIN_DOWN, STATE.INIT, STATE.UP]) hear(state);
  assert.deepEqual(log.splice(0), ["b up"]);
  hear(STATE.DOWN);
  assert.deepEqual(log, LOST);
});

test("nor is a thread that dies: its sessions begin anew a second later", (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, log, hear, up, die } = start();
  up();
  die();
  assert.deepEqual(log.splice(0), ["bfd-thread-died"]);
  t.mock.timers.tick(1000);
  assert.deepEqual(asked, ["b single hop"]);
  for (const state of [STATE.INIT, STATE.UP]) hear(state);
  assert.deepEqual(log, ["b up"]);
});

test("a thread that cannot be started is tried again", (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, log, want, fail } = start();
  fail(new Error("too many files"));
  want(REQUEST);
  assert.deepEqual(log, ["bfd-problem"]);
  fail(undefined);
  t.mock.timers.tick(1000);
  assert.deepEqual(asked, ["b single hop"]);
});

test("whether the neighbour is hops away is decided when it is asked for", () => {
  const { watch, asked, log, want, up, hear, connect } = start();
  up();
  hear(STATE.DOWN);
  log.length = 0;
  connect(false);
  assert.equal([...watch.sessions()][0].multihop, false, "as the session runs");
  want({ ...REQUEST });
  assert.deepEqual(asked, ["b multihop"]);
  assert.deepEqual(log, ["192.0.2.2 there"], "what was said of another way does not count");
  want({ ...REQUEST, bfd: { ...REQUEST.bfd, multihop: false } });
  assert.deepEqual(asked.slice(1), ["b single hop"]);
  want(undefined);
  assert.deepEqual(asked.slice(2), ["no b"]);
  assert.deepEqual([...watch.sessions()], []);
});

test("a thread without real-time scheduling is an event", () => {
  const { thread, log } = start();
  thread.onNotPreferred();
  assert.deepEqual(log, ["bfd-not-preferred"]);
});
