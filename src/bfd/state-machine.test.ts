import assert from "node:assert/strict";
import { test } from "node:test";
import { DIAGNOSTIC, STATE, stateName, type State } from "./codes.ts";
import { transition } from "./state-machine.ts";

const { ADMIN_DOWN, DOWN, INIT, UP } = STATE;

test("what RFC 5880 §6.8.6 says of each state and each that is told", () => {
  const said = (state: State): string[] =>
    [ADMIN_DOWN, DOWN, INIT, UP].map((told) => {
      const next = transition(state, told);
      return next === undefined ? "-" : stateName(next.state);
    });
  assert.deepEqual(said(ADMIN_DOWN), ["-", "-", "-", "-"]);
  assert.deepEqual(said(DOWN), ["-", "Init", "Up", "-"]);
  assert.deepEqual(said(INIT), ["Down", "-", "Up", "Up"]);
  assert.deepEqual(said(UP), ["Down", "Down", "-", "-"]);
});

test("the reason is the neighbour's where it says that it is down, none where the session is Up", () => {
  assert.equal(transition(UP, DOWN)?.diagnostic, DIAGNOSTIC.NEIGHBOUR_SIGNALED_DOWN);
  assert.equal(transition(INIT, ADMIN_DOWN)?.diagnostic, DIAGNOSTIC.NEIGHBOUR_SIGNALED_DOWN);
  assert.equal(transition(INIT, UP)?.diagnostic, DIAGNOSTIC.NONE);
  assert.equal(transition(DOWN, DOWN)?.diagnostic, undefined, "why it went down last");
});
