// TCP and the clock: the speaker's hands.
//
// Parts
//   transport.ts   the class: effects carried out, events fed, one timer for nextDeadline()
//   turn.ts        how the event loop is shared: turns of a few milliseconds; alarm.ts: one timer for one
//                  deadline that moves
//   connection.ts  one TCP connection: input in pieces, output with back-pressure, an orderly end
//   listeners.ts   listening sockets by address, MD5 keys added and removed while they listen
//   sockets.ts     options before the handshake, by sysdep
//   errors.ts      errno in words
//   discovery.ts   unnumbered neighbours: a socket on each interface, read now and then
//   link-discovery.ts, router-messages.ts   who is at the other end of one link: timers and choices;
//                  router solicitations and advertisements, bytes both ways
//   bfd-*.ts       BFD: watch (what the speaker wants, what was found), client and worker (the two
//                  threads, and messages between them), loop (the thread's life), sockets
//
// Flow
//   Sockets put what they read (at most one 64 KiB chunk a connection, then they pause) into an inbox.
//   Small pieces in quick succession are gathered there for a millisecond, the kernel's answers as well.
//   A turn gives the speaker pieces of 16 KiB, one connection after the other, while half of the
//   turn's 5 ms lasts and the speaker is not congested; then expires timers, carries out effects, and
//   lets the daemon's `slice` do queued work for the other half. With work left the next turn comes by
//   setImmediate, after Node has polled. While the speaker is congested nothing is read, and TCP's
//   window holds the neighbours back.
//   Writes hand the same bytes to many sockets without a copy. Bytes that the kernel has not
//   taken are reported (stalled, progressed, flowing) for the send hold timer; a connection with 1 MiB
//   of them as blocked, with 256 KiB as drained.
//
// Standards kept: RFC 2385 (MD5, keys by address or range), RFC 5082 (GTSM), RFC 4271 §8.2.1 (port
// 179, both ends connect); RFC 5881 §4 and §5 (ports, TTL checked by the kernel), RFC 5883;
// RFC 4861 §4.1, §4.2, §6 (routers find each other; hop limit and checksum checked by the kernel).
//
// BFD lives in a thread of its own, which does nothing but read, answer and look at the clock: a
// million routes on their way through the main thread delay no packet there. A loss comes back as a
// message; the next hop goes out of the kernel first, then the session ends. With many sessions the
// packets that come are let gather for a tenth of the shortest interval and read at one wake-up, at
// which all that is due is sent as well; a lone session's packets are read as they come.
//
// Deviations confessed
//   - The BFD thread has a real-time priority, but locks of the process in common with threads that
//     have none. With several times more work than processors it may be held up for 0.2 s
//     (measured: `npm run bench -- bfd` on 2 processors under a load of 12).
//   - A listening socket is shared by all neighbours, so a minimum TTL (RFC 5082 §3) is set when a
//     connection has been accepted: the handshake itself is not protected, what follows is.
//   - What this node advertises of itself as a router is that it is there: router lifetime 0, no
//     prefixes. It says so while an unnumbered neighbour is configured, whatever `forwarding` is.

export type { BfdSessionView } from "./bfd-watch.ts";
export { Alarm } from "./alarm.ts";
export { Transport } from "./transport.ts";
export type { LocalAddresses, TransportOptions } from "./transport.ts";
export type { ListenSettings } from "./listeners.ts";
export { TURN_BOUNDS, type TurnsView } from "./turn.ts";
