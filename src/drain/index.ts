/**
 * drain: how a node, or one of its sessions, is taken out of service without a packet lost.
 *
 *     in service ─> announcing ─> withdrawing ─> emptying ─> drained
 *         ^             │             │             │           │
 *         └─────────────┴─── end ─────┴─────────────┴───────────┘
 *
 * - announcing: all routes carry GRACEFUL_SHUTDOWN (RFC 8326), so that whoever has another way takes
 *   it while this one still leads on. It lasts until every neighbour has been told and some seconds
 *   more, for those who are behind the neighbours.
 * - withdrawing: nothing is announced any more; until that, too, has been told.
 * - emptying: what still comes is counted, until it has been next to nothing for a while. Of a single
 *   session it cannot be counted: it has some seconds instead.
 *
 * drain.ts is that table: a state, an event and a moment give the next state; when to look again, at
 * what, and what neighbours are to be told, are read off the state. traffic.ts: two counts compared.
 * Nobody waits for ever: a neighbour that takes nothing holds up neither of the first two phases for
 * more than PATIENCE. The third has no end but silence, since only the operator knows how long is too
 * long.
 */
export {
  type Announcement,
  type DrainEvent,
  type DrainSettings,
  type DrainState,
  type Phase,
  announcementOf,
  inService,
  nextLook,
  questionOf,
  step,
} from "./drain.ts";
export type { Busiest, LinkCount } from "./traffic.ts";
