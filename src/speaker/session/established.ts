// Established (RFC 4271 §8.2.2): routes are exchanged.
//
// §8.2.2 counts Events 21 and 22 here among the errors of the state machine; §6.1 has a code of its
// own for a broken header, which says more, and it is sent as in the other states.

import { AFTER_OPEN, END_COUNTED, END_FSM_ERROR, END_NOTIFIED, stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const HEARD = step("Established", "restart-hold");
const KEEP_ALIVE = step("Established", "send-keepalive", "restart-keepalive");

export const established = stateOf(
  "Established",
  {
    [EVENT.UpdateMsg]: HEARD,
    [EVENT.KeepAliveMsg]: HEARD,
    [EVENT.KeepaliveTimer_Expires]: KEEP_ALIVE,
    [EVENT.UpdateMsgErr]: END_NOTIFIED,
    // Counted here, and not before.
    [EVENT.NotifMsgVerErr]: END_COUNTED,
  },
  AFTER_OPEN,
  END_FSM_ERROR,
);
