// Idle (RFC 4271 §8.2.2): nothing runs but, perhaps, the IdleHoldTimer. Any other event than a
// start changes nothing.

import { stateOf } from "./answers.ts";
import { EVENT, step } from "./fsm.ts";

const START = step("Connect", "clear-attempts", "start-connect-retry", "connect");
// §8.2.2 starts the ConnectRetryTimer here too, so that a passive session connects after all when
// it expires. An operator who says passive means it: no timer, no attempt.
const START_PASSIVE = step("Active", "clear-attempts");
// The automatic starts keep ConnectRetryCounter: it is shown, and says how many attempts in a row
// have failed.
const RESUME = step("Connect", "start-connect-retry", "connect");
const RESUME_PASSIVE = step("Active");

export const idle = stateOf(
  "Idle",
  {
    [EVENT.ManualStart]: START,
    [EVENT.ManualStart_with_PassiveTcpEstablishment]: START_PASSIVE,
    [EVENT.AutomaticStart]: RESUME,
    [EVENT.AutomaticStart_with_DampPeerOscillations]: RESUME,
    [EVENT.AutomaticStart_with_PassiveTcpEstablishment]: RESUME_PASSIVE,
    [EVENT.AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment]: RESUME_PASSIVE,
    [EVENT.IdleHoldTimer_Expires]: ({ passive }) => (passive ? RESUME_PASSIVE : RESUME),
  },
  {},
  "stay",
);
