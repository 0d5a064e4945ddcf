import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT, STATES, type Facts, type FsmEvent, type StateName, type Step } from "./fsm.ts";
import { TRANSITIONS } from "./machine.ts";

const PLAIN: Facts = { passive: false, delayOpen: false, delayOpenRunning: false };

// One row a state, one letter an event, as RFC 4271 §8.2.2 (29: RFC 9687 §3.2) and the deviations
// confessed in index.ts say:
//   .  stays                C A S F E  goes to Connect, Active, OpenSent, OpenConfirm, Established
//   q  Idle, quietly        c  Idle, ConnectRetryCounter + 1
//   n  Idle with the NOTIFICATION of the event, counter + 1        f  the same with an FSM error
//   x  Idle, counter 0      s  the same with the Cease asked for
// The events in groups: 1-8 by an operator, 9-13 timers, 14-18 TCP, 19-25 OPEN and errors, 26-29.
const EXPECTED: Readonly<Record<StateName, string>> = {
  Idle: "C.CAACA. ....C ..... ....... ....",
  Connect: ".x.....c .ccSc ..SSq cFnnccc cccc",
  Active: ".x.....c CccSc ..SSc cFnnccc cccc",
  OpenSent: ".s.....n fnfff ....A Ffnnnqc fffc",
  OpenConfirm: ".s.....n fn.ff ....c ffnnnqc Effc",
  Established: ".s.....n fn.ff ....c ffnnncc ..nc",
};

const LETTERS: Readonly<Record<StateName, string>> = {
  Idle: "?",
  Connect: "C",
  Active: "A",
  OpenSent: "S",
  OpenConfirm: "F",
  Established: "E",
};

/** The letter that an answer deserves. */
function letterOf(state: StateName, { next, actions }: Step): string {
  if (next === state) return ".";
  if (next !== "Idle") return LETTERS[next];
  assert.ok(actions.includes("release") && actions.includes("drop"), "Idle holds nothing");
  if (actions.includes("clear-attempts")) return actions.includes("notify") ? "s" : "x";
  if (actions.includes("notify-fsm")) return "f";
  if (actions.includes("notify")) return "n";
  return actions.includes("count-attempt") ? "c" : "q";
}

test("every state answers every event as RFC 4271 §8.2.2 says", () => {
  const events = Object.entries(EVENT);
  assert.deepEqual(
    events.map(([, number]) => number),
    Array.from({ length: 29 }, (_, index) => index + 1),
  );
  for (const state of STATES) {
    const expected = EXPECTED[state].replaceAll(" ", "");
    for (const [name, event] of events) {
      const letter = letterOf(state, TRANSITIONS[state](event, PLAIN));
      assert.equal(letter, expected[event - 1], `${state}, Event ${event} ${name}`);
    }
  }
});

test("what a session sends before it goes to Idle leaves before the connection is dropped", () => {
  for (const state of STATES) {
    for (const event of Object.values(EVENT)) {
      const { actions } = TRANSITIONS[state](event, PLAIN);
      const notify = actions.findIndex((action) => action.startsWith("notify"));
      const drop = actions.indexOf("drop");
      assert.ok(drop === -1 || notify < drop, `${state}, Event ${event}`);
    }
  }
});

const answers: {
  readonly name: string;
  readonly state: StateName;
  readonly event: FsmEvent;
  readonly facts?: Partial<Facts>;
  readonly step: Step;
}[] = [
  {
    name: "a manual start connects and counts from 0",
    state: "Idle",
    event: EVENT.ManualStart,
    step: { next: "Connect", actions: ["clear-attempts", "start-connect-retry", "connect"] },
  },
  {
    name: "after the rest a passive session listens",
    state: "Idle",
    event: EVENT.IdleHoldTimer_Expires,
    facts: { passive: true },
    step: { next: "Active", actions: [] },
  },
  {
    name: "an attempt that takes too long is made again",
    state: "Connect",
    event: EVENT.ConnectRetryTimer_Expires,
    step: {
      next: "Connect",
      actions: ["drop", "stop-delay-open", "start-connect-retry", "connect"],
    },
  },
  {
    name: "DelayOpen waits in Connect",
    state: "Connect",
    event: EVENT.Tcp_CR_Acked,
    facts: { delayOpen: true },
    step: { next: "Connect", actions: ["stop-connect-retry", "start-delay-open"] },
  },
  {
    name: "a connection lost while DelayOpen runs: listen",
    state: "Connect",
    event: EVENT.TcpConnectionFails,
    facts: { delayOpen: true, delayOpenRunning: true },
    step: { next: "Active", actions: ["drop", "stop-delay-open", "start-connect-retry"] },
  },
  {
    name: "a version error while DelayOpen runs is not counted",
    state: "Connect",
    event: EVENT.NotifMsgVerErr,
    facts: { delayOpen: true, delayOpenRunning: true },
    step: { next: "Idle", actions: ["release", "drop"] },
  },
  {
    name: "DelayOpen waits in Active",
    state: "Active",
    event: EVENT.TcpConnectionConfirmed,
    facts: { delayOpen: true },
    step: { next: "Active", actions: ["stop-connect-retry", "start-delay-open"] },
  },
  {
    name: "a stop with a connection in Active sends the Cease",
    state: "Active",
    event: EVENT.ManualStop,
    facts: { delayOpen: true, delayOpenRunning: true },
    step: { next: "Idle", actions: ["notify", "release", "drop", "clear-attempts"] },
  },
  {
    name: "a passive session never connects",
    state: "Active",
    event: EVENT.ConnectRetryTimer_Expires,
    facts: { passive: true },
    step: { next: "Active", actions: [] },
  },
  {
    name: "the neighbour's OPEN is answered with a KEEPALIVE",
    state: "OpenSent",
    event: EVENT.BGPOpen,
    step: {
      next: "OpenConfirm",
      actions: ["stop-delay-open", "stop-connect-retry", "send-keepalive", "start-session-timers"],
    },
  },
  {
    name: "an UPDATE restarts the hold timer",
    state: "Established",
    event: EVENT.UpdateMsg,
    step: { next: "Established", actions: ["restart-hold"] },
  },
];

for (const { name, state, event, facts, step } of answers) {
  test(`${state}, Event ${event}: ${name}`, () => {
    assert.deepEqual(TRANSITIONS[state](event, { ...PLAIN, ...facts }), step);
  });
}
