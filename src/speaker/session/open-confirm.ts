// OpenConfirm (RFC 4271 §8.2.2): the OPENs agree; the neighbour's first KEEPALIVE is awaited.

import {
  END_COUNTED,
  END_FSM_ERROR,
  END_NOTIFIED,
  END_QUIETLY,
  END_STOPPED,
  EVENT,
  step,
  type FsmEvent,
  type Step,
} from "./fsm.ts";

const STAY = step("OpenConfirm");
const KEEP_ALIVE = step("OpenConfirm", "send-keepalive", "restart-keepalive");
const ESTABLISH = step("Established", "restart-hold", "up");

export function openConfirm(event: FsmEvent): Step {
  switch (event) {
    case EVENT.ManualStart:
    case EVENT.AutomaticStart:
    case EVENT.ManualStart_with_PassiveTcpEstablishment:
    case EVENT.AutomaticStart_with_PassiveTcpEstablishment:
    case EVENT.AutomaticStart_with_DampPeerOscillations:
    case EVENT.AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment:
    // A second connection of this neighbour has a machine of its own (§8.2.1).
    case EVENT.TcpConnection_Valid:
    case EVENT.Tcp_CR_Invalid:
    case EVENT.Tcp_CR_Acked:
    case EVENT.TcpConnectionConfirmed:
      return STAY;
    case EVENT.ManualStop:
      return END_STOPPED;
    case EVENT.AutomaticStop:
    case EVENT.HoldTimer_Expires:
    case EVENT.BGPHeaderErr:
    case EVENT.BGPOpenMsgErr:
    case EVENT.OpenCollisionDump:
      return END_NOTIFIED;
    case EVENT.KeepaliveTimer_Expires:
      return KEEP_ALIVE;
    case EVENT.TcpConnectionFails:
    case EVENT.NotifMsg:
      return END_COUNTED;
    case EVENT.NotifMsgVerErr:
      return END_QUIETLY;
    case EVENT.KeepAliveMsg:
      return ESTABLISH;
    // A second OPEN on the same connection is not a collision but an error (RFC 6608 §3).
    case EVENT.BGPOpen:
    case EVENT.ConnectRetryTimer_Expires:
    case EVENT.DelayOpenTimer_Expires:
    case EVENT.IdleHoldTimer_Expires:
    case EVENT.BGPOpen_with_DelayOpenTimer_running:
    case EVENT.UpdateMsg:
    case EVENT.UpdateMsgErr:
      return END_FSM_ERROR;
    case EVENT.SendHoldTimer_Expires:
      return END_COUNTED;
  }
}
