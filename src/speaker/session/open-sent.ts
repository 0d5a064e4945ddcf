// OpenSent (RFC 4271 §8.2.2): our OPEN is out, the neighbour's is awaited.

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

const STAY = step("OpenSent");
const ANSWER = step(
  "OpenConfirm",
  "stop-delay-open",
  "stop-connect-retry",
  "send-keepalive",
  "start-session-timers",
);
const LISTEN = step("Active", "release", "drop", "start-connect-retry-by-cause");

export function openSent(event: FsmEvent): Step {
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
    case EVENT.TcpConnectionFails:
      return LISTEN;
    case EVENT.BGPOpen:
      return ANSWER;
    case EVENT.NotifMsgVerErr:
      return END_QUIETLY;
    case EVENT.NotifMsg:
      // §8.2.2 lists it with the unexpected messages; but a NOTIFICATION is never answered by
      // another (§6.4), and "bad peer AS" in answer to our OPEN is what one expects here.
      return END_COUNTED;
    case EVENT.ConnectRetryTimer_Expires:
    case EVENT.KeepaliveTimer_Expires:
    case EVENT.DelayOpenTimer_Expires:
    case EVENT.IdleHoldTimer_Expires:
    case EVENT.BGPOpen_with_DelayOpenTimer_running:
    case EVENT.KeepAliveMsg:
    case EVENT.UpdateMsg:
    case EVENT.UpdateMsgErr:
      return END_FSM_ERROR;
    case EVENT.SendHoldTimer_Expires:
      return END_COUNTED;
  }
}
