// One neighbour's BGP session: RFC 4271 §8 without I/O.
//
// The parts, from the outside in:
//
//   session.ts       what the caller sees: verbs in, `take()` out, views for show
//   neighbour.ts     the machines of one neighbour, one or two; collision; rest between attempts
//   machine.ts       one finite state machine: a state, a connection, timers; does what the state says
//   idle.ts ... established.ts   one state each: what it answers otherwise than its kind
//   answers.ts       what states answer alike: `(event, facts) -> (next state, actions)`, total
//   fsm.ts           the words for it: states, events by number, actions
//   inbox.ts         bytes -> messages -> events;  receive-buffer.ts: a message half arrived
//   negotiation.ts   our OPEN, the neighbour's, and what both come to
//   timers.ts        a table of deadlines;  back-off.ts: how long to rest;  pace.ts: whose turn it is
//   roles.ts         whether what each end is to the other fits
//   graceful-restart.ts  what both say of restarts, and which ends of a session may be one
//   cause.ts         why a session ended: one row a cause, with its words and its pause
//   settings.ts      what configuration says, and what of it costs a reset
//
// Input is a call with the time in it (`receive`, `connected`, `expire` ...). Output is what
// `take()` returns afterwards: things to do, in order. Between calls nothing happens; the caller
// sleeps until `nextDeadline()`. UPDATEs come out as byte ranges of what was received (of a buffer
// of ours, where a message came in two pieces), so that a full table costs one small object a
// message here and no copy.
//
// Kept: RFC 4271 §6 and §8 with DelayOpen, DampPeerOscillations (back-off.ts), passive and
// NOTIFICATION without OPEN; RFC 2918 and 7313 (route refresh), 4486 and 9003 (Cease, shutdown
// communication), 4724, 8538 and 9494 (graceful restart: capabilities, R, F and N bits, Hard Reset),
// 5492 (capabilities), 6286 (identifiers), 6608 (FSM error subcodes), 6793 (AS numbers of four
// octets), 8654 (extended messages), 9234 (roles), 9687 (send hold timer).
//
// Deviations, confessed:
// - Events 6, 7, 14 and 15 are answered but raised by nobody: see fsm.ts.
// - A passive session never connects: Idle does not start its ConnectRetryTimer (idle.ts).
// - With hold time 0 the long hold timer runs on through OpenConfirm (machine.ts).
// - A NOTIFICATION in OpenSent is not answered by another (open-sent.ts).
// - A broken header in Established is a Message Header Error, not an FSM error (established.ts).
// - A connection lost in OpenSent leaves Active after the shorter of ConnectRetryTime and the
//   back-off (machine.ts).
// - With a password, an attempt that nobody answers for ConnectRetryTime ends as failed (Event 18)
//   instead of being made again (Event 9), so that its rests grow (neighbour.ts).
// - In Idle, while the IdleHoldTimer runs, the neighbour's connection is taken (an automatic
//   passive start); only in the first seconds after a fault of the neighbour that a person has to
//   mend is it refused with Cease/Connection Rejected.
// - A second connection while Established is closed with Cease/Connection Collision Resolution, but
//   only after two seconds in which the first may prove dead (neighbour.ts).
// - A connection that loses by §6.8 to one that has just become Established waits those two
//   seconds as well when the neighbour may decide the other way.
// - RFC 4724 §5 has a new connection of the neighbour end the Established one at once. Here it waits
//   as above: the old one proves dead by its kernel's reset, one round trip later, and is a restart
//   then; a connection that crossed ours on the way must not cost a session.
// - An OPEN refused for a capability is not tried again without capabilities (RFC 5492 §3 may):
//   a forged or mistaken NOTIFICATION would quietly take IPv6 away.

export type { CeaseRequest, Ending, Negotiated, Opens, SessionAction } from "./actions.ts";
export {
  describeDownCause,
  describeNote,
  pauseAfter,
  whoEnded,
  type CauseKind,
  type DownCause,
  type Pause,
} from "./cause.ts";
export type { Counters, MessageCounts, NotificationNote } from "./context.ts";
export { type Forecast, sessionAgain, sessionWithStranger } from "./forecast.ts";
export { STATES, type StateName } from "./fsm.ts";
export { mayBeRestart, RestartFacts, type RestartTerms } from "./graceful-restart.ts";
export type { LastError } from "./neighbour.ts";
export { Session } from "./session.ts";
export {
  changeNeedsReset,
  DEFAULT_BACK_OFF,
  DEFAULT_SETTINGS,
  HELPER,
  presentedAsn,
  sendHoldTime,
  type AddPathSettings,
  type BackOffSettings,
  type GracefulRestartSettings,
  type PeerAsn,
  type SessionSettings,
} from "./settings.ts";
export { ROLE } from "./roles.ts";
export { Pace } from "./pace.ts";
export type { TimeLeft, TimerName } from "./timers.ts";
