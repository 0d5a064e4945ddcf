// Active (RFC 4271 §8.2.2): waiting for the neighbour's connection, or one stands and the
// DelayOpenTimer runs.

import { ANSWER_OPEN, SEND_OPEN } from "./connect.ts";
import {
  END_COUNTED,
  END_NOTIFIED,
  END_QUIETLY,
  END_STOPPED,
  EVENT,
  step,
  type Facts,
  type FsmEvent,
  type Step,
} from "./fsm.ts";

const STAY = step("Active");
const CONNECT = step("Connect", "start-connect-retry", "connect");
const DELAY_OPEN = step("Active", "stop-connect-retry", "start-delay-open");
const STOPPED = step("Idle", "release", "drop", "clear-attempts");

export function active(event: FsmEvent, facts: Facts): Step {
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
      // SendNOTIFICATIONwithoutOPEN is on (§8.1.1): where a connection stands, it gets the Cease.
      return facts.delayOpenRunning ? END_STOPPED : STOPPED;
    case EVENT.ConnectRetryTimer_Expires:
      return facts.passive ? STAY : CONNECT;
    case EVENT.DelayOpenTimer_Expires:
      return SEND_OPEN;
    case EVENT.Tcp_CR_Acked:
    case EVENT.TcpConnectionConfirmed:
      return facts.delayOpen ? DELAY_OPEN : SEND_OPEN;
    case EVENT.TcpConnectionFails:
      // §8.2.2 restarts the ConnectRetryTimer and then goes to Idle, where it has no meaning.
      return END_COUNTED;
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
