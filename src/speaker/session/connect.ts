// Connect (RFC 4271 §8.2.2): our attempt to connect is under way, or has succeeded and the
// DelayOpenTimer runs.

import {
  END_COUNTED,
  END_NOTIFIED,
  END_QUIETLY,
  EVENT,
  step,
  type Facts,
  type FsmEvent,
  type Step,
} from "./fsm.ts";

const STAY = step("Connect");
const TRY_AGAIN = step("Connect", "drop", "stop-delay-open", "start-connect-retry", "connect");
const DELAY_OPEN = step("Connect", "stop-connect-retry", "start-delay-open");
const LISTEN = step("Active", "drop", "stop-delay-open", "start-connect-retry");
const STOPPED = step("Idle", "release", "drop", "clear-attempts");
/** Shared with Active: the connection stands, our OPEN goes out, the hold timer is a long one. */
export const SEND_OPEN = step(
  "OpenSent",
  "stop-connect-retry",
  "stop-delay-open",
  "send-open",
  "start-open-hold",
);
/** Shared with Active: the neighbour's OPEN came while ours was held back. */
export const ANSWER_OPEN = step(
  "OpenConfirm",
  "stop-connect-retry",
  "stop-delay-open",
  "send-open",
  "send-keepalive",
  "start-session-timers",
);

export function connect(event: FsmEvent, facts: Facts): Step {
  switch (event) {
    case EVENT.ManualStart:
    case EVENT.AutomaticStart:
    case EVENT.ManualStart_with_PassiveTcpEstablishment:
    case EVENT.AutomaticStart_with_PassiveTcpEstablishment:
    case EVENT.AutomaticStart_with_DampPeerOscillations:
    case EVENT.AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment:
    case EVENT.TcpConnection_Valid:
    case EVENT.Tcp_CR_Invalid:
      return STAY;
    case EVENT.ManualStop:
      return STOPPED;
    case EVENT.ConnectRetryTimer_Expires:
      return TRY_AGAIN;
    case EVENT.DelayOpenTimer_Expires:
      return SEND_OPEN;
    case EVENT.Tcp_CR_Acked:
    case EVENT.TcpConnectionConfirmed:
      return facts.delayOpen ? DELAY_OPEN : SEND_OPEN;
    case EVENT.TcpConnectionFails:
      return facts.delayOpenRunning ? LISTEN : END_QUIETLY;
    case EVENT.BGPOpen_with_DelayOpenTimer_running:
      return ANSWER_OPEN;
    case EVENT.BGPHeaderErr:
    case EVENT.BGPOpenMsgErr:
      return END_NOTIFIED;
    case EVENT.NotifMsgVerErr:
      return facts.delayOpenRunning ? END_QUIETLY : END_COUNTED;
    case EVENT.AutomaticStop:
    case EVENT.HoldTimer_Expires:
    case EVENT.KeepaliveTimer_Expires:
    case EVENT.IdleHoldTimer_Expires:
    case EVENT.BGPOpen:
    case EVENT.OpenCollisionDump:
    case EVENT.NotifMsg:
    case EVENT.KeepAliveMsg:
    case EVENT.UpdateMsg:
    case EVENT.UpdateMsgErr:
    case EVENT.SendHoldTimer_Expires:
      return END_COUNTED;
  }
}
