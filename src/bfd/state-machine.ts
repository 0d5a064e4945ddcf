// The state machine (RFC 5880 §6.2): what a session makes of the state that a packet tells (§6.8.6).

import { DIAGNOSTIC, STATE, type State } from "./codes.ts";

export interface Transition {
  readonly state: State;
  /** Why; undefined: what was the reason last is so still. */
  readonly diagnostic: number | undefined;
}

const BEGUN: Transition = { state: STATE.INIT, diagnostic: undefined };
const UP: Transition = { state: STATE.UP, diagnostic: DIAGNOSTIC.NONE };
const LEFT: Transition = { state: STATE.DOWN, diagnostic: DIAGNOSTIC.NEIGHBOUR_SIGNALED_DOWN };

/** By the session's own state, and the one that it is told; undefined: it stays as it is. */
const TABLE: Readonly<Record<State, Readonly<Record<State, Transition | undefined>>>> = {
  [STATE.ADMIN_DOWN]: {
    [STATE.ADMIN_DOWN]: undefined,
    [STATE.DOWN]: undefined,
    [STATE.INIT]: undefined,
    [STATE.UP]: undefined,
  },
  [STATE.DOWN]: {
    [STATE.ADMIN_DOWN]: undefined,
    [STATE.DOWN]: BEGUN,
    [STATE.INIT]: UP,
    [STATE.UP]: undefined,
  },
  [STATE.INIT]: {
    [STATE.ADMIN_DOWN]: LEFT,
    [STATE.DOWN]: undefined,
    [STATE.INIT]: UP,
    [STATE.UP]: UP,
  },
  [STATE.UP]: {
    [STATE.ADMIN_DOWN]: LEFT,
    [STATE.DOWN]: LEFT,
    [STATE.INIT]: undefined,
    [STATE.UP]: undefined,
  },
};

export function transition(state: State, told: State): Transition | undefined {
  return TABLE[state][told];
}
