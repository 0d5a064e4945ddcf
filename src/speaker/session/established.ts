// Established (RFC 4271 §8.2.2): routes are exchanged.

import {
  END_COUNTED,
  END_FSM_ERROR,
  END_NOTIFIED,
  END_STOPPED,
  EVENT,
  step,
  type FsmEvent,
  type Step,
} from "./fsm.ts";

const STAY = step("Established");
const HEARD = step("Established", "restart-hold");
const KEEP_ALIVE = step("Established", "send-keepalive", "restart-keepalive");

export function established(event: FsmEvent): Step {
  switch (event) {
    case EVENT.UpdateMsg:
    case EVENT.KeepAliveMsg:
      return HEARD;
    case EVENT.KeepaliveTimer_Expires:
      return KEEP_ALIVE;
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
    // §8.2.2 counts 21 and 22 among the errors of the state machine; §6.1 has a code of its own
    // for a broken header, which says more.
    case EVENT.BGPHeaderErr:
    case EVENT.BGPOpenMsgErr:
    case EVENT.AutomaticStop:
    case EVENT.HoldTimer_Expires:
    case EVENT.OpenCollisionDump:
    case EVENT.UpdateMsgErr:
      return END_NOTIFIED;
    case EVENT.TcpConnectionFails:
    case EVENT.NotifMsgVerErr:
    case EVENT.NotifMsg:
    // RFC 9687 §3.2: the neighbour takes nothing, so that a NOTIFICATION would not arrive either.
    case EVENT.SendHoldTimer_Expires:
      return END_COUNTED;
    case EVENT.BGPOpen:
    case EVENT.ConnectRetryTimer_Expires:
    case EVENT.DelayOpenTimer_Expires:
    case EVENT.IdleHoldTimer_Expires:
    case EVENT.BGPOpen_with_DelayOpenTimer_running:
      return END_FSM_ERROR;
  }
}
