// Idle (RFC 4271 §8.2.2): nothing runs but, perhaps, the IdleHoldTimer.

import { EVENT, step, type Facts, type FsmEvent, type Step } from "./fsm.ts";

const STAY = step("Idle");
const START = step("Connect", "clear-attempts", "start-connect-retry", "connect");
// §8.2.2 starts the ConnectRetryTimer here too, so that a passive session connects after all when
// it expires. An operator who says passive means it: no timer, no attempt.
const START_PASSIVE = step("Active", "clear-attempts");
const RESUME = step("Connect", "start-connect-retry", "connect");
const RESUME_PASSIVE = step("Active");

export function idle(event: FsmEvent, facts: Facts): Step {
  switch (event) {
    case EVENT.ManualStart:
      return START;
    case EVENT.ManualStart_with_PassiveTcpEstablishment:
      return START_PASSIVE;
    // The automatic starts keep ConnectRetryCounter: it is shown, and says how many attempts in a
    // row have failed.
    case EVENT.AutomaticStart:
    case EVENT.AutomaticStart_with_DampPeerOscillations:
      return RESUME;
    case EVENT.AutomaticStart_with_PassiveTcpEstablishment:
    case EVENT.AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment:
      return RESUME_PASSIVE;
    case EVENT.IdleHoldTimer_Expires:
      return facts.passive ? RESUME_PASSIVE : RESUME;
    case EVENT.ManualStop:
    case EVENT.AutomaticStop:
    case EVENT.ConnectRetryTimer_Expires:
    case EVENT.HoldTimer_Expires:
    case EVENT.KeepaliveTimer_Expires:
    case EVENT.DelayOpenTimer_Expires:
    case EVENT.TcpConnection_Valid:
    case EVENT.Tcp_CR_Invalid:
    case EVENT.Tcp_CR_Acked:
    case EVENT.TcpConnectionConfirmed:
    case EVENT.TcpConnectionFails:
    case EVENT.BGPOpen:
    case EVENT.BGPOpen_with_DelayOpenTimer_running:
    case EVENT.BGPHeaderErr:
    case EVENT.BGPOpenMsgErr:
    case EVENT.OpenCollisionDump:
    case EVENT.NotifMsgVerErr:
    case EVENT.NotifMsg:
    case EVENT.KeepAliveMsg:
    case EVENT.UpdateMsg:
    case EVENT.UpdateMsgErr:
    case EVENT.SendHoldTimer_Expires:
      return STAY;
  }
}
