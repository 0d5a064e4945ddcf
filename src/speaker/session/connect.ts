// Connect (RFC 4271 §8.2.2): our attempt to connect is under way, or has succeeded and the
// DelayOpenTimer runs.

import { beforeOpen, END_COUNTED, END_QUIETLY, END_SILENT, stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const TRY_AGAIN = step("Connect", "drop", "stop-delay-open", "start-connect-retry", "connect");
const LISTEN = step("Active", "drop", "stop-delay-open", "start-connect-retry");

export const connect = stateOf(
  "Connect",
  {
    [EVENT.ManualStop]: END_SILENT,
    [EVENT.ConnectRetryTimer_Expires]: TRY_AGAIN,
    [EVENT.TcpConnectionFails]: ({ delayOpenRunning }) => (delayOpenRunning ? LISTEN : END_QUIETLY),
  },
  beforeOpen("Connect"),
  END_COUNTED,
);
