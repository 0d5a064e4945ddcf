// OpenConfirm (RFC 4271 §8.2.2): the OPENs agree; the neighbour's first KEEPALIVE is awaited.
//
// A second OPEN on the same connection is not a collision but an error of the state machine
// (RFC 6608 §3), as any other event.

import { AFTER_OPEN, END_FSM_ERROR, stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const KEEP_ALIVE = step("OpenConfirm", "send-keepalive", "restart-keepalive");
const ESTABLISH = step("Established", "restart-hold", "up");

export const openConfirm = stateOf(
  "OpenConfirm",
  {
    [EVENT.KeepaliveTimer_Expires]: KEEP_ALIVE,
    [EVENT.KeepAliveMsg]: ESTABLISH,
  },
  AFTER_OPEN,
  END_FSM_ERROR,
);
