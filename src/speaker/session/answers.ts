// What states answer alike (RFC 4271 §8.2.2), once. A state's own file lists only what sets it
// apart; `stateOf` lays it over what its kind shares, and over the answer to "any other event", as
// the RFC has it. fsm.test.ts has the whole: every state, every event.

import {
  EVENT,
  step,
  type Facts,
  type FsmEvent,
  type StateHandler,
  type StateName,
  type Step,
} from "./fsm.ts";

/** "stay": the state is kept and nothing is done. */
export type Answer = Step | "stay" | ((facts: Facts) => Step);
export type Answers = Readonly<Partial<Record<FsmEvent, Answer>>>;

// The ways into Idle that most states share. `release` ends every timer and gives the neighbour's
// routes up (by the session's "down" action), `drop` closes the connection or ends the attempt.

/** §8.2.2: releases all BGP resources, drops the TCP connection; nothing is counted. */
export const END_QUIETLY = step("Idle", "release", "drop");
/** The same, and ConnectRetryCounter is increased. */
export const END_COUNTED = step("Idle", "release", "drop", "count-attempt");
/** A NOTIFICATION first, then the same. */
export const END_NOTIFIED = step("Idle", "notify", "release", "drop", "count-attempt");
/** ManualStop without a connection: ConnectRetryCounter starts again from 0. */
export const END_SILENT = step("Idle", "release", "drop", "clear-attempts");
/** ManualStop: the Cease asked for first. */
export const END_STOPPED = step("Idle", "notify", "release", "drop", "clear-attempts");
/** An event that this state cannot answer otherwise. */
export const END_FSM_ERROR = step("Idle", "notify-fsm", "release", "drop", "count-attempt");

/** All states but Idle have been started already. */
const STARTED: Answers = {
  [EVENT.ManualStart]: "stay",
  [EVENT.AutomaticStart]: "stay",
  [EVENT.ManualStart_with_PassiveTcpEstablishment]: "stay",
  [EVENT.AutomaticStart_with_PassiveTcpEstablishment]: "stay",
  [EVENT.AutomaticStart_with_DampPeerOscillations]: "stay",
  [EVENT.AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment]: "stay",
  // What may become a connection is none yet.
  [EVENT.TcpConnection_Valid]: "stay",
  [EVENT.Tcp_CR_Invalid]: "stay",
};

/** The connection stands, our OPEN goes out, the hold timer is a long one. */
const SEND_OPEN = step(
  "OpenSent",
  "stop-connect-retry",
  "stop-delay-open",
  "send-open",
  "start-open-hold",
);
/** The neighbour's OPEN came while ours was held back. */
const ANSWER_OPEN = step(
  "OpenConfirm",
  "stop-connect-retry",
  "stop-delay-open",
  "send-open",
  "send-keepalive",
  "start-session-timers",
);

/** The connection stands: our OPEN goes out, or is held back for the neighbour's (§8.1.1). */
function connectedIn(state: "Connect" | "Active"): Answer {
  const delay = step(state, "stop-connect-retry", "start-delay-open");
  return ({ delayOpen }) => (delayOpen ? delay : SEND_OPEN);
}

/** Connect and Active: our OPEN is not out. Any other event counts as a failed attempt. */
export function beforeOpen(state: "Connect" | "Active"): Answers {
  return {
    ...STARTED,
    [EVENT.DelayOpenTimer_Expires]: SEND_OPEN,
    [EVENT.Tcp_CR_Acked]: connectedIn(state),
    [EVENT.TcpConnectionConfirmed]: connectedIn(state),
    [EVENT.BGPOpen_with_DelayOpenTimer_running]: ANSWER_OPEN,
    [EVENT.BGPHeaderErr]: END_NOTIFIED,
    [EVENT.BGPOpenMsgErr]: END_NOTIFIED,
    [EVENT.NotifMsgVerErr]: ({ delayOpenRunning }) =>
      delayOpenRunning ? END_QUIETLY : END_COUNTED,
  };
}

/**
 * OpenSent, OpenConfirm and Established: our OPEN is out. Any other event is an error of the state
 * machine.
 */
export const AFTER_OPEN: Answers = {
  ...STARTED,
  // A second connection of this neighbour has a machine of its own (§8.2.1).
  [EVENT.Tcp_CR_Acked]: "stay",
  [EVENT.TcpConnectionConfirmed]: "stay",
  [EVENT.ManualStop]: END_STOPPED,
  [EVENT.AutomaticStop]: END_NOTIFIED,
  [EVENT.HoldTimer_Expires]: END_NOTIFIED,
  [EVENT.BGPHeaderErr]: END_NOTIFIED,
  [EVENT.BGPOpenMsgErr]: END_NOTIFIED,
  [EVENT.OpenCollisionDump]: END_NOTIFIED,
  [EVENT.TcpConnectionFails]: END_COUNTED,
  [EVENT.NotifMsgVerErr]: END_QUIETLY,
  [EVENT.NotifMsg]: END_COUNTED,
  // RFC 9687 §3.2: the neighbour takes nothing, so that a NOTIFICATION would not arrive either.
  [EVENT.SendHoldTimer_Expires]: END_COUNTED,
};

/** A state: its own answers, then those of its kind, then the one to any other event. Total. */
export function stateOf(
  name: StateName,
  own: Answers,
  shared: Answers,
  otherwise: Answer,
): StateHandler {
  const stay = step(name);
  const answers: Answers = { ...shared, ...own };
  return (event, facts) => {
    const answer = answers[event] ?? otherwise;
    if (answer === "stay") return stay;
    return typeof answer === "function" ? answer(facts) : answer;
  };
}
