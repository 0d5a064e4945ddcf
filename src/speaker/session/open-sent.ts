// OpenSent (RFC 4271 §8.2.2): our OPEN is out, the neighbour's is awaited.
//
// Event 25 is answered as after the neighbour's OPEN, though §8.2.2 lists it here with the
// unexpected messages: a NOTIFICATION is never answered by another (§6.4), and "bad peer AS" in
// answer to our OPEN is what one expects here.

import { AFTER_OPEN, END_FSM_ERROR, stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const ANSWER = step(
  "OpenConfirm",
  "stop-delay-open",
  "stop-connect-retry",
  "send-keepalive",
  "start-session-timers",
);
const LISTEN = step("Active", "release", "drop", "start-connect-retry-by-cause");

export const openSent = stateOf(
  "OpenSent",
  {
    [EVENT.BGPOpen]: ANSWER,
    [EVENT.TcpConnectionFails]: LISTEN,
  },
  AFTER_OPEN,
  END_FSM_ERROR,
);
