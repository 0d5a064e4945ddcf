// Bidirectional Forwarding Detection (RFC 5880): is the way to a neighbour there, asked many times a
// second, and the answer long before a hold timer knows.
//
//   datagram -> decodePacket -> Bfd (which session?) -> Session -> packets and changes of state
//
// The room does no I/O: `receive(path, bytes, length, now)`, `expire(now)`, `nextDeadline()`, `take()`.
// What it leaves to its caller, by the RFCs for IP: sockets, ports and TTL (RFC 5881 §4 and §5, single
// hop: port 3784, TTL 255 sent and checked; RFC 5883, multihop: port 4784, TTL not checked), and what
// a failure means to routing (RFC 5882).
//
// Many sessions are served at few moments: a packet may go up to a tenth of its interval before the
// time that was drawn for it, never outside of 75 to 100 percent (§6.8.7), when another session has to
// be served anyway; and the caller may let packets gather for `slack`, a tenth of the shortest interval,
// before it reads them. They count as received when they are read, so a silent neighbour is found by so
// much later at most, and never too early.
//
// Kept: RFC 5880 §4.1, §4.4 (packets, keyed SHA1 and meticulous keyed SHA1), §6.1 (active and passive
// role), §6.2 (states), §6.3 (demultiplexing), §6.5 (Poll Sequence, also for intervals that change
// while Up), §6.7.4, §6.8 (Asynchronous mode).
// Not kept, and confessed: Demand mode is not asked for (a neighbour that asks for it is obeyed); the
// echo function is not there (we say 0, so that nobody sends any); simple passwords and MD5 are refused
// (SHA1 is there for who needs it); a packet that names a session counts only on its path, so a
// neighbour has to answer from the address that it is spoken to at; the C bit is sent as 0, for the
// sessions end with the daemon.

export { Bfd, type BfdEffect } from "./bfd.ts";
export { DIAGNOSTIC, diagnosticName, STATE, stateName, type State } from "./codes.ts";
export type { AuthenticationSettings, Sha1 } from "./authentication.ts";
export type { SessionSettings, SessionTools, SessionView } from "./session.ts";
