// Active (RFC 4271 §8.2.2): waiting for the neighbour's connection, or one stands and the
// DelayOpenTimer runs.

import { beforeOpen, END_COUNTED, END_SILENT, END_STOPPED, stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const STAY = step("Active");
const CONNECT = step("Connect", "start-connect-retry", "connect");

export const active = stateOf(
  "Active",
  {
    // SendNOTIFICATIONwithoutOPEN is on (§8.1.1): where a connection stands, it gets the Cease.
    [EVENT.ManualStop]: ({ delayOpenRunning }) => (delayOpenRunning ? END_STOPPED : END_SILENT),
    [EVENT.ConnectRetryTimer_Expires]: ({ passive }) => (passive ? STAY : CONNECT),
    // §8.2.2 restarts the ConnectRetryTimer and then goes to Idle, where it has no meaning.
    [EVENT.TcpConnectionFails]: END_COUNTED,
  },
  beforeOpen("Active"),
  END_COUNTED,
);
