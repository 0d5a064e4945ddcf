// The vocabulary of the finite state machine of RFC 4271 §8: states, events, and what a state
// answers to an event. Answers are constants: no event costs an object.

export const STATES = [
  "Idle",
  "Connect",
  "Active",
  "OpenSent",
  "OpenConfirm",
  "Established",
] as const;
export type StateName = (typeof STATES)[number];

/**
 * The events by their numbers in RFC 4271 §8.1, and 29 of RFC 9687 §3.1.
 *
 * Answered, but raised by nobody here: 6 and 7 (damping arrives as 13), 14 and 15 (the kernel
 * completes a handshake before we hear of it, so that the first we hear is 17).
 */
export const EVENT = {
  ManualStart: 1,
  ManualStop: 2,
  AutomaticStart: 3,
  ManualStart_with_PassiveTcpEstablishment: 4,
  AutomaticStart_with_PassiveTcpEstablishment: 5,
  AutomaticStart_with_DampPeerOscillations: 6,
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: 7,
  AutomaticStop: 8,
  ConnectRetryTimer_Expires: 9,
  HoldTimer_Expires: 10,
  KeepaliveTimer_Expires: 11,
  DelayOpenTimer_Expires: 12,
  IdleHoldTimer_Expires: 13,
  TcpConnection_Valid: 14,
  Tcp_CR_Invalid: 15,
  Tcp_CR_Acked: 16,
  TcpConnectionConfirmed: 17,
  TcpConnectionFails: 18,
  BGPOpen: 19,
  BGPOpen_with_DelayOpenTimer_running: 20,
  BGPHeaderErr: 21,
  BGPOpenMsgErr: 22,
  OpenCollisionDump: 23,
  NotifMsgVerErr: 24,
  NotifMsg: 25,
  KeepAliveMsg: 26,
  UpdateMsg: 27,
  UpdateMsgErr: 28,
  SendHoldTimer_Expires: 29,
} as const;
export type FsmEvent = (typeof EVENT)[keyof typeof EVENT];

/** What a state has to know besides the event. */
export interface Facts {
  /** §8.1.1 PassiveTcpEstablishment */
  readonly passive: boolean;
  /** §8.1.1 DelayOpen */
  readonly delayOpen: boolean;
  readonly delayOpenRunning: boolean;
}

/**
 * One thing to do, in the RFC's words. `notify` sends the NOTIFICATION that belongs to the event
 * (the fault found, the Cease asked for, hold timer expired); `notify-fsm` sends a Finite State
 * Machine Error (RFC 6608).
 */
export type FsmAction =
  | "connect"
  | "drop"
  | "release"
  | "start-connect-retry"
  | "start-connect-retry-by-cause"
  | "stop-connect-retry"
  | "start-delay-open"
  | "stop-delay-open"
  | "start-open-hold"
  | "start-session-timers"
  | "restart-hold"
  | "restart-keepalive"
  | "send-open"
  | "send-keepalive"
  | "notify"
  | "notify-fsm"
  | "count-attempt"
  | "clear-attempts"
  | "up";

export interface Step {
  readonly next: StateName;
  readonly actions: readonly FsmAction[];
}

export type StateHandler = (event: FsmEvent, facts: Facts) => Step;

export function step(next: StateName, ...actions: FsmAction[]): Step {
  return { next, actions };
}
